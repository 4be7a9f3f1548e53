package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.StoreOptions;
import java.time.Duration;
import java.time.InstantSource;

/**
 * What a store is told by its user, and its bounds, which are no user's concern.
 *
 * @param options what the user says
 * @param maxQueuedWrites how many writes may wait
 * @param maxQueuedBytes how many bytes may wait in them; one write is always accepted, whatever its
 *     size
 * @param maxPages how many pages of 4 KiB the database may have
 * @param busyTimeout how long a statement waits for a lock that another program holds
 * @param clock tells how old a fact is
 * @param maxRecoveredBytes about how much memory the states may take that are read before an agent
 *     has asked for them
 */
record Settings(
        StoreOptions options,
        int maxQueuedWrites,
        long maxQueuedBytes,
        int maxPages,
        Duration busyTimeout,
        InstantSource clock,
        long maxRecoveredBytes) {

    /** Of the heap, until all agents have begun. */
    private static final int SHARE = 4;

    static Settings of(StoreOptions options) {
        return new Settings(
                options,
                65_536,
                64L << 20,
                Integer.MAX_VALUE,
                Duration.ofSeconds(5),
                InstantSource.system(),
                Runtime.getRuntime().maxMemory() / SHARE);
    }
}
