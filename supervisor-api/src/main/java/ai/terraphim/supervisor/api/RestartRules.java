package ai.terraphim.supervisor.api;

import java.util.Objects;
import java.util.Optional;

/**
 * How the restarts of one child are spaced and bounded, beyond what its supervisor says.
 *
 * @param backoff how long to wait before a restart
 * @param budget how many restarts it may have; empty for those of its supervisor's intensity
 */
public record RestartRules(Backoff backoff, Optional<RestartBudget> budget) {

    /** Restart at once, within the supervisor's intensity. */
    public static final RestartRules DEFAULT = new RestartRules(Backoff.NONE, Optional.empty());

    /** Checks that nothing is missing. */
    public RestartRules {
        Objects.requireNonNull(backoff, "backoff");
        Objects.requireNonNull(budget, "budget");
    }

    /**
     * The same with another backoff.
     *
     * @param backoff how long to wait
     * @return a copy
     */
    public RestartRules with(Backoff backoff) {
        return new RestartRules(backoff, budget);
    }

    /**
     * The same with a budget.
     *
     * @param budget how many restarts
     * @return a copy
     */
    public RestartRules with(RestartBudget budget) {
        return new RestartRules(backoff, Optional.of(budget));
    }

    /**
     * Refuses a backoff with which a child would be restarted for ever: one that is longer than its
     * supervisor's intensity can see. A budget of the child's own always ends, because it counts
     * short runs whatever the time between them.
     *
     * @param intensity of the child's supervisor
     * @throws IllegalArgumentException if the child could never exceed it
     */
    public void checkMortal(RestartIntensity intensity) {
        if (budget.isEmpty() && !backoff.allowImmortal() && backoff.makesImmortal(intensity)) {
            throw new IllegalArgumentException(
                    "with a backoff from %s to %s there can never be more than %d restarts in %s, so a child that always fails is restarted for ever; lengthen time_window, give the child a budget, or set allow_immortal: true"
                            .formatted(
                                    Durations.text(backoff.initial()),
                                    Durations.text(backoff.max()),
                                    intensity.maxRestarts(),
                                    Durations.text(intensity.timeWindow())));
        }
    }
}
