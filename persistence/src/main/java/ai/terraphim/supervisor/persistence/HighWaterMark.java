package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import ai.terraphim.supervisor.api.StoreOptions.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in a file of its own how many commits the database has seen. When a bit of SQLite's journal
 * flips, or the journal is lost, SQLite goes on with what is before that place and says nothing; a
 * database with fewer commits than its mark tells.
 *
 * <p>The mark follows the commits without a sync of its own, by a thread of its own: never ahead,
 * and {@link #PAUSE} behind at most, plus the time that one write to a file takes. It is one line
 * of fixed length, written over the last one: the number of commits, the durability under which
 * they were made, and a checksum.
 */
final class HighWaterMark implements AutoCloseable {
    static final String FILE = "supervisor.mark";
    static final Duration PAUSE = Duration.ofMillis(50);

    private static final Logger LOG = LoggerFactory.getLogger(HighWaterMark.class);
    private static final Pattern LINE = Pattern.compile("(\\d{19}) (\\w+) +([0-9a-f]{8})\n");

    private final Path file;
    private final FileChannel channel;
    private final Durability durability;
    private final Thread thread;
    private volatile long commits;
    private volatile boolean resting;
    private volatile boolean closed;

    /** What a mark says. */
    record Mark(long commits, Durability durability) {
        String line() {
            String text =
                    "%019d %-6s".formatted(commits, durability.name().toLowerCase(Locale.ROOT));
            return "%s %08x\n".formatted(text, checksum(text));
        }

        /** What is wrong with a database of fewer commits. */
        String missing(long seen) {
            return "has seen %d commits, but there were %d: its journal was damaged or lost"
                    .formatted(seen, commits);
        }

        private static long checksum(String text) {
            CRC32C crc = new CRC32C();
            crc.update(text.getBytes(ISO_8859_1));
            return crc.getValue();
        }

        private static @Nullable Mark parse(String line) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                for (Durability durability : Durability.values()) {
                    Mark mark = new Mark(Long.parseLong(matcher.group(1)), durability);
                    if (mark.line().equals(line)) {
                        return mark;
                    }
                }
            }
            return null;
        }
    }

    private HighWaterMark(Path file, FileChannel channel, Durability durability, long commits) {
        this.file = file;
        this.channel = channel;
        this.durability = durability;
        this.commits = commits;
        this.thread =
                Thread.ofPlatform().name("supervisor-store-mark").daemon().unstarted(this::run);
    }

    /**
     * Begins to follow a database.
     *
     * @param commits how many it has seen
     */
    static HighWaterMark follow(Path folder, Durability durability, long commits)
            throws IOException {
        Path file = folder.resolve(FILE);
        HighWaterMark mark =
                new HighWaterMark(file, FileChannel.open(file, CREATE, WRITE), durability, commits);
        mark.thread.start();
        return mark;
    }

    /** Reads the mark; empty if there is none, or none that can be read, which is logged. */
    static Optional<Mark> read(Path file) throws IOException {
        try {
            Mark mark = Mark.parse(Files.readString(file, ISO_8859_1));
            if (mark == null) {
                LOG.warn("{} is damaged and is not looked at; it will be written anew", file);
            }
            return Optional.ofNullable(mark);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /** So many commits have been made. Never blocks; called by the writer. */
    void committed(long commits) {
        this.commits = commits;
        if (resting) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        long written = -1;
        while (true) {
            boolean last = closed;
            if (commits != written) {
                written = commits;
                write(written);
            }
            if (last) {
                return;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
            resting = true;
            while (commits == written && !closed) {
                LockSupport.park(this);
            }
            resting = false;
        }
    }

    private void write(long number) {
        try {
            ByteBuffer line = ISO_8859_1.encode(new Mark(number, durability).line());
            while (line.hasRemaining()) {
                channel.write(line, line.position());
            }
        } catch (IOException e) { // it stays behind, which it may
            LOG.warn("cannot write to {}: {}", file, Faults.reason(e));
        }
    }

    /** Writes the last number. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) { // kept for the caller: closing may not be cut short
                interrupted = true;
            }
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing {}", file, e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
