package ai.terraphim.supervisor.distribution;

import org.jspecify.annotations.Nullable;

/**
 * Ends a command with a line for the user, which says what failed and how to mend it, and an exit
 * code.
 */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ExitCode code;

    CommandFailure(ExitCode code, String message) {
        this(code, message, null);
    }

    CommandFailure(ExitCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    ExitCode code() {
        return code;
    }
}
