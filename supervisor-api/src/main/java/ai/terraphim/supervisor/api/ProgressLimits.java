package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * When an agent that still answers is taken to be stuck, by the progress markers that it reports. A
 * marker is new if it is not among the last ones.
 *
 * @param limit how long the agent may go on without a new marker, from its start or, for a message
 *     agent, from the beginning of a message; empty for no limit
 * @param repetitions how often a marker may be among the last {@code 4 * repetitions}: one more
 *     ends the run, be it the same tool called over and over or a few in turn. Empty for any number
 */
public record ProgressLimits(Optional<Duration> limit, OptionalInt repetitions) {

    /** No limits. */
    public static final ProgressLimits NONE =
            new ProgressLimits(Optional.empty(), OptionalInt.empty());

    /** The highest {@code repetitions} that can be asked for. */
    public static final int MAX_REPETITIONS = 1_000;

    /** Checks the numbers. */
    public ProgressLimits {
        limit.ifPresent(time -> Durations.checkPositive("limit", time));
        if (repetitions.isPresent()
                && (repetitions.getAsInt() < 1 || repetitions.getAsInt() > MAX_REPETITIONS)) {
            throw new IllegalArgumentException(
                    "repetitions must be from 1 to %d, was %d"
                            .formatted(MAX_REPETITIONS, repetitions.getAsInt()));
        }
    }

    /**
     * A limit of time.
     *
     * @param limit longer than zero
     * @return the limits
     */
    public static ProgressLimits within(Duration limit) {
        return new ProgressLimits(Optional.of(limit), OptionalInt.empty());
    }

    /**
     * The same with a limit of repetitions.
     *
     * @param repetitions 1 or more
     * @return a copy
     */
    public ProgressLimits repetitions(int repetitions) {
        return new ProgressLimits(limit, OptionalInt.of(repetitions));
    }
}
