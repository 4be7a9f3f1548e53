package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.Snapshot;
import java.time.Instant;

/**
 * An agent's state and when it was saved by whom.
 *
 * @param pid the agent
 * @param run the run that saved it
 * @param at when
 * @param snapshot the state
 */
public record StoredCheckpoint(AgentPid pid, long run, Instant at, Snapshot snapshot) {}
