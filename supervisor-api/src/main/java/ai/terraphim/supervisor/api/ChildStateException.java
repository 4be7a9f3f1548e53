package ai.terraphim.supervisor.api;

/** The operation does not fit what the child is doing now: it runs, restarts or is present already. */
public final class ChildStateException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public ChildStateException(String message) {
        super(ErrorCategory.POLICY, true, message);
    }
}
