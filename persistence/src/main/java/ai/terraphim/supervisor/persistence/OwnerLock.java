package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * Keeps a second supervisor out of a data folder, and tells others who is in. The operating system
 * drops the lock when the process ends, however it ends.
 *
 * <p>Two bytes of the lock file are locked, far behind its text so that the text stays readable on
 * systems whose locks bar readers. The first decides who owns the folder, and only those who want
 * to own it try it. The second shows that somebody does, and others test it by locking it for a
 * moment, shared. So somebody who only looks never makes an owner fail: at worst an owner who has
 * won the first byte waits a moment for the second. Testing a lock rather than pid and start time
 * is right also when the clock was set, the pid was used again, or the owner is in another
 * container.
 *
 * <p>The text is written between the two, and the file is never deleted: a lock on a deleted file
 * protects nothing.
 */
final class OwnerLock {
    static final String FILE = "supervisor.lock";

    private static final long OWN = 1L << 30;
    private static final long SHOW = OWN + 1;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /**
     * What this process owns. Static, because POSIX locks belong to the process: it must not open
     * the file of a lock it has a second time, for closing it again would drop the lock. (A second
     * copy of this class in the JVM defeats this; then the epoch in the database still fences the
     * older store.)
     */
    private static final Map<Path, Owner> HELD = new HashMap<>();

    private static final ReentrantLock HELD_LOCK = new ReentrantLock();

    private final Path folder;
    private final FileChannel channel;

    private OwnerLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * @throws StorageException if somebody else owns the folder, or nothing can be written there
     */
    static OwnerLock acquire(Path folder, String runtime) {
        HELD_LOCK.lock();
        try {
            Path real = folder.toRealPath();
            Owner here = HELD.get(real);
            if (here != null) {
                throw owned(folder, Optional.of(here));
            }
            Owner self = self(runtime);
            FileChannel channel = FileChannel.open(real.resolve(FILE), CREATE, READ, WRITE);
            boolean acquired = false;
            try {
                if (!tryLock(channel, OWN, false)) {
                    throw owned(folder, read(channel));
                }
                channel.truncate(0);
                write(channel, self);
                awaitOnlookers(folder, channel);
                HELD.put(real, self);
                acquired = true;
                return new OwnerLock(real, channel);
            } finally {
                if (!acquired) {
                    channel.close();
                }
            }
        } catch (IOException e) {
            throw new StorageException(
                    false,
                    "cannot write to the data folder %s: %s; let this user write to it, or use another folder"
                            .formatted(folder, Faults.reason(e)),
                    e);
        } finally {
            HELD_LOCK.unlock();
        }
    }

    /** Who owns the folder; empty if nobody does, or if it is being closed at this moment. */
    static Optional<Owner> owner(Path folder) {
        HELD_LOCK.lock();
        try {
            Path real = folder.toRealPath();
            Owner here = HELD.get(real);
            if (here != null) {
                return Optional.of(here);
            }
            try (FileChannel channel = FileChannel.open(real.resolve(FILE), READ)) {
                return tryLock(channel, SHOW, true) ? Optional.empty() : read(channel);
            }
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StorageException(
                    false,
                    "cannot read %s: %s; let this user read the data folder"
                            .formatted(folder.resolve(FILE), Faults.reason(e)),
                    e);
        } finally {
            HELD_LOCK.unlock();
        }
    }

    /** Lets others in. */
    void release() {
        HELD_LOCK.lock();
        try {
            try (channel) {
                channel.truncate(0);
            }
        } catch (IOException _) {
            // The text stays; without the lock nobody believes it.
        } finally {
            HELD.remove(folder);
            HELD_LOCK.unlock();
        }
    }

    private static Owner self(String runtime) {
        ProcessHandle process = ProcessHandle.current();
        return new Owner(
                process.pid(), runtime, process.info().startInstant().orElseGet(Instant::now));
    }

    private static StorageException owned(Path folder, Optional<Owner> owner) {
        return new StorageException(
                false,
                "the data folder %s is in use by %s; stop that one first, or use another folder"
                        .formatted(
                                folder,
                                owner.map(Owner::toString)
                                        .orElse("a supervisor that is just starting or stopping")),
                null);
    }

    private static boolean tryLock(FileChannel channel, long at, boolean shared)
            throws IOException {
        try {
            return channel.tryLock(at, 1, shared) != null;
        } catch (OverlappingFileLockException _) { // a second copy of this class in the JVM has it
            return false;
        }
    }

    private static void awaitOnlookers(Path folder, FileChannel channel) throws IOException {
        long begin = System.nanoTime();
        while (!tryLock(channel, SHOW, false)) {
            if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                throw new StorageException(
                        true,
                        "cannot lock %s: another program keeps it locked; close that program"
                                .formatted(folder.resolve(FILE)),
                        null);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void write(FileChannel channel, Owner owner) throws IOException {
        ByteBuffer text =
                UTF_8.encode(
                        "runtime=%s\npid=%d\nstarted=%s\n"
                                .formatted(
                                        Faults.oneLine(owner.runtime()),
                                        owner.pid(),
                                        owner.started()));
        while (text.hasRemaining()) {
            channel.write(text, text.position());
        }
    }

    /**
     * Empty if the text is not complete: the owner has won the first byte and is writing, or is
     * closing.
     */
    private static Optional<Owner> read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16_384);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
        Map<String, String> values =
                UTF_8.decode(bytes.flip())
                        .toString()
                        .lines()
                        .filter(line -> line.contains("="))
                        .collect(
                                Collectors.toMap(
                                        line -> line.substring(0, line.indexOf('=')),
                                        line -> line.substring(line.indexOf('=') + 1),
                                        (_, last) -> last));
        try {
            return Optional.of(
                    new Owner(
                            Long.parseLong(values.getOrDefault("pid", "")),
                            values.getOrDefault("runtime", ""),
                            Instant.parse(values.getOrDefault("started", ""))));
        } catch (NumberFormatException | DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
