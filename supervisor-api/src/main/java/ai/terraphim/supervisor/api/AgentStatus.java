package ai.terraphim.supervisor.api;

/**
 * What a child is doing. More states join over time: a reader of {@link #word()} must tolerate
 * words it does not know.
 */
public sealed interface AgentStatus {

    /** Its {@code init} has not returned yet. */
    record Starting() implements AgentStatus {}

    /** It is up. */
    record Running() implements AgentStatus {}

    /** It was asked to stop and has not ended yet. */
    record Stopping() implements AgentStatus {}

    /** It is down and stays so until somebody, or a group restart, starts it. */
    record Stopped() implements AgentStatus {}

    /**
     * It is down because it failed, and stays so.
     *
     * @param reason how it failed
     */
    record Failed(ExitReason reason) implements AgentStatus {}

    /** It ended, and is to run again. */
    record Restarting() implements AgentStatus {}

    /**
     * The word for this state in tree files, JSON, JMX and on the command line.
     *
     * @return one of starting, running, stopping, stopped, failed, restarting
     */
    default String word() {
        return switch (this) {
            case Starting _ -> "starting";
            case Running _ -> "running";
            case Stopping _ -> "stopping";
            case Stopped _ -> "stopped";
            case Failed _ -> "failed";
            case Restarting _ -> "restarting";
        };
    }
}
