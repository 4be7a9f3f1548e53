package ai.terraphim.supervisor.runtime.observe;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisionListener;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.host.Threads;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that facts pass through. Whoever tells a fact only puts it into a bounded queue;
 * one platform thread numbers the facts, appends them to the history and calls the listeners, so
 * all of them see the same order. When the queue is full, facts are dropped rather than a restart
 * held up, and a {@code history.gap} says how many.
 */
public final class Events implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("ai.terraphim.supervisor.events");
    private static final int CAPACITY = 65_536;

    /** How many facts are told without a pause. */
    private static final int BATCH = 1_000;

    /**
     * How much longer than it has worked this thread rests while facts keep coming: agents that
     * restart have more use for the processor than their history has. Unless the queue fills up.
     */
    private static final int REST = 4;

    /** How long facts gather before they are told, and a close waits for room in a full queue. */
    private static final long PATIENCE_NANOS = Duration.ofMillis(1).toNanos();

    private final StateStore store;
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final List<SupervisionListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong dropped = new AtomicLong();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private final Time time;
    private volatile long lastSeq;
    private volatile boolean closing;
    private boolean storeFailed;

    private sealed interface Item {
        record Fact(Instant at, Object path, long run, EventKind kind, Object reason, Object detail)
                implements Item {}

        record End() implements Item {}
    }

    /**
     * Starts telling.
     *
     * @param runtime the runtime's name, for the thread's
     * @param time for waits
     * @param threads makes the thread
     * @param store keeps the history
     * @param lastSeq the number of the last fact in it
     */
    public Events(String runtime, Time time, Threads threads, StateStore store, long lastSeq) {
        this.time = time;
        this.store = store;
        this.lastSeq = lastSeq;
        threads.startPlatform("supervisor-" + runtime + "-events", this::run);
    }

    /** Adds a listener; it is told what happens from now on. */
    public void addListener(SupervisionListener listener) {
        listeners.add(listener);
    }

    /** The number of the last fact that was told. */
    public long lastSeq() {
        return lastSeq;
    }

    /**
     * Tells a fact. Never blocks. Any thread.
     *
     * <p>Text is made later, on the thread that tells the listeners, so give what has the text if
     * that is at hand.
     *
     * @param at when it happened
     * @param path where: text, or a pid
     * @param run which run, 0 if that is not the question
     * @param kind what happened
     * @param reason why: text, or an exit reason
     * @param detail more about it: text, or an exit reason, of which it is the stack trace
     */
    public void tell(
            Instant at, Object path, long run, EventKind kind, Object reason, Object detail) {
        FlightEvent.record(path, run, kind, reason);
        if (!queue.offer(new Item.Fact(at, path, run, kind, reason, detail))) {
            dropped.incrementAndGet();
        }
    }

    /** An agent's state could not be saved. */
    public void checkpointFailed(Instant at, AgentPid pid, long run, SupervisionException error) {
        tell(at, pid, run, EventKind.CHECKPOINT_FAILED, String.valueOf(error.getMessage()), "");
    }

    /** A saved state of an agent cannot be used. */
    public void checkpointRejected(Instant at, AgentPid pid, long run, String why) {
        tell(at, pid, run, EventKind.CHECKPOINT_REJECTED, why, "");
    }

    /** Tells what is left, then ends. */
    @Override
    public void close() {
        closing = true;
        while (!ended.isDone() && !queue.offer(new Item.End())) {
            time.park(this, PATIENCE_NANOS);
        }
        time.awaitDone(ended);
    }

    private void run() {
        List<Item> batch = new ArrayList<>();
        try {
            while (true) {
                if (queue.drainTo(batch, BATCH) == 0) {
                    batch.add(queue.take());
                }
                long began = time.nanoTime();
                for (Item item : batch) {
                    if (item instanceof Item.End) {
                        return;
                    }
                    tellSafely((Item.Fact) item);
                }
                batch.clear();
                // to wake this thread costs whoever tells a fact more than a restart does
                long worked = time.nanoTime() - began;
                boolean filling = queue.size() > CAPACITY / 2;
                if (!closing) {
                    time.park(this, Math.max(PATIENCE_NANOS, filling ? worked : REST * worked));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.complete(null);
        }
    }

    /** An agent that eats up the memory may take one fact, but not the history with it. */
    private void tellSafely(Item.Fact fact) {
        try {
            publishGap(fact.at());
            publish(fact);
        } catch (VirtualMachineError e) {
            dropped.incrementAndGet();
        }
    }

    private void publishGap(Instant at) {
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            publish(
                    new Item.Fact(
                            at,
                            "",
                            0,
                            EventKind.HISTORY_GAP,
                            lost + " events were dropped: the queue or the memory was full",
                            ""));
        }
    }

    private void publish(Item.Fact fact) {
        SupervisionEvent event =
                new SupervisionEvent(
                        lastSeq + 1,
                        fact.at(),
                        fact.path().toString(),
                        fact.run(),
                        fact.kind(),
                        fact.reason().toString(),
                        fact.detail() instanceof ExitReason reason
                                ? stack(reason)
                                : fact.detail().toString());
        lastSeq = event.seq();
        store.append(event).whenComplete((_, error) -> noteStore(error));
        for (SupervisionListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (Throwable t) { // whatever a listener does, the history goes on
                LOG.warn("a listener failed at {}", event, t);
            }
        }
    }

    private static String stack(ExitReason reason) {
        return switch (reason) {
            case ExitReason.Error(Failure failure) -> failure.stack();
            case ExitReason.Dependency(_, Failure failure) -> failure.stack();
            case ExitReason.Timeout(_, String stack) -> stack;
            case ExitReason.Normal _,
                    ExitReason.Shutdown _,
                    ExitReason.SupervisorShutdown _,
                    ExitReason.Kill _,
                    ExitReason.Budget _ ->
                    "";
        };
    }

    /** Says once that the history cannot be written, and once that it can again. */
    private void noteStore(@Nullable Throwable error) {
        if (error != null && !storeFailed) {
            LOG.error("the history cannot be written; supervision goes on without it", error);
        } else if (error == null && storeFailed) {
            LOG.info("the history can be written again");
        }
        storeFailed = error != null;
    }
}
