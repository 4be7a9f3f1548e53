package ai.terraphim.supervisor.runtime.core;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a child stands with its restarts, as far as the end of the JVM must not make that good. The
 * times are those of the machine's clock.
 *
 * @param aside that it is put aside, or on trial after that; null if it is neither
 * @param shortRuns how many runs in a row were too short to be healthy
 * @param restarts when its budget was used, as far as that is within its window, the oldest first
 */
public record Condition(@Nullable Aside aside, int shortRuns, List<Long> restarts) {

    /** There is nothing to remember. */
    public static final Condition CLEAN = new Condition(null, 0, List.of());

    /** Copies the list. */
    public Condition {
        restarts = List.copyOf(restarts);
    }

    /**
     * A child has failed once too often.
     *
     * @param cools whether it is to be tried when the time is over
     * @param since since when
     * @param time how long; empty until somebody restarts it
     * @param why what was too often, and how it had failed last
     */
    public record Aside(boolean cools, long since, Optional<Duration> time, String why) {

        /**
         * How much of its time is left, not less than none; {@link FailureRecord#NEVER} for ever.
         */
        long left(long now) {
            return time.map(it ->
                            Math.max(
                                    0, RestartWindow.saturatedNanos(it) - Math.max(0, now - since)))
                    .orElse(FailureRecord.NEVER);
        }
    }
}
