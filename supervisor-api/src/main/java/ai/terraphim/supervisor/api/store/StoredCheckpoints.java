package ai.terraphim.supervisor.api.store;

import java.util.List;
import java.util.Optional;

/**
 * What a store has kept of an agent's states.
 *
 * @param valid those that are as they were saved, the newest first
 * @param rejected a line for each that is not, which says what is wrong with it
 */
public record StoredCheckpoints(List<StoredCheckpoint> valid, List<String> rejected) {

    /** What there is of an agent that never saved its state. */
    public static final StoredCheckpoints NONE = new StoredCheckpoints(List.of(), List.of());

    /** Copies the lists. */
    public StoredCheckpoints {
        valid = List.copyOf(valid);
        rejected = List.copyOf(rejected);
    }

    /**
     * The newest state that can be trusted.
     *
     * @return empty if there is none
     */
    public Optional<StoredCheckpoint> newest() {
        return valid.stream().findFirst();
    }
}
