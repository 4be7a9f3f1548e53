package ai.terraphim.supervisor.api;

/**
 * Thrown by an agent to end its run with a reason of its choice; OTP's {@code exit(Reason)}. It is
 * no failure unless its reason is one, and it carries no stack trace.
 *
 * {@snippet :
 * throw new AgentExitException(ExitReason.shutdown("quota reached"));
 * }
 */
public final class AgentExitException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient ExitReason reason;

    /**
     * An exit.
     *
     * @param reason why the run ends
     */
    public AgentExitException(ExitReason reason) {
        super(reason.toString(), null, false, false);
        this.reason = reason;
    }

    /**
     * Why the run ends.
     *
     * @return the reason
     */
    public ExitReason reason() {
        return reason;
    }
}
