package ai.terraphim.supervisor.runtime;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps checkpoints and the newest of the history while the JVM lives, and no longer. The store of
 * a runtime that was given no other. Subclasses may keep more: no method here calls another.
 */
public class InMemoryStore implements StateStore {
    private static final int HISTORY = 10_000;

    private final Map<AgentPid, StoredCheckpoints> checkpoints = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<SupervisionEvent> history = new ArrayDeque<>();

    /** A store that knows nothing. */
    public InMemoryStore() {}

    @Override
    public Recovery recover() {
        return Recovery.NOTHING;
    }

    @Override
    public CompletionStage<Void> saveCheckpoint(StoredCheckpoint checkpoint) {
        checkpoints.merge(
                checkpoint.pid(),
                new StoredCheckpoints(List.of(checkpoint), List.of()),
                InMemoryStore::withPrevious);
        return done();
    }

    @Override
    public CompletionStage<StoredCheckpoints> checkpoints(AgentPid pid) {
        return CompletableFuture.completedFuture(
                checkpoints.getOrDefault(pid, StoredCheckpoints.NONE));
    }

    private static StoredCheckpoints withPrevious(StoredCheckpoints old, StoredCheckpoints saved) {
        StoredCheckpoint newest = saved.valid().getFirst();
        return old.valid().stream()
                .filter(other -> (other.number() & 1) != (newest.number() & 1))
                .findFirst()
                .map(other -> new StoredCheckpoints(List.of(newest, other), List.of()))
                .orElse(saved);
    }

    @Override
    public CompletionStage<Void> append(SupervisionEvent event) {
        lock.lock();
        try {
            if (history.size() == HISTORY) {
                history.removeFirst();
            }
            Deque<SupervisionEvent> later = new ArrayDeque<>(0);
            while (!history.isEmpty() && history.getLast().seq() > event.seq()) {
                later.addFirst(history.removeLast());
            }
            if (history.isEmpty() || history.getLast().seq() < event.seq()) {
                history.addLast(event);
            }
            history.addAll(later);
        } finally {
            lock.unlock();
        }
        return done();
    }

    @Override
    public CompletionStage<List<SupervisionEvent>> history(HistoryQuery query) {
        lock.lock();
        try {
            List<SupervisionEvent> fitting =
                    history.stream().filter(event -> fits(event, query)).toList();
            int surplus = Math.max(0, fitting.size() - query.limit());
            return CompletableFuture.completedFuture(
                    query.newest()
                            ? fitting.subList(surplus, fitting.size())
                            : fitting.subList(0, fitting.size() - surplus));
        } finally {
            lock.unlock();
        }
    }

    private static boolean fits(SupervisionEvent event, HistoryQuery query) {
        return event.seq() > query.afterSeq()
                && query.path()
                        .map(path ->
                                event.path().equals(path) || event.path().startsWith(path + "/"))
                        .orElse(true);
    }

    @Override
    public CompletionStage<Void> saveChild(StoredChild child) {
        return done();
    }

    @Override
    public CompletionStage<Void> saveStop(StoredChild child) {
        return done();
    }

    @Override
    public CompletionStage<Void> deleteStop(String path) {
        return done();
    }

    @Override
    public CompletionStage<Void> saveCondition(StoredCondition condition) {
        return done();
    }

    @Override
    public CompletionStage<Void> deleteCondition(String path) {
        return done();
    }

    @Override
    public CompletionStage<Void> deleteChild(String path) {
        return done();
    }

    @Override
    public CompletionStage<Void> deleteChildrenBelow(String supervisorPath) {
        return done();
    }

    @Override
    public CompletionStage<Void> saveMessage(StoredMessage message) {
        return done();
    }

    @Override
    public CompletionStage<Void> deleteMessage(long number) {
        return done();
    }

    @Override
    public void close() {}

    // Void has no value but null.
    @SuppressWarnings("NullAway")
    private static CompletionStage<Void> done() {
        return CompletableFuture.completedFuture(null);
    }
}
