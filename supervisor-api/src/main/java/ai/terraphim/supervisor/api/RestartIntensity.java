package ai.terraphim.supervisor.api;

import java.time.Duration;

/**
 * How many restarts a supervisor tolerates: at most {@code maxRestarts} in any {@code timeWindow}.
 * With one more it gives up: it stops its children and ends, and its parent decides what comes
 * next.
 *
 * @param maxRestarts 0 or more; with 0 the first failure that needs a restart is too many
 * @param timeWindow the length of the sliding window
 */
public record RestartIntensity(int maxRestarts, Duration timeWindow) {

    /** Five restarts in a minute. */
    public static final RestartIntensity DEFAULT = new RestartIntensity(5, Duration.ofMinutes(1));

    /** Checks the two numbers. */
    public RestartIntensity {
        if (maxRestarts < 0) {
            throw new IllegalArgumentException(
                    "max_restarts must be 0 or more, was " + maxRestarts);
        }
        Durations.checkPositive("time_window", timeWindow);
    }

    /**
     * For children that fail often and recover by a restart.
     *
     * @return ten restarts in two minutes
     */
    public static RestartIntensity lenient() {
        return new RestartIntensity(10, Duration.ofMinutes(2));
    }

    /**
     * For children whose failures are rare and serious.
     *
     * @return three restarts in half a minute
     */
    public static RestartIntensity strict() {
        return new RestartIntensity(3, Duration.ofSeconds(30));
    }

    /**
     * For children that must not be restarted at all: the first failure makes the supervisor give
     * up.
     *
     * @return no restarts
     */
    public static RestartIntensity never() {
        return new RestartIntensity(0, Duration.ofMinutes(1));
    }
}
