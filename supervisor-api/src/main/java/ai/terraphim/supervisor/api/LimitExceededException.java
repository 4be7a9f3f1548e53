package ai.terraphim.supervisor.api;

/** A limit was reached, such as the number of children of a supervisor. */
public final class LimitExceededException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public LimitExceededException(String message) {
        super(ErrorCategory.POLICY, true, message);
    }
}
