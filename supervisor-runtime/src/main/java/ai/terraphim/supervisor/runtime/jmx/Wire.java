package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.SupervisionException;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Turns our errors into the JDK's. A management client such as JConsole lacks our classes and would
 * show a failed deserialisation instead of the message; so no cause of ours travels either.
 */
final class Wire {

    private Wire() {}

    static <T> T answer(Supplier<T> operation) {
        try {
            return operation.get();
        } catch (SupervisionException e) {
            throw translated(e);
        } catch (CompletionException e) {
            if (e.getCause() instanceof SupervisionException cause) {
                throw translated(cause);
            }
            throw new IllegalStateException(String.valueOf(e.getCause()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage());
        } catch (RuntimeException e) {
            throw new IllegalStateException(e.toString());
        }
    }

    static void run(Runnable operation) {
        answer(() -> {
            operation.run();
            return "";
        });
    }

    private static RuntimeException translated(SupervisionException e) {
        String message = String.valueOf(e.getMessage());
        boolean asked =
                e.category() == ErrorCategory.CONFIGURATION
                        || e.category() == ErrorCategory.NOT_FOUND;
        return asked ? new IllegalArgumentException(message) : new IllegalStateException(message);
    }
}
