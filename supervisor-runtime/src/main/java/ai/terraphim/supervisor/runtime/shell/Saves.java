package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints that are on their way to the store, for the next run of an agent to wait for: a
 * killed run does not wait for the one it was saving, but what that one holds is the state to begin
 * from. Any thread.
 */
final class Saves {
    private static final CompletableFuture<Void> NONE = CompletableFuture.completedFuture(null);

    private final LongAdder saved = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile @Nullable Instant last;

    private final Map<AgentPid, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    /**
     * Makes a save that {@link #of} knows of from before it begins: a save that looks whether its
     * run is fenced is refused, or seen by the run that comes after the fence.
     */
    CompletableFuture<Void> make(AgentPid pid, Supplier<CompletionStage<Void>> save) {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        underWay.merge(
                pid,
                settled,
                (earlier, now) -> earlier.isDone() ? now : CompletableFuture.allOf(earlier, now));
        try {
            return save.get().whenComplete((_, _) -> settle(pid, settled)).toCompletableFuture();
        } catch (RuntimeException | Error e) {
            settle(pid, settled);
            throw e;
        }
    }

    private void settle(AgentPid pid, CompletableFuture<Void> settled) {
        settled.complete(null);
        underWay.computeIfPresent(pid, (_, last) -> last.isDone() ? null : last);
    }

    /** A save has ended. */
    void count(StoredCheckpoint checkpoint, boolean isSaved) {
        if (isSaved) {
            saved.increment();
            last = checkpoint.at();
        } else {
            failed.increment();
        }
    }

    /** How many have succeeded. */
    long saved() {
        return saved.sum();
    }

    /** How many have failed. */
    long failed() {
        return failed.sum();
    }

    /** When the state that was saved last was given; null if none was. */
    @Nullable Instant last() {
        return last;
    }

    /** Completes when no save of an agent that has begun is under way, however they end. */
    CompletableFuture<Void> of(AgentCell agent) {
        return underWay.isEmpty() ? NONE : underWay.getOrDefault(agent.pid(), NONE);
    }
}
