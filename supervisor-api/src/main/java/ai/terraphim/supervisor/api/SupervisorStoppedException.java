package ai.terraphim.supervisor.api;

/** The supervisor is stopping or has stopped, so it takes no more requests. */
public final class SupervisorStoppedException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public SupervisorStoppedException(String message) {
        super(ErrorCategory.SHUTDOWN, false, message);
    }
}
