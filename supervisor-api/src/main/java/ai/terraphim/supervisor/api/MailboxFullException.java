package ai.terraphim.supervisor.api;

/** The receiver's mailbox is full. The message was not taken; nothing else is lost. */
public final class MailboxFullException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public MailboxFullException(String message) {
        super(ErrorCategory.COMMUNICATION, true, message);
    }
}
