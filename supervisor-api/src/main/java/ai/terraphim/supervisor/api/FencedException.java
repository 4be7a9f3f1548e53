package ai.terraphim.supervisor.api;

/**
 * A run that is no longer its agent's current one tried to have an effect. The effect was refused.
 */
public final class FencedException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public FencedException(String message) {
        super(ErrorCategory.RUNTIME, false, message);
    }
}
