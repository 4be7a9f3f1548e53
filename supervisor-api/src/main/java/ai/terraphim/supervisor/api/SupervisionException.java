package ai.terraphim.supervisor.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An operation failed. The {@link #category()} says what it has to do with, {@link
 * #isRecoverable()} whether the same call can succeed later without anybody mending anything. The
 * message names what failed, for whom, and the remedy. Branch on types and categories, never on
 * message text.
 *
 * <p>An agent's failure is never this: it is an {@link ExitReason}.
 */
public class SupervisionException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ErrorCategory category;
    private final boolean recoverable;

    /**
     * A failed operation.
     *
     * @param category what it has to do with
     * @param recoverable whether the same call can succeed later
     * @param message what failed, for whom, and the remedy
     */
    public SupervisionException(ErrorCategory category, boolean recoverable, String message) {
        this(category, recoverable, message, null);
    }

    /**
     * A failed operation.
     *
     * @param category what it has to do with
     * @param recoverable whether the same call can succeed later
     * @param message what failed, for whom, and the remedy
     * @param cause why, if a throwable says so
     */
    public SupervisionException(
            ErrorCategory category,
            boolean recoverable,
            String message,
            @Nullable Throwable cause) {
        super(message, cause);
        this.category = Objects.requireNonNull(category, "category");
        this.recoverable = recoverable;
    }

    /**
     * What the failure has to do with.
     *
     * @return the category
     */
    public ErrorCategory category() {
        return category;
    }

    /**
     * Whether the same call can succeed later without anybody mending anything.
     *
     * @return true if waiting may help
     */
    public boolean isRecoverable() {
        return recoverable;
    }

    /**
     * What usually helps.
     *
     * @return one line: to wait if that may help, and otherwise what {@link ErrorCategory#hint()}
     *     says
     */
    public String hint() {
        return recoverable ? "try again later; if it lasts, " + category.hint() : category.hint();
    }
}
