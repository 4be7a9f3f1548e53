package ai.terraphim.supervisor.api;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A throwable as text. An agent's exceptions are kept so, because one exception object would keep
 * its plugin's classes in memory for as long as the history remembers it.
 *
 * @param type the class name of the throwable, empty for a failure that was described in words
 * @param message its message, empty if it had none
 * @param stack its stack trace with its causes, at most {@value #MAX_STACK} characters
 */
public record Failure(String type, String message, String stack) {

    /** How many characters of a stack trace are kept. */
    public static final int MAX_STACK = 16_384;

    /** Cuts a stack that is too long. */
    public Failure {
        if (stack.length() > MAX_STACK) {
            stack = stack.substring(0, MAX_STACK - 4) + " ...";
        }
    }

    /**
     * Takes down what a throwable says.
     *
     * @param thrown the throwable; it is not kept
     * @return its text
     */
    public static Failure of(Throwable thrown) {
        String message;
        String stack;
        try {
            message = String.valueOf(thrown.getMessage());
            StringWriter out = new StringWriter();
            thrown.printStackTrace(new PrintWriter(out));
            stack = out.toString();
        } catch (RuntimeException e) { // an exception of a stranger may fail even at being printed
            message = "(its own message could not be read: " + e.getClass().getName() + ")";
            stack = "";
        }
        return new Failure(
                thrown.getClass().getName(), "null".equals(message) ? "" : message, stack);
    }

    /** The type without its package, and the message, on one line. */
    @Override
    public String toString() {
        String name = type.substring(type.lastIndexOf('.') + 1);
        String line = message.lines().findFirst().orElse("");
        return name.isEmpty() || line.isEmpty() ? name + line : name + ": " + line;
    }
}
