package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands to the store what it is to know of things. Nobody waits for it: of each thing one write at
 * most is under way, and what changes meanwhile waits, the newest only.
 *
 * <p>A write that fails is tried again each second, or what is newer then. That the store fails is
 * told by the history, which meets the same store. Any thread.
 *
 * @param <K> what tells the things apart
 */
final class RetriedWrites<K> {
    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    /** What is to be written of a thing. */
    private static final class Entry {
        @Nullable Supplier<CompletionStage<Void>> next;
        boolean underWay;
    }

    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<K, Entry> entries = new HashMap<>();
    private boolean retrying;

    RetriedWrites(Time time) {
        this.time = time;
    }

    void write(K key, Supplier<CompletionStage<Void>> write) {
        write(key, write, () -> false);
    }

    /**
     * @param isStale whether whoever writes has been replaced, and is to write no more
     */
    void write(K key, Supplier<CompletionStage<Void>> write, BooleanSupplier isStale) {
        locked(() -> {
            if (!isStale.getAsBoolean()) {
                Entry entry = entries.computeIfAbsent(key, _ -> new Entry());
                boolean waits = entry.underWay || entry.next != null;
                entry.next = write;
                if (!waits) {
                    send(key, entry);
                }
            }
        });
    }

    private void send(K key, Entry entry) {
        Supplier<CompletionStage<Void>> write = entry.next;
        if (write != null) {
            entry.next = null;
            entry.underWay = true;
            var _ = begin(write).whenComplete((_, error) -> answered(key, entry, write, error));
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
            K key, Entry entry, Supplier<CompletionStage<Void>> write, @Nullable Throwable error) {
        locked(() -> {
            entry.underWay = false;
            if (entries.get(key) != entry) {
                return; // what it said is not so any more
            }
            if (error != null) {
                if (entry.next == null) {
                    entry.next = write;
                }
                retryLater();
            } else if (entry.next != null) {
                send(key, entry);
            } else {
                entries.remove(key);
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
                .forEach((key, entry) -> {
                    if (!entry.underWay) {
                        send(key, entry);
                    }
                });
    }

    /**
     * Does something by which the store forgets some of the things. What waits of them would bring
     * them back, and is dropped.
     */
    CompletionStage<Void> forget(Predicate<K> which, Supplier<CompletionStage<Void>> deletion) {
        lock.lock();
        try {
            if (!entries.isEmpty()) {
                entries.keySet().removeIf(which);
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
}
