package ai.terraphim.supervisor.api.store;

import java.util.Map;
import java.util.Set;

/**
 * What a store tells of agents' states at the start, so that agents can begin without a question to
 * it each. An agent of which nothing is said here asks with {@link StateStore#checkpoints}.
 *
 * @param newest by path, what {@code checkpoints} would give as the newest of agents of which it
 *     would reject nothing
 * @param unknown the paths of agents that have states of which nothing is said here: because one is
 *     damaged, or they are large
 * @param complete whether agents that are in neither have no state, damaged or not; else nothing is
 *     said of them
 */
public record KnownStates(
        Map<String, StoredCheckpoint> newest, Set<String> unknown, boolean complete) {

    /** Says nothing of any agent. */
    public static final KnownStates NONE = new KnownStates(Map.of(), Set.of(), false);

    /** Copies the collections. */
    public KnownStates {
        newest = Map.copyOf(newest);
        unknown = Set.copyOf(unknown);
    }

    /**
     * Whether the newest state of an agent is known, or that it has none.
     *
     * @param path the agent
     * @return false if the store has to be asked
     */
    public boolean isKnown(String path) {
        return newest.containsKey(path) || (complete && !unknown.contains(path));
    }
}
