package ai.terraphim.supervisor.runtime.config;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Calls into code of agent authors: with their class loader in the thread, and with nothing taken
 * on trust.
 */
final class Strangers {
    private Strangers() {}

    /**
     * Runs with the class loader of a class as the thread's context class loader, as libraries that
     * come with a plugin expect it.
     */
    static <T extends @Nullable Object> T call(Class<?> whose, Callable<T> call) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(whose.getClassLoader());
        try {
            return call.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /**
     * What a throwable says of a configuration: its message, with its class unless it was thrown to
     * say just that.
     */
    static String verdict(Throwable thrown) {
        String message;
        try {
            message = thrown.getMessage();
        } catch (Throwable _) { // an exception's own code can fail, too
            message = null;
        }
        if (thrown instanceof IllegalArgumentException && message != null && !message.isBlank()) {
            return message;
        }
        return "was refused with "
                + thrown.getClass().getName()
                + (message == null ? "" : ": " + message);
    }
}
