package ai.terraphim.supervisor.runtime.plugin;

import java.util.StringJoiner;

/**
 * A plugin cannot be used. Text only, because a throwable of a plugin holds on to its class loader.
 */
final class PluginFailure extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_LENGTH = 600;

    PluginFailure(String message) {
        super(message);
    }

    String text() {
        return oneLine(String.valueOf(getMessage()));
    }

    /** The classes and messages of a throwable and its causes, in one line. */
    static String describe(Throwable thrown) {
        StringJoiner text = new StringJoiner(", caused by ");
        int depth = 0;
        for (Throwable t = thrown; t != null && depth < 5; t = t.getCause()) {
            text.add(describeOne(t));
            depth++;
        }
        return oneLine(text.toString());
    }

    private static String describeOne(Throwable thrown) {
        String name = thrown.getClass().getName();
        try {
            String message = thrown.getMessage();
            return message == null ? name : name + ": " + message;
        } catch (Throwable _) { // an exception's own code can fail, too
            return name;
        }
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\s*\\R\\s*", " ");
        return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "..." : line;
    }
}
