package ai.terraphim.supervisor.api.store;

import java.util.List;
import java.util.Map;

/**
 * What a store has kept of how children stand with their restarts.
 *
 * @param valid what is as it was saved
 * @param rejected by path, a line for each child of which that is not so, which says what is wrong
 */
public record StoredConditions(List<StoredCondition> valid, Map<String, String> rejected) {

    /** What a new store gives. */
    public static final StoredConditions NONE = new StoredConditions(List.of(), Map.of());

    /** Copies the collections. */
    public StoredConditions {
        valid = List.copyOf(valid);
        rejected = Map.copyOf(rejected);
    }
}
