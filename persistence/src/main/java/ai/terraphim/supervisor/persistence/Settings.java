package ai.terraphim.supervisor.persistence;

import java.time.Duration;

/**
 * The bounds of a store.
 *
 * @param maxQueuedWrites how many writes may wait
 * @param maxQueuedBytes how many bytes may wait in them; one write is always accepted, whatever its
 *     size
 * @param maxPages how many pages of 4 KiB the database may have
 * @param busyTimeout how long a statement waits for a lock that another program holds
 */
record Settings(int maxQueuedWrites, long maxQueuedBytes, int maxPages, Duration busyTimeout) {

    static final Settings DEFAULT =
            new Settings(65_536, 64L << 20, Integer.MAX_VALUE, Duration.ofSeconds(5));
}
