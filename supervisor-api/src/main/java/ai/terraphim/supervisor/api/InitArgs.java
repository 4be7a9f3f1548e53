package ai.terraphim.supervisor.api;

import java.util.Objects;
import java.util.Optional;

/**
 * What an agent is given when it starts.
 *
 * @param spec how this child is to be run, with its configuration as written
 * @param context the context of this run; it may be kept in a field
 * @param snapshot the newest checkpoint of this agent, empty on its first run or when it never
 *     saved one; for a typed state {@link AgentContext#restored(Class)} is shorter
 */
public record InitArgs(AgentSpec spec, AgentContext context, Optional<Snapshot> snapshot) {

    /** Checks that nothing is missing. */
    public InitArgs {
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(snapshot, "snapshot");
    }
}
