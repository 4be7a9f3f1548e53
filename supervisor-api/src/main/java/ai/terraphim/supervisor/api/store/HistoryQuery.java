package ai.terraphim.supervisor.api.store;

import java.util.Optional;

/**
 * Which facts of the history are wanted: of those that fit, the newest ones if they are asked for
 * from the end, or the oldest after a number.
 *
 * @param path only facts about this path and all below it; empty for all
 * @param afterSeq only facts with a higher number; 0 for all
 * @param newest true for the last {@code limit} facts that fit, false for the first ones
 * @param limit how many facts at most, from 1 to {@value #MAX_LIMIT}
 */
public record HistoryQuery(Optional<String> path, long afterSeq, boolean newest, int limit) {

    /** How many facts one query gives at most. */
    public static final int MAX_LIMIT = 1_000;

    /** Checks the limit. */
    public HistoryQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit must be from 1 to " + MAX_LIMIT + ", was " + limit);
        }
    }

    /**
     * The newest facts.
     *
     * @param limit how many at most
     * @return the query
     */
    public static HistoryQuery newest(int limit) {
        return new HistoryQuery(Optional.empty(), 0, true, limit);
    }
}
