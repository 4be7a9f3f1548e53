package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Objects;

/**
 * How many restarts one child may have, counted beside the intensity of its supervisor and in place
 * of it, so that a child that fails often does not use up what its siblings may need.
 *
 * <p>The budget is used up by more than {@code maxRestarts} within the window of {@code intensity},
 * or by more than that many in a row after runs shorter than {@code healthyAfter}, whatever the
 * time between them: a child that hangs for half a minute in each run must not be restarted for
 * ever.
 *
 * @param intensity how many restarts, in what time
 * @param healthyAfter how long a run must last to be no failure; a minute by default
 * @param onExhaustion what happens when it is used up
 */
public record RestartBudget(
        RestartIntensity intensity, Duration healthyAfter, Exhaustion onExhaustion) {

    /** How long a run must last to be healthy unless it is configured. */
    public static final Duration DEFAULT_HEALTHY_AFTER = Duration.ofMinutes(1);

    /** Checks the time. */
    public RestartBudget {
        Objects.requireNonNull(intensity, "intensity");
        Objects.requireNonNull(onExhaustion, "onExhaustion");
        Durations.checkPositive("healthy_after", healthyAfter);
    }

    /**
     * A budget with the default of {@link #healthyAfter()}.
     *
     * @param maxRestarts 0 or more
     * @param timeWindow longer than zero
     * @param onExhaustion what happens when it is used up
     * @return the budget
     */
    public static RestartBudget of(int maxRestarts, Duration timeWindow, Exhaustion onExhaustion) {
        return new RestartBudget(
                new RestartIntensity(maxRestarts, timeWindow), DEFAULT_HEALTHY_AFTER, onExhaustion);
    }
}
