package ai.terraphim.supervisor.api;

import java.util.Objects;

/**
 * What a supervisor or an operator says to an agent besides its work. It comes before all ordinary
 * messages and is handled by {@link SupervisedAgent#handleSystemMessage}, where it says what each
 * one does unless the author decides otherwise.
 *
 * <p>System messages are for the run that is up: those that it has not handled when it ends are
 * counted as dead letters.
 */
public sealed interface SystemMessage {

    /** Come to an end in an orderly way. */
    record Shutdown() implements SystemMessage {}

    /** Come to an end and be started again, whatever the restart type. */
    record Restart() implements SystemMessage {}

    /** Say how you are: {@link SupervisedAgent#healthCheck} is asked, and its answer published. */
    record HealthCheck() implements SystemMessage {}

    /**
     * Save what there is to save: {@link SupervisedAgent#state()} is asked, and its answer saved.
     */
    record Checkpoint() implements SystemMessage {}

    /**
     * What somebody else is doing, for agents that act on it.
     *
     * @param pid who
     * @param status what it is doing now
     */
    record StatusUpdate(AgentPid pid, AgentStatus status) implements SystemMessage {
        /** Checks that nothing is missing. */
        public StatusUpdate {
            Objects.requireNonNull(pid, "pid");
            Objects.requireNonNull(status, "status");
        }
    }

    /**
     * Words for an agent that understands them, such as {@code reload} or {@code pause}.
     *
     * @param text the words
     */
    record SupervisorMessage(String text) implements SystemMessage {
        /** Checks that nothing is missing. */
        public SupervisorMessage {
            Objects.requireNonNull(text, "text");
        }
    }
}
