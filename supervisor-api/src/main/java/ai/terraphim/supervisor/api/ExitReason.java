package ai.terraphim.supervisor.api;

import java.util.Optional;

/**
 * Why a run of a child ended. Orderly reasons mean that the child was done or was told to stop; a
 * transient child is not restarted after one. All others are failures.
 *
 * <p>{@link Object#toString() toString} is the short text that listings and the history show:
 * {@code normal}, {@code shutdown}, {@code killed}, {@code error: IOException: connection reset}.
 */
@SuppressWarnings("AvoidCommonTypeNames") // Error is the word of the vocabulary, and always read as
// ExitReason.Error
public sealed interface ExitReason {

    /** The body returned. */
    record Normal() implements ExitReason {
        @Override
        public String toString() {
            return "normal";
        }
    }

    /**
     * It was told to stop, or chose to.
     *
     * @param detail more about it, chosen by the agent
     */
    record Shutdown(Optional<String> detail) implements ExitReason {
        @Override
        public String toString() {
            return detail.map(text -> "shutdown: " + text).orElse("shutdown");
        }
    }

    /** Its supervisor is stopping. */
    record SupervisorShutdown() implements ExitReason {
        @Override
        public String toString() {
            return "supervisor_shutdown";
        }
    }

    /** It was ended by force. */
    record Kill() implements ExitReason {
        @Override
        public String toString() {
            return "killed";
        }
    }

    /**
     * It threw.
     *
     * @param failure what it threw, as text
     */
    record Error(Failure failure) implements ExitReason {
        @Override
        public String toString() {
            return "error: " + failure;
        }
    }

    /**
     * Something took too long.
     *
     * @param what what was waited for, and how long
     * @param stack where the agent's thread was then; empty if it is not known
     */
    record Timeout(String what, String stack) implements ExitReason {
        @Override
        public String toString() {
            return "timeout: " + what;
        }
    }

    /**
     * It used up what it was allowed to use.
     *
     * @param which the budget
     */
    record Budget(String which) implements ExitReason {
        @Override
        public String toString() {
            return "budget: " + which;
        }
    }

    /**
     * A guarded call failed, and the agent let that through. While the dependency is open the agent
     * is not restarted, and that it fell is not counted.
     *
     * @param key which dependency
     * @param failure what the call threw, as text
     */
    record Dependency(String key, Failure failure) implements ExitReason {
        @Override
        public String toString() {
            return "dependency " + key + ": " + failure;
        }
    }

    /**
     * Whether the child ended as it should.
     *
     * @return true for normal, shutdown with or without a detail, and the supervisor's shutdown
     */
    default boolean isOrderly() {
        return switch (this) {
            case Normal _, Shutdown _, SupervisorShutdown _ -> true;
            case Kill _, Error _, Timeout _, Budget _, Dependency _ -> false;
        };
    }

    /**
     * The body returned.
     *
     * @return the reason
     */
    static ExitReason normal() {
        return new Normal();
    }

    /**
     * Told to stop.
     *
     * @return the reason
     */
    static ExitReason shutdown() {
        return new Shutdown(Optional.empty());
    }

    /**
     * Orderly, with a detail.
     *
     * @param detail more about it
     * @return the reason
     */
    static ExitReason shutdown(String detail) {
        return new Shutdown(Optional.of(detail));
    }

    /**
     * Ended by force.
     *
     * @return the reason
     */
    static ExitReason kill() {
        return new Kill();
    }

    /**
     * Something took too long.
     *
     * @param what what was waited for, and how long
     * @return the reason, without a stack
     */
    static ExitReason timeout(String what) {
        return new Timeout(what, "");
    }

    /**
     * A failure described in words, for one that was seen from outside.
     *
     * @param message what failed
     * @return the reason
     */
    static ExitReason error(String message) {
        return new Error(new Failure("", message, ""));
    }

    /**
     * A failure.
     *
     * @param thrown what was thrown; its text is kept, not the object
     * @return the reason
     */
    static ExitReason error(Throwable thrown) {
        return new Error(Failure.of(thrown));
    }
}
