package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;

/**
 * What a run began from.
 *
 * @param checkpoint the checkpoint, as it is stored
 * @param snapshot the state in it, migrated if it was of an older version
 * @param sinceNanos when the run began, by the clock that measures
 */
record Restoration(StoredCheckpoint checkpoint, Snapshot snapshot, long sinceNanos) {

    @Override
    public String toString() {
        int stored = checkpoint.snapshot().stateVersion();
        return "restored the checkpoint of run %d, %s".formatted(checkpoint.run(), checkpoint.at())
                + (stored == snapshot.stateVersion()
                        ? ""
                        : ", migrated from version %d to %d"
                                .formatted(stored, snapshot.stateVersion()));
    }
}
