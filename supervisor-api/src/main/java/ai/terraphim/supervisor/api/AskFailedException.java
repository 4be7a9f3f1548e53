package ai.terraphim.supervisor.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A question to an agent got no answer: the run that handled it ended, the agent went down first,
 * its handler returned without a reply, or the time was over. Whether it was acted on is not known.
 */
public final class AskFailedException extends SupervisionException {
    private static final long serialVersionUID = 1L;
    private final transient @Nullable ExitReason reason;

    /**
     * The error.
     *
     * @param recoverable whether the same question can be answered later
     * @param message what failed, for whom, and the remedy
     * @param reason why the run that had the question in hand ended; null if it has not
     */
    public AskFailedException(boolean recoverable, String message, @Nullable ExitReason reason) {
        super(ErrorCategory.COMMUNICATION, recoverable, message);
        this.reason = reason;
    }

    /**
     * Why the run that had the question in hand ended.
     *
     * @return empty if it has not ended
     */
    public Optional<ExitReason> reason() {
        return Optional.ofNullable(reason);
    }
}
