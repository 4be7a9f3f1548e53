package ai.terraphim.supervisor.api;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A throwable as text. An agent's exceptions are kept so, because one exception object would keep
 * its plugin's classes in memory for as long as the history remembers it.
 *
 * <p>Writing a stack trace takes longer than a restart, so that is done when {@link #stack} is
 * first asked for, which the runtime does soon, and off the supervisor's path; until then the
 * throwable is held on to. Two failures are equal if their texts are.
 */
public final class Failure {

    /** How many characters of a stack trace are kept. */
    public static final int MAX_STACK = 16_384;

    private final String type;
    private final String message;
    private volatile @Nullable String stack;
    private volatile @Nullable Throwable thrown;

    /**
     * A failure in text.
     *
     * @param type the class name of the throwable, empty for a failure that was described in words
     * @param message its message, empty if it had none
     * @param stack its stack trace with its causes, cut to {@value #MAX_STACK} characters
     */
    public Failure(String type, String message, String stack) {
        this.type = Objects.requireNonNull(type, "type");
        this.message = Objects.requireNonNull(message, "message");
        this.stack = cut(stack);
    }

    private Failure(Throwable thrown) {
        this.type = thrown.getClass().getName();
        this.message = messageOf(thrown);
        this.thrown = thrown;
    }

    /**
     * Takes down what a throwable says.
     *
     * @param thrown the throwable; not kept longer than until its stack trace was written
     * @return its text
     */
    public static Failure of(Throwable thrown) {
        return new Failure(thrown);
    }

    /**
     * The class name of the throwable.
     *
     * @return empty for a failure that was described in words
     */
    public String type() {
        return type;
    }

    /**
     * What the throwable said.
     *
     * @return empty if it said nothing
     */
    public String message() {
        return message;
    }

    /**
     * The stack trace with its causes.
     *
     * @return at most {@value #MAX_STACK} characters; empty for a failure that was described in
     *     words
     */
    public String stack() {
        String written = stack;
        while (written == null) {
            Throwable unwritten = thrown;
            if (unwritten != null) {
                stack = cut(stackOf(unwritten));
                thrown = null;
            }
            written = stack; // if it was not unwritten any more, somebody else has written it
        }
        return written;
    }

    private static String messageOf(Throwable thrown) {
        try {
            return Objects.requireNonNullElse(thrown.getMessage(), "");
        } catch (RuntimeException e) { // an exception of a stranger may fail even at this
            return "(its own message could not be read: " + e.getClass().getName() + ")";
        }
    }

    private static String stackOf(Throwable thrown) {
        try {
            Text text = new Text();
            thrown.printStackTrace(text);
            return text.lines.toString();
        } catch (RuntimeException e) { // or at being printed
            return "";
        }
    }

    /** Gathers lines, several times faster than a general writer, and no more than are kept. */
    private static final class Text extends PrintWriter {
        final StringBuilder lines = new StringBuilder(2_048);

        Text() {
            super(Writer.nullWriter());
        }

        @Override
        public void println(@Nullable Object line) {
            if (lines.length() <= MAX_STACK) {
                lines.append(line).append('\n');
            }
        }
    }

    private static String cut(String stack) {
        return stack.length() > MAX_STACK ? stack.substring(0, MAX_STACK - 4) + " ..." : stack;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this
                || (other instanceof Failure that
                        && type.equals(that.type)
                        && message.equals(that.message)
                        && stack().equals(that.stack()));
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, message);
    }

    /** The type without its package, and the message, on one line. */
    @Override
    public String toString() {
        String name = type.substring(type.lastIndexOf('.') + 1);
        int end = 0;
        while (end < message.length()
                && message.charAt(end) != '\n'
                && message.charAt(end) != '\r') {
            end++;
        }
        String line = message.substring(0, end);
        return name.isEmpty() || line.isEmpty() ? name + line : name + ": " + line;
    }
}
