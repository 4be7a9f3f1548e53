package ai.terraphim.supervisor.api;

/** The operation does not fit what the child, or its supervisor, is now. Nothing was changed. */
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
        RESTARTING,
        /** A child is named by its id, but the supervisor is a pool. */
        SIMPLE_ONE_FOR_ONE,
        /** An instance is to be started, but the supervisor is no pool. */
        NO_POOL
    }

    /**
     * The error.
     *
     * @param conflict what stands in the way
     * @param message what failed, for whom, and the remedy
     */
    public ChildStateException(Conflict conflict, String message) {
        super(ErrorCategory.POLICY, isRecoverable(conflict), message);
        this.conflict = conflict;
    }

    private static boolean isRecoverable(Conflict conflict) {
        return switch (conflict) {
            case ALREADY_STARTED, ALREADY_PRESENT, RUNNING, RESTARTING -> true;
            case SIMPLE_ONE_FOR_ONE, NO_POOL -> false;
        };
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
