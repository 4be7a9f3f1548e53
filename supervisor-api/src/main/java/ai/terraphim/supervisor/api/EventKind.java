package ai.terraphim.supervisor.api;

/**
 * What happened. The {@link #word()} is the same in the history, in JMX notifications and in the
 * log.
 */
public enum EventKind {
    /** A child came up, at the boot of its supervisor or because somebody asked for it. */
    CHILD_STARTED("child.started"),
    /** A child came up again because its supervisor's strategy wanted so. */
    CHILD_RESTARTED("child.restarted"),
    /** A start was tried and failed. */
    CHILD_START_FAILED("child.start_failed"),
    /** A start said that the child need not run now. */
    CHILD_IGNORED("child.ignored"),
    /** A run of a child ended. */
    CHILD_EXITED("child.exited"),
    /** A child failed, and its restart waits for its {@link Backoff}. */
    CHILD_BACKOFF("child.backoff"),
    /** A child failed once too often and was put aside. */
    CHILD_PARKED("child.parked"),
    /** A child failed once too often, and is put aside until its trial run. */
    CHILD_COOLING("child.cooling"),
    /** A child, or an agent that is up, waits for a dependency that is open. */
    CHILD_SUSPENDED("child.suspended"),
    /** What had waited for a dependency goes on. */
    CHILD_RESUMED("child.resumed"),
    /** An agent was not done with something when its time for it was over, and its run is ended. */
    CHILD_OVERDUE("child.overdue"),
    /** A health check failed. */
    CHILD_UNHEALTHY("child.unhealthy"),
    /** The thread of a run that was ended by force has not come back and was left alone. */
    CHILD_ABANDONED("child.abandoned"),
    /** A child was asked to stop and ended otherwise than expected. */
    CHILD_SHUTDOWN_ERROR("child.shutdown_error"),
    /** A child was removed for good. */
    CHILD_DELETED("child.deleted"),
    /** A supervisor had more restarts than its intensity allows and gave up. */
    SUPERVISOR_ESCALATED("supervisor.escalated"),
    /** A supervisor ends because its significant children are done. */
    SUPERVISOR_AUTO_SHUTDOWN("supervisor.auto_shutdown"),
    /** A dependency fails too often, or an operator says so: no calls for a time. */
    CIRCUIT_OPENED("circuit.opened"),
    /** A dependency that was open is given some calls on trial. */
    CIRCUIT_HALF_OPENED("circuit.half_opened"),
    /** A dependency works again. */
    CIRCUIT_CLOSED("circuit.closed"),
    /** A tree starts as it is configured, and what was stored of it is ignored and kept. */
    FRESH_START("start.fresh"),
    /** A message has crashed its agent once too often and was put aside. */
    MESSAGE_PARKED("message.parked"),
    /** Busy agents hold every processor, and the runtime has made room for others. */
    CARRIERS_HELD("carriers.held"),
    /** Messages found no receiver. Where there are many, one event stands for several. */
    DEAD_LETTER("message.dead_letter"),
    /** An agent's state could not be saved. */
    CHECKPOINT_FAILED("checkpoint.failed"),
    /** A run does not begin from the newest checkpoint, because of what that has done or is. */
    CHECKPOINT_FALLBACK("checkpoint.fallback"),
    /** A saved state of an agent has changed since it was saved, and is not used. */
    CHECKPOINT_REJECTED("checkpoint.rejected"),
    /** States of agents that had left the tree long ago were deleted, together so many. */
    ORPHANS_DELETED("orphans.deleted"),
    /**
     * What was saved of how a child stands with its restarts has changed since, and is not used: it
     * starts with a clean record.
     */
    CONDITION_REJECTED("condition.rejected"),
    /** The store does not take what is written to it. Told once, until it does again. */
    STORE_FAILED("store.failed"),
    /** The store takes what is written to it again. What had waited for that is written then. */
    STORE_RECOVERED("store.recovered"),
    /**
     * Some events are not in the history one by one: others stand for them, or they were left out.
     */
    HISTORY_GAP("history.gap");

    private final String word;

    EventKind(String word) {
        this.word = word;
    }

    /**
     * The word for this event everywhere.
     *
     * @return such as {@code child.exited}
     */
    public String word() {
        return word;
    }

    /**
     * The event with a word.
     *
     * @param word such as {@code child.exited}
     * @return the kind
     * @throws IllegalArgumentException if there is none
     */
    public static EventKind ofWord(String word) {
        for (EventKind kind : values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no event is called '" + word + "'");
    }
}
