package ai.terraphim.supervisor.testkit;

/**
 * Where a fault can strike an agent: the beginning of each callback, and each call of its context.
 */
public enum Step {
    /** The agent's {@code init} begins. */
    INIT,
    /** The agent's {@code start} begins. */
    START,
    /** The body of a loop agent begins. */
    RUN,
    /** A message is about to be handled. */
    MESSAGE,
    /** The agent has called its context, from any callback; waits end early for a fault. */
    CALL,
    /** The agent's {@code stop} begins. */
    STOP,
    /** The agent's {@code terminate} begins. */
    TERMINATE
}
