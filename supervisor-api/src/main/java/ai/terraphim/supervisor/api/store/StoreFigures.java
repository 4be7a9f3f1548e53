package ai.terraphim.supervisor.api.store;

import java.time.Duration;
import java.util.Optional;

/**
 * How large a store is and how it keeps up.
 *
 * @param fileBytes the size of its file, with what is free in it
 * @param journalBytes the size of the journal beside it, 0 if there is none
 * @param pendingWrites how many writes have been accepted and wait for their commit
 * @param commitP99 what 99 of 100 recent commits took at most, with the sync of the disk; empty
 *     before the first. The store says how many are recent
 */
public record StoreFigures(
        long fileBytes, long journalBytes, int pendingWrites, Optional<Duration> commitP99) {}
