package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.config.BoundAgent;
import java.util.Optional;

/**
 * What a run began from.
 *
 * @param checkpoint the checkpoint, as it is stored
 * @param snapshot the state in it, migrated if it was of an older version
 * @param stranger the version of the plugin that has saved it, if the agent is of another one
 * @param sinceNanos when the run began, by the clock that measures
 */
record Restoration(
        StoredCheckpoint checkpoint,
        Snapshot snapshot,
        Optional<PluginVersion> stranger,
        long sinceNanos) {

    /**
     * Makes of a checkpoint what an agent begins from.
     *
     * @throws Exception whatever {@link SupervisedAgent#migrate} throws
     */
    static Restoration of(
            StoredCheckpoint from, BoundAgent bound, SupervisedAgent agent, long nowNanos)
            throws Exception {
        Optional<PluginVersion> stranger =
                from.plugin().filter(it -> !bound.plugin().equals(Optional.of(it)));
        try {
            Snapshot state = bound.migrated(from.snapshot(), agent);
            return new Restoration(from, state, stranger, nowNanos);
        } catch (SupervisionException e) {
            throw naming(stranger, e);
        }
    }

    /** The state as a record of the agent's. */
    <S extends Record> S as(Class<S> type, BoundAgent bound) {
        try {
            return bound.decode(snapshot, type);
        } catch (SupervisionException e) {
            throw naming(stranger, e);
        }
    }

    private static SupervisionException naming(
            Optional<PluginVersion> stranger, SupervisionException e) {
        return stranger.isEmpty() || e.category() != ErrorCategory.SERIALIZATION
                ? e
                : new SupervisionException(
                        e.category(),
                        e.isRecoverable(),
                        "%s; %s had saved it".formatted(e.getMessage(), stranger.get()),
                        e);
    }

    @Override
    public String toString() {
        int stored = checkpoint.snapshot().stateVersion();
        return "restored the checkpoint of run %d, %s".formatted(checkpoint.run(), checkpoint.at())
                + (stored == snapshot.stateVersion()
                        ? ""
                        : ", migrated from version %d to %d"
                                .formatted(stored, snapshot.stateVersion()))
                + stranger.map(it -> ", saved by " + it).orElse("");
    }
}
