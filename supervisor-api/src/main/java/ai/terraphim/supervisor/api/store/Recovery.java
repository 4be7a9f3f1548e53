package ai.terraphim.supervisor.api.store;

import java.util.List;
import java.util.Map;

/**
 * What an earlier runtime left in a store.
 *
 * @param lastSeq the highest number of a fact in the history, 0 if there is none
 * @param lastRuns the highest run number by path
 * @param children the children that were added while their supervisors ran, in the order in which
 *     they were added
 * @param stopped the children that somebody has stopped and nobody has started since, with the
 *     specs that they had then
 * @param conditions how children stand with their restarts
 * @param messages the messages that were parked
 * @param states what agents can begin from without asking for it; {@link KnownStates#NONE} is fine
 */
public record Recovery(
        long lastSeq,
        Map<String, Long> lastRuns,
        List<StoredChild> children,
        List<StoredChild> stopped,
        StoredConditions conditions,
        StoredMessages messages,
        KnownStates states) {

    /** What a new store gives. */
    public static final Recovery NOTHING =
            new Recovery(
                    0,
                    Map.of(),
                    List.of(),
                    List.of(),
                    StoredConditions.NONE,
                    StoredMessages.NONE,
                    KnownStates.NONE);

    /** Copies the collections. */
    public Recovery {
        lastRuns = Map.copyOf(lastRuns);
        children = List.copyOf(children);
        stopped = List.copyOf(stopped);
    }
}
