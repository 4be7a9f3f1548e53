package ai.terraphim.supervisor.persistence;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long the last {@value #WINDOW} commits took: a ring that one thread writes and any thread
 * reads, which may see a commit more or less.
 */
final class CommitTimes {
    static final int WINDOW = 1_024;

    private final AtomicLongArray nanos = new AtomicLongArray(WINDOW);
    private volatile long count;

    /** For the writer. */
    void add(long duration) {
        long position = count;
        nanos.set((int) (position % WINDOW), duration);
        count = position + 1;
    }

    /** The shortest time that 99 of 100 commits did not exceed; empty before the first. */
    Optional<Duration> p99() {
        int known = (int) Math.min(count, WINDOW);
        if (known == 0) {
            return Optional.empty();
        }
        long[] sorted = new long[known];
        Arrays.setAll(sorted, nanos::get);
        Arrays.sort(sorted);
        return Optional.of(Duration.ofNanos(sorted[(known * 99 + 99) / 100 - 1]));
    }
}
