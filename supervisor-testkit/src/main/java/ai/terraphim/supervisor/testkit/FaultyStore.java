package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoreMaintenance;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A store in memory that fails or dawdles on demand. Both begin and end with the next operation;
 * those under way are not touched.
 */
public final class FaultyStore implements StateStore {
    private final StateStore inner;
    private final Time time;
    private boolean failing;
    private boolean refusing;
    private Duration delay = Duration.ZERO;

    FaultyStore(StateStore inner, Time time) {
        this.inner = inner;
        this.time = time;
    }

    /**
     * Makes every operation fail from now on, or no more.
     *
     * @param failing false by default
     */
    public void failing(boolean failing) {
        this.failing = failing;
    }

    /**
     * Makes it refuse to save checkpoints, or no more; as when a disk has room for the history
     * only.
     *
     * @param refusing false by default
     */
    public void refusingCheckpoints(boolean refusing) {
        this.refusing = refusing;
    }

    /**
     * Makes every operation take its time from now on.
     *
     * @param delay zero by default
     */
    public void delay(Duration delay) {
        this.delay = delay;
    }

    private <T> CompletionStage<T> faulty(Supplier<CompletionStage<T>> operation) {
        return faulty(failing, operation);
    }

    private <T> CompletionStage<T> faulty(boolean fails, Supplier<CompletionStage<T>> operation) {
        CompletionStage<T> done =
                fails
                        ? CompletableFuture.failedFuture(
                                new StorageException(true, "the store was made to fail", null))
                        : operation.get();
        if (!delay.isPositive()) {
            return done;
        }
        CompletableFuture<T> late = new CompletableFuture<>();
        time.schedule(
                () ->
                        done.whenComplete((value, error) -> {
                            if (error == null) {
                                late.complete(value);
                            } else {
                                late.completeExceptionally(error);
                            }
                        }),
                delay.toNanos());
        return late;
    }

    @Override
    public Recovery recover() {
        return inner.recover();
    }

    @Override
    public CompletionStage<Void> saveCheckpoint(StoredCheckpoint checkpoint) {
        return faulty(failing || refusing, () -> inner.saveCheckpoint(checkpoint));
    }

    @Override
    public CompletionStage<StoredCheckpoints> checkpoints(AgentPid pid) {
        return faulty(() -> inner.checkpoints(pid));
    }

    @Override
    public CompletionStage<Void> append(SupervisionEvent event) {
        return faulty(() -> inner.append(event));
    }

    @Override
    public CompletionStage<List<SupervisionEvent>> history(HistoryQuery query) {
        return faulty(() -> inner.history(query));
    }

    @Override
    public CompletionStage<Void> saveChild(StoredChild child) {
        return faulty(() -> inner.saveChild(child));
    }

    @Override
    public CompletionStage<Void> saveStop(StoredChild child) {
        return faulty(() -> inner.saveStop(child));
    }

    @Override
    public CompletionStage<Void> deleteStop(String path) {
        return faulty(() -> inner.deleteStop(path));
    }

    @Override
    public CompletionStage<Void> saveCondition(StoredCondition condition) {
        return faulty(() -> inner.saveCondition(condition));
    }

    @Override
    public CompletionStage<Void> deleteCondition(String path) {
        return faulty(() -> inner.deleteCondition(path));
    }

    @Override
    public CompletionStage<Void> deleteChild(String path) {
        return faulty(() -> inner.deleteChild(path));
    }

    @Override
    public CompletionStage<Void> deleteChildrenBelow(String supervisorPath) {
        return faulty(() -> inner.deleteChildrenBelow(supervisorPath));
    }

    @Override
    public CompletionStage<Void> saveMessage(StoredMessage message) {
        return faulty(() -> inner.saveMessage(message));
    }

    @Override
    public CompletionStage<Void> deleteMessage(long number) {
        return faulty(() -> inner.deleteMessage(number));
    }

    @Override
    public CompletionStage<Void> treeStarts(
            SupervisorConfig tree, Predicate<AgentPid> isThere, Consumer<List<AgentPid>> deleted) {
        return faulty(() -> inner.treeStarts(tree, isThere, deleted));
    }

    @Override
    public Optional<StoreMaintenance> maintenance() {
        return inner.maintenance();
    }

    @Override
    public void close() {
        inner.close();
    }
}
