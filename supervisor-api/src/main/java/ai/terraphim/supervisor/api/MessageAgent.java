package ai.terraphim.supervisor.api;

/**
 * An agent that does nothing but handle messages, one at a time, in the order in which each sender
 * sent them. It holds no thread while it has no message, so a million of them fit into a heap.
 *
 * <p>A crash drops the message in flight, unless it is to be handled again ({@link
 * AgentSpec.Builder#redeliver}); the messages behind it wait for the next run of the agent.
 * Messages come from {@link AgentContext#tell} and {@link AgentSupervisor#tell}.
 */
@FunctionalInterface
public non-sealed interface MessageAgent extends SupervisedAgent {

    /**
     * Handles one message. May block: it runs on a virtual thread, and the next message waits.
     *
     * @param message what the sender sent
     * @param context this run's context
     * @throws Exception to crash; an {@link AgentExitException} ends the run with a reason of the
     *     author's choice
     */
    void handle(Object message, AgentContext context) throws Exception;
}
