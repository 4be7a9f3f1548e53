package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.sqlite3.SQLitePlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteJDBCLoader;

/** The database file: checks it, and opens connections with the settings they need. */
final class Database {
    static final String FILE = "supervisor.db";

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final String NOT_AHEAD = "the states cannot be read ahead";

    /** What is read once needs no more, and then the processor's own cache has room for it. */
    private static final int SMALL_CACHE_PAGES = 100;

    private static final int JOURNAL_SIZE_LIMIT = 64 << 20;

    private final Path file;
    private final Settings settings;

    Database(Path file, Settings settings) {
        this.file = file;
        this.settings = settings;
    }

    Path file() {
        return file;
    }

    /**
     * The driver unpacks its native library into the JVM's temporary folder when it is first used.
     * It deletes that at an orderly end only, so it is deleted here as soon as it is loaded: else
     * each {@code kill -9} would leave a copy behind, and nobody knows later whose it was.
     */
    static void loadLibrary() {
        try {
            SQLiteJDBCLoader.initialize();
            deleteUnpacked();
        } catch (Exception | LinkageError e) {
            throw new StorageException(
                    false,
                    "cannot load the SQLite library from %s: %s; let this user write and execute files there, or set -Djava.io.tmpdir"
                            .formatted(
                                    System.getProperty("java.io.tmpdir"),
                                    Faults.oneLine(String.valueOf(e.getMessage()))),
                    e);
        }
    }

    private static void deleteUnpacked() {
        Path mapped = Path.of("/proc/self/maps");
        if (!Files.isReadable(mapped)) {
            return; // no Linux: what is loaded may need its file
        }
        String unpacked =
                "%s/sqlite-%s-"
                        .formatted(
                                System.getProperty("java.io.tmpdir"),
                                SQLiteJDBCLoader.getVersion());
        try (Stream<String> lines = Files.lines(mapped)) {
            List<String> libraries =
                    lines.map(line -> line.substring(Math.max(0, line.indexOf('/'))))
                            .filter(path -> path.startsWith(unpacked) && path.endsWith(".so"))
                            .distinct()
                            .toList();
            for (String library : libraries) {
                Files.deleteIfExists(Path.of(library));
                Files.deleteIfExists(Path.of(library + ".lck"));
            }
        } catch (IOException | UncheckedIOException e) { // the driver will at an orderly end
            LOG.debug("the unpacked library stays for now", e);
        }
    }

