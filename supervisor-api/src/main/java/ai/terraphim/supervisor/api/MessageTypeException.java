package ai.terraphim.supervisor.api;

/**
 * A message was of a class that belongs to another plugin than its receiver. It was not taken: the
 * receiver could not know the class, and holding on to it would keep the whole other plugin in
 * memory.
 */
public final class MessageTypeException extends SupervisionException {
    private static final long serialVersionUID = 1L;

    /**
     * The error.
     *
     * @param message what failed, for whom, and the remedy
     */
    public MessageTypeException(String message) {
        super(ErrorCategory.COMMUNICATION, false, message);
    }
}
