package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.Snapshot;
import java.time.Instant;

/**
 * An agent's state and when it was saved by whom.
 *
 * @param pid the agent
 * @param number numbers the states of an agent: one more than that of the newest that is known, 1
 *     for the first; 0 for a state from a time when they were not numbered
 * @param run the run that saved it
 * @param at when
 * @param snapshot the state
 */
public record StoredCheckpoint(AgentPid pid, long number, long run, Instant at, Snapshot snapshot) {

    /** Checks the number. */
    public StoredCheckpoint {
        if (number < 0) {
            throw new IllegalArgumentException("number must be 0 or more, was " + number);
        }
    }
}
