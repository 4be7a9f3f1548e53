package ai.terraphim.supervisor.runtime.shell;

/**
 * How much one runtime may hold.
 *
 * @param maxAgents how many agents, those that are down included
 * @param mailbox how many messages may wait for one agent, unless its spec says otherwise
 */
public record Limits(int maxAgents, int mailbox) {

    /** Any number of agents, and 10,000 messages for each. */
    public static final Limits DEFAULT = new Limits(Integer.MAX_VALUE, 10_000);

    /** Checks that the limits leave room for something. */
    public Limits {
        if (maxAgents < 1) {
            throw new IllegalArgumentException("maxAgents must be 1 or more, was " + maxAgents);
        }
        if (mailbox < 1) {
            throw new IllegalArgumentException("mailbox must be 1 or more, was " + mailbox);
        }
    }
}
