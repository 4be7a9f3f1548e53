package ai.terraphim.supervisor.api.store;

import java.util.List;
import java.util.Map;

/**
 * What a store has kept of the messages that were parked.
 *
 * @param lastNumber the highest number that one of them ever had, those that are gone included; 0
 *     if there was none
 * @param valid those that are as they were saved, in the order of their numbers
 * @param rejected by number, a line for each that is not, which says what is wrong
 */
public record StoredMessages(
        long lastNumber, List<StoredMessage> valid, Map<Long, String> rejected) {

    /** What a new store gives. */
    public static final StoredMessages NONE = new StoredMessages(0, List.of(), Map.of());

    /** Copies the collections. */
    public StoredMessages {
        valid = List.copyOf(valid);
        rejected = Map.copyOf(rejected);
    }
}
