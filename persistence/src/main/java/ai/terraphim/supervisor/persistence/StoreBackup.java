package ai.terraphim.supervisor.persistence;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.WRITE;

import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.StoreOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Copies of a store's database: one file that holds all that was acknowledged when the copy began.
 *
 * <p>The methods block while they read and write files: call them from platform threads.
 */
public final class StoreBackup {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private StoreBackup() {}

    /**
     * Copies the database of a data folder, whether or not a supervisor runs on it, in this process
     * or in another. The file appears under its name when it is complete and on the disk.
     *
     * @param dataFolder where the database is
     * @param target the file to make; there must be none
     * @throws StorageException if there is no sound database of ours, or the file cannot be written
     */
    public static void backup(Path dataFolder, Path target) {
        backup(existing(dataFolder), target);
    }

    static void backup(Database database, Path target) {
        Path file = absent(target);
        try {
            Database.loadLibrary();
            database.check(Schema.current());
            copy(database, file);
        } catch (IOException | RuntimeException e) {
            throw Faults.of("back up " + database.file() + " to", file, e);
        }
    }

    /** Makes the file, or replaces it, in one step. */
    static void copy(Database database, Path file) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.deleteIfExists(partial);
        try {
            try (Handle handle = database.openReadOnly()) {
                handle.execute("VACUUM INTO ?", partial.toString());
            }
            moveDurably(partial, file);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /**
     * Puts a backup in the place of the database of a data folder. What was there is kept beside
     * it. No supervisor may run on the folder.
     *
     * @param backup a file that {@link #backup} has made
     * @param dataFolder where the database is, or is to be; made if there is none
     * @return what the replaced database is called now, empty if there was none
     * @throws StorageException if the backup is damaged or not ours, a supervisor runs on the
     *     folder, or the files cannot be written
     */
    public static Optional<Path> restore(Path backup, Path dataFolder) {
        Path folder = dataFolder.toAbsolutePath();
        Path source = backup.toAbsolutePath();
        if (!Files.isRegularFile(source)) {
            throw failure("there is no backup %s; name a file that a backup has made", source);
        }
        Database.createFolder(folder);
        OwnerLock ownerLock = OwnerLock.acquire(folder, "restore");
        try {
            Database.loadLibrary();
            database(source).check(Schema.current());
            Path database = folder.resolve(Database.FILE);
            Path restored = folder.resolve(Database.FILE + ".restored");
            Files.deleteIfExists(restored);
            Files.copy(source, restored);
            Optional<Path> kept = keep(database);
            // In this order: whatever is interrupted leaves a database behind its mark, which is
            // refused, and never a journal beside a database that it does not belong to.
            Files.deleteIfExists(journal(database));
            Files.deleteIfExists(folder.resolve(Database.FILE + "-shm"));
            moveDurably(restored, database);
            Files.deleteIfExists(folder.resolve(HighWaterMark.FILE));
            return kept;
        } catch (IOException | RuntimeException e) {
            throw Faults.of("restore " + source + " to", folder, e);
        } finally {
            ownerLock.release();
        }
    }

    private static Optional<Path> keep(Path database) throws IOException {
        if (!Files.exists(database)) {
            return Optional.empty();
        }
        Path kept =
                database.resolveSibling(Database.FILE + ".replaced-" + STAMP.format(Instant.now()));
        Files.copy(database, kept);
        try {
            Files.copy(journal(database), journal(kept));
        } catch (NoSuchFileException _) {
            // closed in order, and all is in the database
        }
        return Optional.of(kept);
    }

    static Path journal(Path database) {
        return database.resolveSibling(database.getFileName() + "-wal");
    }

    static void moveDurably(Path from, Path to) throws IOException {
        try (FileChannel channel = FileChannel.open(from, WRITE)) {
            channel.force(true);
        }
        Files.move(from, to, ATOMIC_MOVE);
    }

    /** The database of a data folder, which must be there. */
    static Database existing(Path dataFolder) {
        Database database = database(dataFolder.toAbsolutePath().resolve(Database.FILE));
        if (!Files.exists(database.file())) {
            throw failure("there is no database %s; name the data folder", database.file());
        }
        return database;
    }

    /** A file to make, which must not be there. */
    static Path absent(Path target) {
        Path file = target.toAbsolutePath();
        if (Files.exists(file)) {
            throw failure("%s is there already; name a file that is not", file);
        }
        return file;
    }

    static Database database(Path file) {
        return new Database(file, Settings.of(StoreOptions.DEFAULT));
    }

    static StorageException failure(String message, Path path) {
        return new StorageException(false, message.formatted(path), null);
    }
}
