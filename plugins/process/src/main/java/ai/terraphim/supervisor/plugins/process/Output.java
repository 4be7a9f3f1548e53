package ai.terraphim.supervisor.plugins.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * Reads what a process prints. Lines go to the agent's log within a limit per hour; the last of
 * them are kept, for the reason of the run's end.
 *
 * <p>Has a platform thread of its own. A read of a pipe holds the carrier of a virtual thread, and
 * with 256 silent processes no virtual thread of the JVM would run any more.
 */
final class Output {
    static final int DEFAULT_MAX_LINE = 8192;
    static final long DEFAULT_LIMIT = 10L << 20;

    private static final Duration WINDOW = Duration.ofHours(1);
    private static final int TAIL_LINES = 20;
    private static final int TAIL_CHARACTERS = 4096;
    private static final int TAIL_LINE = 1000;

    /** Colours and cursor movements, and what else a log file should not have. */
    private static final Pattern CONTROL =
            Pattern.compile("\u001B\\[[0-9;?]*[ -/]*[@-~]|[\\p{Cntrl}&&[^\t]]");

    private final InputStream in;
    private final System.Logger log;
    private final InstantSource clock;
    private final long limit;
    private final Thread thread;
    private volatile Instant last;

    // Of the reading thread alone.
    private final byte[] line;
    private int length;
    private boolean cut;
    private Instant windowEnd;
    private long logged;
    private long dropped;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<String> tail = new ArrayDeque<>();
    private int tailCharacters;

    Output(InputStream in, System.Logger log, InstantSource clock, long limit, int maxLine) {
        this.in = in;
        this.log = log;
        this.clock = clock;
        this.limit = limit;
        this.line = new byte[maxLine];
        this.last = clock.instant();
        this.windowEnd = last.plus(WINDOW);
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("output of " + log.getName())
                        .inheritInheritableThreadLocals(false)
                        .unstarted(this::read);
    }

    void start() {
        thread.start();
    }

    /** When the process last printed anything; when it was started if it never did. */
    Instant last() {
        return last;
    }

    /**
     * Waits a second at most until all is read. Longer would be in vain: a stranger holds the pipe
     * open.
     */
    void finish() {
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The last lines, oldest first. */
    List<String> tail() {
        lock.lock();
        try {
            return List.copyOf(tail);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads to the end of the pipe, which comes when the last process that has it open is gone.
     *
     * <p>By {@code transferTo}, because it holds the stream's lock from the first byte to the last.
     * When the process itself ends, the JDK closes its side of the pipe as soon as it gets that
     * lock. Between two reads it would get it: the last words of those behind a shell were lost,
     * and whoever spoke them was killed by SIGPIPE.
     */
    private void read() {
        try (in) {
            in.transferTo(
                    new OutputStream() {
                        @Override
                        public void write(byte[] chunk, int from, int count) {
                            last = clock.instant();
                            for (int i = from; i < from + count; i++) {
                                take(chunk[i]);
                            }
                        }

                        @Override
                        public void write(int single) {
                            write(new byte[] {(byte) single}, 0, 1);
                        }
                    });
        } catch (IOException e) {
            log.log(Level.DEBUG, "the process is gone and its output closed", e);
        }
        endLine();
    }

    private void take(byte next) {
        if (next == '\n' || next == '\r') { // progress bars use the second alone
            endLine();
        } else if (length < line.length) {
            line[length++] = next;
        } else {
            cut = true;
        }
    }

    private void endLine() {
        String text = new String(line, 0, length, StandardCharsets.UTF_8);
        int bytes = length;
        text = CONTROL.matcher(text).replaceAll("") + (cut ? " ... (cut)" : "");
        length = 0;
        cut = false;
        if (!text.isBlank()) {
            keep(text.length() > TAIL_LINE ? text.substring(0, TAIL_LINE) + " ..." : text);
            log(text, bytes);
        }
    }

    private void keep(String text) {
        lock.lock();
        try {
            tail.addLast(text);
            tailCharacters += text.length();
            while (tail.size() > TAIL_LINES || tailCharacters > TAIL_CHARACTERS) {
                tailCharacters -= tail.removeFirst().length();
            }
        } finally {
            lock.unlock();
        }
    }

    private void log(String text, int bytes) {
        if (!last.isBefore(windowEnd)) {
            if (dropped > 0 && limit > 0) {
                log.log(
                        Level.WARNING,
                        "output goes to the log again; " + dropped + " bytes of it were dropped");
            }
            windowEnd = last.plus(WINDOW);
            logged = 0;
            dropped = 0;
        }
        if (dropped == 0 && logged + bytes <= limit) {
            logged += bytes;
            log.log(Level.INFO, text);
            return;
        }
        if (dropped == 0 && limit > 0) {
            log.log(
                    Level.WARNING,
                    "output over the limit of "
                            + limit
                            + " bytes an hour is dropped until "
                            + windowEnd
                            + "; raise output_limit to see it");
        }
        dropped += bytes;
    }
}
