package ai.terraphim.supervisor.api;

/** A child, or a supervisor, was named that does not exist. */
public final class ChildNotFoundException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public ChildNotFoundException(String message) {
        super(ErrorCategory.NOT_FOUND, false, message);
    }
}
