package ai.terraphim.supervisor.runtime.observe;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionListener;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.host.Threads;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that facts pass through. Whoever tells a fact only puts it into a bounded queue;
 * one platform thread numbers the facts, calls the listeners and appends the facts to the history,
 * so all of them see the same order. When the queue is full, facts fold rather than a restart is
 * held up, and a {@code history.gap} says how many. Listeners do not wait for the store: while that
 * fails, the facts for it wait in a queue of their own.
 */
public final class Events implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("ai.terraphim.supervisor.events");

    /** Of each of the two queues. */
    private static final int MAX_FACTS = 65_536;

    private static final long MAX_BYTES = 32L << 20;

    /** How many facts are told without a pause. */
    private static final int BATCH = 1_000;

    /**
     * How much longer than it has worked this thread rests while facts keep coming: agents that
     * restart have more use for the processor than their history has. Unless the queue fills up.
     */
    private static final int REST = 4;

    /** How long facts gather before they are told. */
    private static final long PATIENCE_NANOS = Duration.ofMillis(1).toNanos();

    private final List<SupervisionListener> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private final Time time;
    private final HistoryWriter history;

    /** For the queue: held for as long as it takes to put in a fact, or to take out a batch. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final FactQueue queue;
    private volatile long lastSeq;
    private volatile @Nullable Instant storeFailingSince;
    private volatile Consumer<Boolean> storeListener = _ -> {};
    private volatile boolean closing;

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
        this(runtime, time, threads, store, lastSeq, MAX_FACTS, MAX_BYTES);
    }

    Events(
            String runtime,
            Time time,
            Threads threads,
            StateStore store,
            long lastSeq,
            int maxFacts,
            long maxBytes) {
        this.time = time;
        this.lastSeq = lastSeq;
        this.queue = new FactQueue(maxFacts, maxBytes);
        this.history =
                new HistoryWriter(
                        store,
                        time,
                        maxFacts,
                        maxBytes,
                        new HistoryWriter.Listener() {
                            @Override
                            public void tell(EventKind kind, Object reason) {
                                Events.this.tell(time.now(), "", 0, kind, reason, "");
                            }

                            @Override
                            public void failing(boolean failing) {
                                storeFailingSince = failing ? time.now() : null;
                                storeListener.accept(failing);
                            }
                        });
        threads.startPlatform("supervisor-" + runtime + "-events", this::run);
    }

    /** Adds a listener; it is told what happens from now on. */
    public void addListener(SupervisionListener listener) {
        listeners.add(listener);
    }

    /**
     * Sets who is told when the store fails, with true, and when it works again. Told in order, on
     * any thread, and must not wait.
     */
    public void onStoreFailing(Consumer<Boolean> listener) {
        storeListener = listener;
    }

    /** Since when the store fails; empty if it works. */
    public Optional<Instant> storeFailingSince() {
        return Optional.ofNullable(storeFailingSince);
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
     * @param detail more about it: text, or what has it and is small, or an exit reason, of which
     *     it is the stack trace
     */
    public void tell(
            Instant at, Object path, long run, EventKind kind, Object reason, Object detail) {
        FlightEvent.record(path, run, kind, reason);
        Fact fact = Fact.of(at, path, run, kind, reason, detail);
        lock.lock();
        try {
            queue.add(fact);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The store could not save an agent's state; if it may do so later, it fails as a whole. */
    public void checkpointFailed(Instant at, AgentPid pid, long run, StorageException error) {
        tell(at, pid, run, EventKind.CHECKPOINT_FAILED, String.valueOf(error.getMessage()), "");
        if (error.isRecoverable()) {
            history.failed(error);
        }
    }

    /** A saved state of an agent cannot be used. */
    public void checkpointRejected(Instant at, AgentPid pid, long run, String why) {
        tell(at, pid, run, EventKind.CHECKPOINT_REJECTED, why, "");
    }

    /** Tells what is left, then ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        time.awaitDone(ended);
        history.close();
    }

    private void run() {
        List<Fact> batch = new ArrayList<>();
        try {
            while (true) {
                boolean isFilling = take(batch);
                if (batch.isEmpty()) {
                    return;
                }
                long began = time.nanoTime();
                batch.forEach(this::tellSafely);
                batch.clear();
                // to wake this thread costs whoever tells a fact more than a restart does
                long worked = time.nanoTime() - began;
                if (!closing) {
                    time.park(this, Math.max(PATIENCE_NANOS, isFilling ? worked : REST * worked));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.complete(null);
        }
    }

    /** Waits for facts; none comes when this is closed. Says whether they come too fast. */
    private boolean take(List<Fact> batch) throws InterruptedException {
        lock.lock();
        try {
            while (queue.isEmpty() && !closing) {
                changed.await();
            }
            for (Fact next = queue.poll();
                    next != null;
                    next = batch.size() < BATCH ? queue.poll() : null) {
                batch.add(next);
            }
            Overflow overflow = queue.unfold();
            if (overflow != null) {
                queue.add(Fact.gap(time.now(), overflow));
            }
            return queue.isHalfFull();
        } finally {
            lock.unlock();
        }
    }

    /** An agent that eats up the memory may take one fact, but not the history with it. */
    private void tellSafely(Fact fact) {
        try {
            publish(fact);
        } catch (VirtualMachineError e) {
            lock.lock();
            try {
                queue.lost(fact);
            } finally {
                lock.unlock();
            }
        }
    }

    private void publish(Fact fact) {
        Fact numbered = fact.numbered(lastSeq + 1);
        SupervisionEvent event = numbered.event();
        lastSeq = event.seq();
        history.add(numbered);
        for (SupervisionListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (Throwable t) { // whatever a listener does, the history goes on
                LOG.warn("a listener failed at {}", event, t);
            }
        }
    }
}