    static void createFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new StorageException(
                    false,
                    "the data folder %s is a file; use another folder, or move the file away"
                            .formatted(folder),
                    e);
        } catch (IOException e) {
            throw new StorageException(
                    false,
                    "cannot create the data folder %s: %s; create it, or use another folder"
                            .formatted(folder, Faults.reason(e)),
                    e);
        }
    }

    /** Refuses a file that we must not write to, before anything is written. */
    void check(Schema schema) {
        if (Files.isDirectory(file)) {
            throw new StorageException(
                    false,
                    "%s is a folder; use another data folder, or move it away".formatted(file),
                    null);
        }
        readIfThere(handle -> schema.check(handle, file));
    }

    /**
     * The states that are to be read before anybody writes to the file. Empty if there is no file,
     * or of this layout.
     */
    Optional<NewestStates> statesAhead(Schema schema, Plugins plugins) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (Handle handle = openReadOnly()) {
            return Schema.version(handle) == schema.version()
                    ? Optional.of(
                            NewestStates.begin(
                                    handle.getConnection(), settings.maxRecoveredBytes(), plugins))
                    : Optional.empty();
        } catch (IOException | SQLException | RuntimeException e) {
            LOG.debug(NOT_AHEAD, e);
            return Optional.empty();
        }
    }

    /** Takes part in reading them. Says whether it could; who reads them later is told why not. */
    boolean read(NewestStates states) {
        try (Handle handle = openReadOnly()) {
            states.read(handle.getConnection());
            return true;
        } catch (IOException | SQLException | RuntimeException e) {
            LOG.debug(NOT_AHEAD, e);
            return false;
        }
    }

    /** Refuses a file that has lost commits, before anything is written. */
    void checkMark() {
        readIfThere(handle -> {
            Optional<HighWaterMark.Mark> mark = mark();
            if (mark.isPresent()) {
                checkNotBehind(mark.get(), Schema.commits(handle));
            }
        });
    }

    /** What the mark beside the database says. */
    Optional<HighWaterMark.Mark> mark() throws IOException {
        return HighWaterMark.read(file.resolveSibling(HighWaterMark.FILE));
    }

    /** Keeps a copy of a database whose layout is about to change. */
    void keepIfOlder(Schema schema) {
        readIfThere(handle -> {
            int version = Schema.version(handle);
            if (version > 0 && version < schema.version()) {
                Path copy = file.resolveSibling(FILE + ".layout-" + version);
                StoreBackup.copy(this, copy);
                LOG.info("the database is brought up to date; {} is what it was", copy);
            }
        });
    }

    private void checkNotBehind(HighWaterMark.Mark mark, long commits) {
        if (mark.commits() <= commits) {
            return;
        }
        String missing = file + " " + mark.missing(commits);
        switch (mark.durability()) {
            case FULL ->
                    throw new StorageException(
                            false,
                            "%s; put a backup in its place, or delete %s to go on without what is missing; nothing was changed"
                                    .formatted(missing, file.resolveSibling(HighWaterMark.FILE)),
                            null);
            case NORMAL ->
                    LOG.error(
                            "{}; after a crash of the machine that is what durability 'normal' allows",
                            missing);
        }
    }

    private void readIfThere(HandleConsumer<IOException> body) {
        if (!Files.exists(file)) {
            return;
        }
        try (Handle handle = openReadOnly()) {
            body.useHandle(handle);
        } catch (IOException | RuntimeException e) {
            throw Faults.of("open", file, e);
        }
    }

    /**
     * A connection that changes nothing, not even the files beside the database, and reads it once.
     */
    Handle openReadOnly() throws IOException {
        Path wal = file.resolveSibling(file.getFileName() + "-wal");
        Path shm = file.resolveSibling(file.getFileName() + "-shm");
        // Without a journal to read, immutable keeps SQLite from leaving an empty one beside the
        // file. The journal of a database in use may be empty for a moment only.
        boolean immutable = !Files.exists(wal) || (Files.size(wal) == 0 && !Files.exists(shm));
        SQLiteConfig config = new SQLiteConfig();
        config.setCacheSize(SMALL_CACHE_PAGES);
        String url = url() + (immutable ? "?mode=ro&immutable=1" : "?mode=ro");
        return Jdbi.open(() -> config.createConnection(url));
    }

    /**
     * A connection that writes. With full durability each commit is on the disk when it returns.
     */
    Handle openWriter() {
        SQLiteConfig config = config();
        config.setJournalMode(JournalMode.WAL);
        config.setSynchronous(
                switch (settings.options().durability()) {
                    case FULL -> SynchronousMode.FULL;
                    case NORMAL -> SynchronousMode.NORMAL;
                });
        config.setJournalSizeLimit(JOURNAL_SIZE_LIMIT);
        config.setMaxPageCount(settings.maxPages());
        Handle handle = jdbi(config).open();
        String mode = handle.createQuery("PRAGMA journal_mode").mapTo(String.class).one();
        if (!mode.equals("wal")) { // SQLite says nothing and takes another
            handle.close();
            throw new StorageException(
                    false,
                    "%s is on a file system without shared memory; use a data folder on a local disk"
                            .formatted(file),
                    null);
        }
        return handle;
    }

    /** A connection that fills a new file, which nobody uses before it is whole and on the disk. */
    Handle openNew() {
        SQLiteConfig config = config();
        config.setSynchronous(SynchronousMode.OFF);
        return jdbi(config).open();
    }

    /** A connection that cannot write. */
    Handle openReader() {
        Handle handle = jdbi(config()).open();
        handle.execute("PRAGMA query_only = ON");
        return handle;
    }

    private SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(Math.toIntExact(settings.busyTimeout().toMillis()));
        config.enforceForeignKeys(true);
        return config;
    }

    /** As a URI: in a plain path the driver takes what follows a question mark for options. */
    private String url() {
        return "jdbc:sqlite:" + file.toUri();
    }

    private Jdbi jdbi(SQLiteConfig config) {
        return Jdbi.create(() -> config.createConnection(url())).installPlugin(new SQLitePlugin());
    }
}
