package ai.terraphim.supervisor.api;

/** Which children are restarted when one of them fails. The words and their meaning are OTP's. */
public enum RestartStrategy {
    /** The failed child alone. */
    ONE_FOR_ONE,
    /** All of them: the others are stopped in reverse start order, then all start in order. */
    ONE_FOR_ALL,
    /** The failed child and those after it in start order; those before it are untouched. */
    REST_FOR_ONE,
    /**
     * A pool: any number of instances of one template, added and ended while the supervisor runs,
     * each restarted alone. Its only child in the configuration is the template, which is not
     * started itself.
     */
    SIMPLE_ONE_FOR_ONE
}
