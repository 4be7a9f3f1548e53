package ai.terraphim.supervisor.runtime;

import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionListener;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.Termination;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** SKELETON: only the signatures others compile against while the engine is written. */
public final class SupervisorRuntime implements AutoCloseable {

    public static Builder builder(String name) {
        return new Builder();
    }

    public String name() {
        throw new UnsupportedOperationException();
    }

    public Instant startedAt() {
        throw new UnsupportedOperationException();
    }

    /**
     * Starts the tree; returns when every child is up; a boot failure throws ChildStartException.
     * Once per runtime.
     */
    public AgentSupervisor start(SupervisorConfig root) {
        throw new UnsupportedOperationException();
    }

    /** Any live supervisor of the tree by its path (root included). */
    public Optional<AgentSupervisor> supervisor(SupervisorId id) {
        throw new UnsupportedOperationException();
    }

    /** The root, once started. */
    public Optional<AgentSupervisor> root() {
        throw new UnsupportedOperationException();
    }

    /** Completes when the tree has ended, for whatever reason. */
    public CompletableFuture<Termination> termination() {
        throw new UnsupportedOperationException();
    }

    public void addListener(SupervisionListener listener) {
        throw new UnsupportedOperationException();
    }

    public CompletionStage<List<SupervisionEvent>> history(HistoryQuery query) {
        throw new UnsupportedOperationException();
    }

    public long restartTotal() {
        throw new UnsupportedOperationException();
    }

    public long crashTotal() {
        throw new UnsupportedOperationException();
    }

    public long escalationTotal() {
        throw new UnsupportedOperationException();
    }

    public long historyLastSeq() {
        throw new UnsupportedOperationException();
    }

    public int abandonedThreads() {
        throw new UnsupportedOperationException();
    }

    public AgentTypes types() {
        throw new UnsupportedOperationException();
    }

    public Path dataFolder() {
        throw new UnsupportedOperationException();
    }

    /** Stops the tree in order, flushes the history, closes the store. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    public static final class Builder {
        public Builder types(AgentTypes types) {
            return this;
        }

        /** Default: in memory. Closed by the runtime. */
        public Builder store(StateStore store) {
            return this;
        }

        /** Default: the working folder. */
        public Builder dataFolder(Path folder) {
            return this;
        }

        public Builder listener(SupervisionListener listener) {
            return this;
        }

        public SupervisorRuntime build() {
            return new SupervisorRuntime();
        }
    }
}
