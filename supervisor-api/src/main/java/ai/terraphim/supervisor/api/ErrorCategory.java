package ai.terraphim.supervisor.api;

/**
 * What a failed operation has to do with. With whether it is recoverable it tells a reader what to
 * do next; the message of the error says it for the case at hand.
 */
public enum ErrorCategory {
    /** Who or what was named does not exist. */
    NOT_FOUND("look up what there is, and name that"),
    /** Something could not be started. */
    STARTUP("see the chain of causes, mend the last of them, and start again"),
    /** Something failed while it ran. */
    RUNTIME("see the history for how the run ended; its successor goes on"),
    /** A rule or a limit forbids it. */
    POLICY("do first what the message asks for, or raise the limit that it names"),
    /** A state could not be restored. */
    RECOVERY("see whether the agent can go on from an earlier state, or from none"),
    /** Something is stopping, has stopped, or did not stop as it should. */
    SHUTDOWN("ask the successor, or start it again"),
    /** A configuration is wrong. */
    CONFIGURATION("mend the named field; check tells of all that is wrong at once"),
    /** The store failed. */
    STORAGE("see to the disk or the file that the message names; agents run on meanwhile"),
    /** Bytes could not be written or read as what they should be. */
    SERIALIZATION("make the type and the stored bytes fit, or migrate the state"),
    /** A message or a request did not get through. */
    COMMUNICATION("ask again, unless doing it twice does harm: it may have been done"),
    /** The machine, the operating system or the JVM failed. */
    SYSTEM("see the log of the machine; restart the JVM if its memory ran out");

    private final String hint;

    ErrorCategory(String hint) {
        this.hint = hint;
    }

    /**
     * What usually helps.
     *
     * @return one line
     */
    public String hint() {
        return hint;
    }
}
