package ai.terraphim.supervisor.api;

/**
 * Where messages to one agent go. It does what {@code tell} with the {@link AgentPid} does, but
 * remembers the way, which is found anew when the agent has been deleted and added again or its
 * supervisor restarted. So keep one for an agent that is sent many messages; it is several times
 * faster among thousands of agents. For any number of threads.
 */
public interface AgentRef {

    /**
     * Whose reference it is.
     *
     * @return its place in the tree
     */
    AgentPid pid();

    /**
     * Sends a message and returns at once. Delivery is at most once: a message to an agent that is
     * down is dropped and counted.
     *
     * @param message of a JDK or API type if the receiver comes from another plugin
     * @throws MailboxFullException if the receiver's mailbox is full
     * @throws ChildNotFoundException if there is no such message agent
     * @throws MessageTypeException if the message is of a class of another plugin than the
     *     receiver's
     * @throws FencedException if this came from the context of a run that is no longer its agent's
     *     current one
     */
    void tell(Object message);
}
