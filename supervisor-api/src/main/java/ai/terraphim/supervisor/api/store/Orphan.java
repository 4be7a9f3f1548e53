package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.AgentPid;
import java.time.Instant;

/**
 * An agent that has states in the store and no place in the tree.
 *
 * @param pid the place that it had
 * @param since since when that is known
 * @param savedAt when its newest state was saved
 * @param bytes how large its states are together
 */
public record Orphan(AgentPid pid, Instant since, Instant savedAt, long bytes) {}
