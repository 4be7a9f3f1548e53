package ai.terraphim.supervisor.api;

import java.util.List;

/**
 * How a tree ended.
 *
 * @param reason as its parent would see it: {@code shutdown} also when the root has given up
 * @param causes empty if somebody stopped the tree; otherwise what led to its end, the root's own
 *     reason first and the first crash last, one line each
 */
public record Termination(ExitReason reason, List<String> causes) {

    /** Copies the list. */
    public Termination {
        causes = List.copyOf(causes);
    }

    /**
     * Whether the root gave up, as against having been stopped.
     *
     * @return true if there are causes
     */
    public boolean gaveUp() {
        return !causes.isEmpty();
    }
}
