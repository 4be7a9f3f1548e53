package ai.terraphim.supervisor.runtime.jmx;

import java.util.List;
import java.util.Map;

/**
 * A runtime, seen by management clients. Attributes are read from what supervisors have published
 * and never wait for one; lists are paged operations, because scrapers read every attribute and
 * call no operation. What is refused comes as {@link IllegalArgumentException} or {@link
 * IllegalStateException} with a message for people: every client has those classes.
 */
@Description("A runtime: one supervision tree with its history")
public interface SupervisorRuntimeMXBean {

    /** The version of the supervisor. */
    @Description("Version of the supervisor")
    String getVersion();

    /** When the runtime was started, in milliseconds since 1970. */
    @Description("When the runtime was started")
    @Unit("ms since 1970")
    long getStartTime();

    /** How long the runtime has been up, in milliseconds. */
    @Description("How long the runtime has been up")
    @Unit("ms")
    long getUptime();

    /** The state of the root, {@code stopped} if it is no more. */
    @Description("State of the root supervisor")
    String getState();

    /** How many agents there are, those that are down included. */
    @Description("Agents, those that are down included")
    @Unit("agents")
    int getAgentCount();

    /** How many supervisors there are, the root included. */
    @Description("Supervisors that are up, the root included")
    @Unit("supervisors")
    int getSupervisorCount();

    /** How often supervisors have restarted a child since the runtime started. */
    @Description("Restarts since the runtime started")
    @Unit("restarts")
    long getRestartTotal();

    /** How many runs have ended by a failure since the runtime started. */
    @Description("Runs that ended by a failure since the runtime started")
    @Unit("crashes")
    long getCrashTotal();

    /** How often a supervisor has given up since the runtime started. */
    @Description("Supervisors that gave up since the runtime started")
    @Unit("escalations")
    long getEscalationTotal();

    /** How many messages found no receiver since the runtime started. */
    @Description("Messages that found no receiver since the runtime started")
    @Unit("messages")
    long getDeadLetterTotal();

    /** For how long the store has been failing, 0 while it works. */
    @Description("For how long the store has been failing, 0 while it works")
    @Unit("ms")
    long getStoreFailingFor();

    /** How many agents are in each state. */
    @Description("How many agents are in each state; states that no agent is in are left out")
    Map<String, Integer> getAgentsByState();

    /** How many threads of killed agents have not ended yet. */
    @Description("Threads of killed agents that have not ended yet")
    @Unit("threads")
    int getAbandonedThreads();

    /** The number of the newest fact of the history. */
    @Description("Number of the newest fact of the history")
    long getHistoryLastSeq();

    /**
     * Lists agents and supervisors.
     *
     * @param filter words that must all fit, none for everything: {@code key=value} with one of the
     *     keys kind, type, state or path (that path and all below it); any other word is a part of
     *     a path
     * @param cursor empty for the first page, then the {@code nextCursor} of the page before
     * @param limit from 1 to 1,000
     */
    @Description("Lists agents and supervisors in the order of the tree")
    AgentPage listAgents(
            @Description("Words that must all fit: kind=, type=, state=, path= or part of a path")
                    String filter,
            @Description("Empty at first, then the nextCursor of the page before") String cursor,
            @Description("From 1 to 1000") int limit);

    /** What is known of one agent or supervisor. */
    @Description("Describes one agent or supervisor")
    AgentView describe(@Description("Such as root/pipeline/inbox") String path);

    /** Finds an agent by the name it is registered under. */
    @Description("Path of the agent that is registered under a name; empty if there is none")
    String whereIs(@Description("Such as writer") String name);

    /** The newest facts about a path and all below it, oldest first; an empty path means all. */
    @Description("The newest facts about a path and all below it, oldest first")
    List<EventView> history(
            @Description("Such as root/pipeline; empty for the whole tree") String path,
            @Description("From 1 to 1000") int limit);

    /** The facts after a number, oldest first. */
    @Description("The facts after a number, oldest first")
    List<EventView> historySince(
            @Description("Only facts with a higher number") long seq,
            @Description("From 1 to 1000") int limit);

    /** The messages that have crashed their agents once too often, oldest first; 1,000 at most. */
    @Description("The messages that were parked, oldest first")
    List<MessageView> parkedMessages();

    /** The tree as text, at most 1,000 lines. */
    @Description("The tree as text")
    String dumpTree(@Description("How many levels below the root; 0 for the root alone") int depth);

    /** The threads of killed agents that have not ended yet, the oldest first. */
    @Description("The threads of killed agents that have not ended yet, the oldest first")
    List<AbandonedView> listAbandonedThreads();

    /** Where the thread of an agent is; empty if it is in none of its callbacks. */
    @Description("Where the thread of an agent is; empty if it is in none of its callbacks")
    String threadDump(@Description("Such as root/pipeline/inbox") String path);

    /** Adds a child to a supervisor and starts it; gives its path. */
    @Action
    @Description("Adds a child to a supervisor and starts it; gives its path")
    String spawn(
            @Description("Path of the supervisor, such as root/pipeline") String supervisor,
            @Description(
                            "The child as in a tree file, in JSON: {\"id\": ..., \"type\": ...}; for an instance of a pool {\"config\": ...} or {}")
                    String specJson);

    /**
     * Asks an agent to save its state, and returns: before its next message, or in its next wait,
     * it does; {@code lastCheckpoint} of {@link #describe} tells when.
     */
    @Action
    @Description("Asks an agent to save its state; lastCheckpoint of describe tells when it has")
    void checkpoint(@Description("Such as root/pipeline/inbox") String path);

    /** Sends a parked message to its agent again, behind all that wait there. */
    @Action
    @Description("Sends a parked message to its agent again, behind all that wait there")
    void replayMessage(@Description("As parkedMessages shows it") long id);

    /** Forgets a parked message. */
    @Action
    @Description("Forgets a parked message")
    void dropMessage(@Description("As parkedMessages shows it") long id);

    /** Begins to stop the whole tree in order, and returns. */
    @Action
    @Description("Begins to stop the whole tree in order, and returns")
    void shutdown();
}
