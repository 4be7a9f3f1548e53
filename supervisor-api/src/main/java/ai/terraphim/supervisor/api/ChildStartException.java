package ai.terraphim.supervisor.api;

/** A child that somebody asked to start did not start. */
public final class ChildStartException extends SupervisionException {
    private static final long serialVersionUID = 1L;
    private final transient ExitReason reason;

    /**
     * A failed start.
     *
     * @param pid the child
     * @param reason why it did not start
     */
    public ChildStartException(AgentPid pid, ExitReason reason) {
        super(ErrorCategory.STARTUP, true, "%s did not start: %s".formatted(pid, reason));
        this.reason = reason;
    }

    /**
     * Why the child did not start.
     *
     * @return the reason
     */
    public ExitReason reason() {
        return reason;
    }
}
