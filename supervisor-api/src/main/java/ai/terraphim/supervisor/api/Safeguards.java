package ai.terraphim.supervisor.api;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What watches over one agent while it runs.
 *
 * @param deadlines how long its callbacks may take
 * @param health when it is asked for its health; empty for never
 * @param progress when it is taken to be stuck
 * @param needs the keys of the dependencies without which it cannot work: while one of them is open
 *     the agent is suspended
 * @param redeliver for a message agent, how many crashes a message may cause: it is handled again
 *     after each and parked after the last. Empty, the default, to drop it with the first
 */
public record Safeguards(
        Deadlines deadlines,
        Optional<HealthChecks> health,
        ProgressLimits progress,
        List<String> needs,
        OptionalInt redeliver) {

    /** Thirty seconds for {@code init}, and nothing else. */
    public static final Safeguards DEFAULT =
            new Safeguards(
                    Deadlines.DEFAULT,
                    Optional.empty(),
                    ProgressLimits.NONE,
                    List.of(),
                    OptionalInt.empty());

    /** How many crashes a message may cause unless it is configured. */
    public static final int DEFAULT_REDELIVER = 3;

    /** Checks the keys and copies the list. */
    public Safeguards {
        Objects.requireNonNull(deadlines, "deadlines");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(progress, "progress");
        needs = List.copyOf(needs);
        Set<String> keys = new HashSet<>();
        for (String key : needs) {
            if (key.isBlank() || !keys.add(key)) {
                throw new IllegalArgumentException(
                        key.isBlank()
                                ? "needs has an empty key; remove it"
                                : "needs names '" + key + "' twice; remove one");
            }
        }
        if (redeliver.isPresent() && redeliver.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "poison_after must be 1 or more, was " + redeliver.getAsInt());
        }
    }
}
