package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.config.BoundAgent;
import java.time.Instant;
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

    /** For the history, without the state: it waits for its turn there. */
    Origin origin() {
        return new Origin(
                checkpoint.run(),
                checkpoint.at(),
                checkpoint.snapshot().stateVersion(),
                snapshot.stateVersion(),
                stranger);
    }

    /**
     * Where the state is from that a run began from. Text is made of it when it is asked for.
     *
     * @param stored the version of its layout in the store
     * @param version the version that the run was given
     */
    record Origin(long run, Instant at, int stored, int version, Optional<PluginVersion> stranger) {
        @Override
        public String toString() {
            return "restored the checkpoint of run %d, %s".formatted(run, at)
                    + (stored == version
                            ? ""
                            : ", migrated from version %d to %d".formatted(stored, version))
                    + stranger.map(it -> ", saved by " + it).orElse("");
        }
    }
}
