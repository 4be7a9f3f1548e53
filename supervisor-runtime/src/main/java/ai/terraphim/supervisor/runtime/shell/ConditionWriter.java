package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import ai.terraphim.supervisor.runtime.core.Condition;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands to the store how children stand with their restarts. Nobody waits for it: of each child one
 * write at most is under way, and what changes meanwhile waits, the newest only.
 *
 * <p>A write that fails is tried again each second, or what is newer then. That the store fails is
 * told by the history, which meets the same store. Any thread.
 */
final class ConditionWriter {
    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    /** So long ago that it makes no difference any more, and can be counted in nanoseconds. */
    private static final Duration OLDEST = Duration.ofDays(36_500);

    /** How much is kept of why a child was put aside: it may quote what an agent has thrown. */
    private static final int MAX_WHY = 1_000;

    /** What is to be written of a child. */
    private static final class Entry {
        @Nullable Supplier<CompletionStage<Void>> next;
        boolean underWay;
    }

    private final StateStore store;
    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> entries = new HashMap<>();
    private boolean retrying;

    ConditionWriter(StateStore store, Time time) {
        this.store = store;
        this.time = time;
    }

    // ---- writes
    // ------------------------------------------------------------------------------------------------

    /**
     * Has the store know how a child stands.
     *
     * @param isStale whether the child's supervisor has been replaced, and is to write no more
     */
    void save(StoredChild child, Condition condition, BooleanSupplier isStale) {
        if (condition.equals(Condition.CLEAN)) {
            write(child.path(), () -> store.deleteCondition(child.path()), isStale);
        } else {
            StoredCondition stored = stored(child, condition);
            write(child.path(), () -> store.saveCondition(stored), isStale);
        }
    }

    /** Has the store forget how a child stands that is not what it was. */
    void delete(String path) {
        write(path, () -> store.deleteCondition(path), () -> false);
    }

    private void write(
            String path, Supplier<CompletionStage<Void>> write, BooleanSupplier isStale) {
        locked(() -> {
            if (!isStale.getAsBoolean()) {
                Entry entry = entries.computeIfAbsent(path, _ -> new Entry());
                boolean waits = entry.underWay || entry.next != null;
                entry.next = write;
                if (!waits) {
                    send(path, entry);
                }
            }
        });
    }

    private void send(String path, Entry entry) {
        Supplier<CompletionStage<Void>> write = entry.next;
        if (write != null) {
            entry.next = null;
            entry.underWay = true;
            var _ = begin(write).whenComplete((_, error) -> answered(path, entry, write, error));
        }
    }

    private static CompletionStage<Void> begin(Supplier<CompletionStage<Void>> write) {
        try {
            return write.get();
        } catch (RuntimeException | VirtualMachineError e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void answered(
            String path,
            Entry entry,
            Supplier<CompletionStage<Void>> write,
            @Nullable Throwable error) {
        locked(() -> {
            entry.underWay = false;
            if (entries.get(path) != entry) {
                return; // what it said is not so any more
            }
            if (error != null) {
                if (entry.next == null) {
                    entry.next = write;
                }
                retryLater();
            } else if (entry.next != null) {
                send(path, entry);
            } else {
                entries.remove(path);
            }
        });
    }

    private void retryLater() {
        if (!retrying) {
            retrying = true;
            time.schedule(
                    () ->
                            locked(() -> {
                                retrying = false;
                                sendAll();
                            }),
                    RETRY_NANOS);
        }
    }

    private void sendAll() {
        Map.copyOf(entries)
                .forEach((path, entry) -> {
                    if (!entry.underWay) {
                        send(path, entry);
                    }
                });
    }

    /**
     * Does something by which the store forgets the children below a path, and perhaps the one at
     * it. What waits of them would bring them back, and is dropped.
     */
    CompletionStage<Void> forget(
            String path, boolean itself, Supplier<CompletionStage<Void>> deletion) {
        lock.lock();
        try {
            if (!entries.isEmpty()) {
                entries.keySet()
                        .removeIf(it -> it.startsWith(path + '/') || (itself && it.equals(path)));
            }
            return deletion.get();
        } finally {
            lock.unlock();
        }
    }

    /** Hands what waits to the store, which is about to be closed. */
    void close() {
        locked(() -> Map.copyOf(entries).forEach(this::send));
    }

    private void locked(Runnable body) {
        lock.lock();
        try {
            body.run();
        } finally {
            lock.unlock();
        }
    }

    // ---- between the clocks
    // ------------------------------------------------------------------------------------

    private StoredCondition stored(StoredChild child, Condition condition) {
        Instant now = time.now();
        long nanos = time.nanoTime();
        return new StoredCondition(
                child,
                Optional.ofNullable(condition.aside())
                        .map(aside ->
                                new Aside(
                                        aside.cools() ? Kind.COOLING : Kind.PARKED,
                                        now.minusNanos(nanos - aside.since()),
                                        aside.time(),
                                        cut(aside.why()))),
                condition.shortRuns(),
                condition.restarts().stream()
                        .map(restart -> now.minusNanos(nanos - restart))
                        .toList());
    }

    private static String cut(String why) {
        return why.length() > MAX_WHY ? why.substring(0, MAX_WHY - 4) + " ..." : why;
    }

    /**
     * How a child stands now. The time of day may have been set meanwhile: what would lie ahead
     * counts as now.
     */
    static Condition restored(StoredCondition stored, Instant now, long nanos) {
        return new Condition(
                stored.aside()
                        .map(aside ->
                                new Condition.Aside(
                                        aside.kind() == Kind.COOLING,
                                        nanos - age(aside.since(), now),
                                        aside.time(),
                                        aside.why()))
                        .orElse(null),
                stored.shortRuns(),
                stored.restarts().stream().map(restart -> nanos - age(restart, now)).toList());
    }

    /** Whether the time of day was set back so far that some of it lies ahead. */
    static boolean liesAhead(StoredCondition stored, Instant now) {
        return stored.aside().filter(aside -> aside.since().isAfter(now)).isPresent()
                || stored.restarts().stream().anyMatch(restart -> restart.isAfter(now));
    }

    private static long age(Instant at, Instant now) {
        Duration age = Duration.between(at, now);
        return age.isNegative() ? 0 : (age.compareTo(OLDEST) > 0 ? OLDEST : age).toNanos();
    }
}
