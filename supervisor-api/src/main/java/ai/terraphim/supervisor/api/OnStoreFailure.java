package ai.terraphim.supervisor.api;

/**
 * What agents do while the store fails. Supervision goes on either way: agents are restarted, and
 * what happens is appended to the history when the store works again.
 */
public enum OnStoreFailure {
    /** They go on, and a checkpoint fails with a {@link StorageException}. The default. */
    CONTINUE,
    /**
     * They are suspended, so that they do nothing whose outcome could not be kept. A message agent
     * takes no more messages. An agent is held in the next call of its context that may wait:
     * {@link AgentContext#checkpoint}, which is tried again, {@link AgentContext#sleep}, {@link
     * AgentContext#awaitStop}, {@link AgentContext#await}, {@link AgentContext#ask} and {@link
     * AgentContext#guarded}. Its deadlines stand still meanwhile, and a stop ends the wait. Within
     * a second after the store works again, all have gone on, a few at a time.
     */
    PAUSE
}
