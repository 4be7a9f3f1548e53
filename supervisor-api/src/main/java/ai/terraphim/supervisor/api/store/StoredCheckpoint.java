package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An agent's state and when it was saved by whom.
 *
 * @param pid the agent
 * @param number numbers the states of an agent: one more than that of the newest that is known, 1
 *     for the first; two more to replace the newest, which the run did not begin from; 0 for a
 *     state from a time when they were not numbered
 * @param run the run that saved it
 * @param at when
 * @param snapshot the state
 * @param handled the ids of the messages with ids that are part of this state, the newest last; at
 *     most {@value #MAX_HANDLED}. An id has no line break
 * @param plugin whose agent has saved it; empty if that came with no plugin, or is not known any
 *     more
 */
public record StoredCheckpoint(
        AgentPid pid,
        long number,
        long run,
        Instant at,
        Snapshot snapshot,
        List<String> handled,
        Optional<PluginVersion> plugin) {

    /** How many messages an agent knows to have handled. */
    public static final int MAX_HANDLED = 256;

    /** Checks the number, and copies the list. */
    public StoredCheckpoint {
        if (number < 0) {
            throw new IllegalArgumentException("number must be 0 or more, was " + number);
        }
        handled = List.copyOf(handled);
    }

    /**
     * A state of an agent that came with no plugin and was sent no messages with ids.
     *
     * @param pid the agent
     * @param number numbers the states of an agent
     * @param run the run that saved it
     * @param at when
     * @param snapshot the state
     */
    public StoredCheckpoint(AgentPid pid, long number, long run, Instant at, Snapshot snapshot) {
        this(pid, number, run, at, snapshot, List.of(), Optional.empty());
    }
}
