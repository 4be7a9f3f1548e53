package ai.terraphim.supervisor.api;

import org.jspecify.annotations.Nullable;

/** The store could not do what was asked of it. Nothing that was acknowledged before is lost. */
public final class StorageException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * A failed store operation.
     *
     * @param recoverable whether the same call can succeed later, as when a disk was full
     * @param message what failed, on which file, and the remedy
     * @param cause why, if a throwable says so
     */
    public StorageException(boolean recoverable, String message, @Nullable Throwable cause) {
        super(ErrorCategory.STORAGE, recoverable, message, cause);
    }
}
