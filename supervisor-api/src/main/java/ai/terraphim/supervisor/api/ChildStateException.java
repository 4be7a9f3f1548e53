package ai.terraphim.supervisor.api;

/** The operation does not fit what the child is doing now. Nothing was changed. */
public final class ChildStateException extends SupervisionException {
    private static final long serialVersionUID = 1L;
    private final Conflict conflict;

    /** What stands in the way. The words are OTP's. */
    public enum Conflict {
        /** To be started, but a child of that id runs. */
        ALREADY_STARTED,
        /** To be started, but a child of that id is there and does not run. */
        ALREADY_PRESENT,
        /** To be restarted or deleted, but it runs. */
        RUNNING,
        /** To be restarted or deleted, but it is restarting. */
        RESTARTING
    }

    /**
     * The error.
     *
     * @param conflict what stands in the way
     * @param message what failed, for whom, and the remedy
     */
    public ChildStateException(Conflict conflict, String message) {
        super(ErrorCategory.POLICY, true, message);
        this.conflict = conflict;
    }

    /**
     * What stands in the way.
     *
     * @return the conflict
     */
    public Conflict conflict() {
        return conflict;
    }
}
