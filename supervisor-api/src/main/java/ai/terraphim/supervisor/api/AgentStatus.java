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

    /** It failed, and waits for its {@link Backoff} before it is restarted. */
    record Backoff() implements AgentStatus {}

    /**
     * It is up, or is to be restarted, and waits for a dependency that is open.
     *
     * @param dependency the key of the dependency
     */
    record Suspended(String dependency) implements AgentStatus {}

    /**
     * It has failed once too often and is put aside until somebody restarts it, or its time is
     * over.
     *
     * @param reason how it failed at last
     */
    record Parked(ExitReason reason) implements AgentStatus {}

    /**
     * It has failed once too often, is put aside for a time, and then has a trial run.
     *
     * @param reason how it failed at last
     */
    record Cooling(ExitReason reason) implements AgentStatus {}

    /**
     * The word for this state in tree files, JSON, JMX and on the command line.
     *
     * @return one of starting, running, stopping, stopped, failed, restarting, backoff, suspended,
     *     parked, cooling
     */
    default String word() {
        return switch (this) {
            case Starting _ -> "starting";
            case Running _ -> "running";
            case Stopping _ -> "stopping";
            case Stopped _ -> "stopped";
            case Failed _ -> "failed";
            case Restarting _ -> "restarting";
            case Backoff _ -> "backoff";
            case Suspended _ -> "suspended";
            case Parked _ -> "parked";
            case Cooling _ -> "cooling";
        };
    }
}
