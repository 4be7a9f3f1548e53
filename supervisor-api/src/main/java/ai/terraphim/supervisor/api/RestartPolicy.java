package ai.terraphim.supervisor.api;

import java.util.Objects;

/**
 * Which children a failure concerns and how many restarts are too many.
 *
 * @param strategy which children are restarted
 * @param intensity how many restarts are tolerated
 * @param onExhaustion what happens when there are more, unless the child has a budget of its own
 */
public record RestartPolicy(
        RestartStrategy strategy, RestartIntensity intensity, Exhaustion onExhaustion) {

    /** One for one, five restarts in a minute. */
    public static final RestartPolicy DEFAULT =
            new RestartPolicy(RestartStrategy.ONE_FOR_ONE, RestartIntensity.DEFAULT);

    /** Checks that nothing is missing. */
    public RestartPolicy {
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(intensity, "intensity");
        Objects.requireNonNull(onExhaustion, "onExhaustion");
    }

    /**
     * A policy that gives up when there are too many restarts.
     *
     * @param strategy which children are restarted
     * @param intensity how many restarts are tolerated
     */
    public RestartPolicy(RestartStrategy strategy, RestartIntensity intensity) {
        this(strategy, intensity, Exhaustion.ESCALATE);
    }

    /**
     * One for one, ten restarts in two minutes.
     *
     * @return the policy
     */
    public static RestartPolicy lenientOneForOne() {
        return new RestartPolicy(RestartStrategy.ONE_FOR_ONE, RestartIntensity.lenient());
    }

    /**
     * One for all, three restarts in half a minute.
     *
     * @return the policy
     */
    public static RestartPolicy strictOneForAll() {
        return new RestartPolicy(RestartStrategy.ONE_FOR_ALL, RestartIntensity.strict());
    }

    /**
     * The first failure ends the supervisor.
     *
     * @return the policy
     */
    public static RestartPolicy neverRestart() {
        return new RestartPolicy(RestartStrategy.ONE_FOR_ONE, RestartIntensity.never());
    }
}
