package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.store.StoreFigures;
import ai.terraphim.supervisor.api.store.StoreMaintenance;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The MBean of a runtime's store. Any thread may call. */
final class PersistenceBean implements PersistenceMXBean {
    private static final long UNKNOWN = -1;

    private final SupervisorRuntime runtime;

    PersistenceBean(SupervisorRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public long getFileSize() {
        return figure(StoreFigures::fileBytes);
    }

    @Override
    public long getWalSize() {
        return figure(StoreFigures::journalBytes);
    }

    @Override
    public long getPendingWrites() {
        return figure(StoreFigures::pendingWrites);
    }

    @Override
    public long getCheckpointTotal() {
        return runtime.checkpointTotal();
    }

    @Override
    public long getCheckpointFailures() {
        return runtime.checkpointFailures();
    }

    @Override
    public long getLastCheckpointAge() {
        return runtime.lastCheckpoint()
                .map(at -> Math.max(0, Duration.between(at, Instant.now()).toMillis()))
                .orElse(UNKNOWN);
    }

    @Override
    public double getCommitP99() {
        return runtime.storeMaintenance()
                .flatMap(store -> store.figures().commitP99())
                .map(time -> time.toNanos() / 1e6)
                .orElse((double) UNKNOWN);
    }

    @Override
    public void checkpointNow() {
        var _ = ask(store -> store.emptyJournal().thenApply(_ -> true));
    }

    @Override
    public String backup(String file) {
        return Wire.answer(() -> {
            if (file.isBlank()) {
                throw new IllegalArgumentException("name the file to make, such as backup.db");
            }
            Path target = runtime.dataFolder().resolve(file).normalize();
            return ask(store -> store.backup(target).thenApply(_ -> target.toString()));
        });
    }

    @Override
    public String quickCheck() {
        List<String> damage = ask(StoreMaintenance::quickCheck);
        return damage.isEmpty() ? "ok" : String.join("\n", damage);
    }

    @Override
    public List<OrphanView> listOrphans(String after, int limit) {
        RuntimeBean.checkLimit(limit);
        return ask(store -> store.orphans(after, limit)).stream().map(OrphanView::of).toList();
    }

    @Override
    public void deleteOrphan(String path) {
        var _ = ask(store -> store.deleteOrphan(new AgentPid(path)).thenApply(_ -> true));
    }

    private long figure(ToLongFunction<StoreFigures> figure) {
        return runtime.storeMaintenance()
                .map(store -> figure.applyAsLong(store.figures()))
                .orElse(UNKNOWN);
    }

    private <T> T ask(Function<StoreMaintenance, CompletionStage<T>> question) {
        return Wire.answer(() ->
                question.apply(
                                runtime.storeMaintenance()
                                        .orElseThrow(() ->
                                                new StorageException(
                                                        false,
                                                        "the store of this runtime has no files to look after; it keeps state in memory, or elsewhere",
                                                        null)))
                        .toCompletableFuture()
                        .join());
    }
}
