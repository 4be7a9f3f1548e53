package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * When the state of an agent is saved without its asking, and when a run does not begin from the
 * newest checkpoint.
 *
 * <p>A state that makes the agent crash would do so for ever. So when runs that began from the same
 * checkpoint fail one after the other, soon and without having saved another, the next ones begin
 * from the one before it, and when those fail as well, from none. The history says what a run began
 * from and why. The first checkpoint that such a run saves replaces the newest, and ends the
 * matter; until then nothing is deleted. Failures of a dependency, of the store and kills do not
 * count.
 *
 * @param every how often {@link SupervisedAgent#stateToSave()} is saved while the agent runs;
 *     empty, the default, for never
 * @param onStop whether it is saved when the agent stops in an orderly way; not by default
 * @param fallBackAfter after how many such failures a run begins from an older checkpoint; 2 by
 *     default, and empty to begin from the newest whatever happens
 * @param fallBackWithin how soon after its start a run must fail for that; a minute by default
 */
public record Checkpoints(
        Optional<Duration> every,
        boolean onStop,
        OptionalInt fallBackAfter,
        Duration fallBackWithin) {

    /** Only what the agent saves itself; two failures within a minute. */
    public static final Checkpoints DEFAULT =
            new Checkpoints(Optional.empty(), false, OptionalInt.of(2), Duration.ofMinutes(1));

    /** Checks the numbers. */
    public Checkpoints {
        every.ifPresent(interval -> Durations.checkPositive("every", interval));
        if (fallBackAfter.isPresent() && fallBackAfter.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "fall_back_after must be 1 or more, or never, was " + fallBackAfter.getAsInt());
        }
        Durations.checkPositive("fall_back_within", fallBackWithin);
    }

    /**
     * The defaults, and a checkpoint again and again.
     *
     * @param interval from one to the next
     * @return saved on a stop, too
     */
    public static Checkpoints every(Duration interval) {
        return new Checkpoints(
                Optional.of(interval), true, DEFAULT.fallBackAfter, DEFAULT.fallBackWithin);
    }
}
