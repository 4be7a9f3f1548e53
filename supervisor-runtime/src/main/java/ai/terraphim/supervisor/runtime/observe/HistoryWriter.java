package ai.terraphim.supervisor.runtime.observe;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends facts to the history, and keeps those that the store does not take until it takes them.
 *
 * <pre>
 *   works --a write fails--> fails --the oldest fact, tried again each second, is taken--> works
 * </pre>
 *
 * <p>While the store works, so many facts are under way to it, and the others wait in order. While
 * it fails nothing is sent: what was under way and did not arrive is put back to the head, then the
 * oldest fact is the probe. That it fails is a fact, too, so there always is one. A write of others
 * that fails counts as well.
 *
 * <p>Any thread: the store answers on its own.
 */
final class HistoryWriter {
    private static final Logger LOG = LoggerFactory.getLogger("ai.terraphim.supervisor.events");

    /** As many as a store commits at once. */
    private static final int MOST_UNDER_WAY = 4_096;

    private static final long MOST_BYTES_UNDER_WAY = 8L << 20;

    /** How long after a write has failed the next is tried. */
    static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    /** Is told what becomes of the store and of facts, in order, and must not wait. */
    interface Listener {
        /** Something is to be told as a fact. */
        void tell(EventKind kind, Object reason);

        /** The store fails now, or works again. */
        void failing(boolean failing);
    }

    private final StateStore store;
    private final Time time;
    private final Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final FactQueue waiting;

    /** Facts that were under way and did not arrive. */
    private final NavigableMap<Long, Fact> refused = new TreeMap<>();

    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    private int underWay;
    private long bytesUnderWay;
    private boolean sending;
    private boolean failing;
    private boolean probing;
    private boolean scheduled;
    private long failingSince;
    private boolean closing;

    HistoryWriter(StateStore store, Time time, int maxFacts, long maxBytes, Listener listener) {
        this.store = store;
        this.time = time;
        this.listener = listener;
        this.waiting = new FactQueue(maxFacts, maxBytes);
    }

    /** Appends a fact that is numbered, after those that were added before it. */
    void add(Fact fact) {
        locked(() -> {
            waiting.add(fact);
            send();
        });
    }

    /** Waits until all is appended that was added, or the store fails; says what is lost then. */
    void close() {
        locked(() -> {
            closing = true;
            probing = failing;
            send();
        });
        time.awaitDone(done);
        locked(() -> {
            if (!waiting.isEmpty()) {
                LOG.error(
                        "the last {} events are not in the history: the store has failed",
                        waiting.size());
            }
        });
    }

    private void locked(Runnable body) {
        lock.lock();
        try {
            body.run();
        } finally {
            lock.unlock();
        }
    }

    /** A write that is not the history's has failed. */
    void failed(Throwable error) {
        locked(() -> {
            fails(error);
            send();
        });
    }

    private void probe() {
        locked(() -> {
            scheduled = false;
            probing = failing;
            send();
        });
    }

    /** A store may answer at once, within the call: no recursion, the loop goes on. */
    private void send() {
        if (sending) {
            return;
        }
        sending = true;
        try {
            for (Fact fact = next(); fact != null; fact = next()) {
                Fact sent = fact;
                boolean isProbe = failing;
                probing = false;
                underWay++;
                bytesUnderWay += sent.bytes();
                var _ =
                        append(sent.event())
                                .whenComplete((_, error) -> answered(sent, isProbe, error));
            }
        } finally {
            sending = false;
        }
        settle();
    }

    private @Nullable Fact next() {
        Fact next = waiting.peek();
        boolean mayGo =
                failing
                        ? probing && underWay == 0
                        : underWay < MOST_UNDER_WAY
                                && (underWay == 0
                                        || next == null
                                        || bytesUnderWay + next.bytes() <= MOST_BYTES_UNDER_WAY);
        if (!mayGo) {
            return null;
        }
        Fact sent = waiting.poll();
        Overflow overflow = waiting.unfold();
        if (overflow != null && closing) {
            LOG.error("at the end of the history, {}", overflow);
        } else if (overflow != null) {
            listener.tell(EventKind.HISTORY_GAP, overflow);
        }
        return sent == null ? waiting.poll() : sent;
    }

    private CompletionStage<Void> append(SupervisionEvent event) {
        try {
            return store.append(event);
        } catch (RuntimeException | VirtualMachineError e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void answered(Fact fact, boolean isProbe, @Nullable Throwable error) {
        locked(() -> {
            underWay--;
            bytesUnderWay -= fact.bytes();
            if (error != null) {
                refused.put(fact.seq(), fact);
                fails(error);
            } else if (isProbe) {
                worksAgain();
            }
            if (underWay == 0) { // before another is sent: the oldest goes first
                refused.descendingMap().values().forEach(waiting::addFirst);
                refused.clear();
            }
            send();
        });
    }

    /** What comes next, once none is under way. */
    private void settle() {
        if (underWay > 0) {
            return;
        }
        if (closing) {
            if (failing || waiting.isEmpty()) {
                done.complete(null);
            }
        } else if (failing && !scheduled) {
            scheduled = true;
            time.schedule(this::probe, RETRY_NANOS);
        }
    }

    private void fails(Throwable error) {
        if (failing) {
            return;
        }
        failing = true;
        failingSince = time.nanoTime();
        listener.failing(true);
        Throwable cause =
                error instanceof CompletionException && error.getCause() != null
                        ? error.getCause()
                        : error;
        LOG.error("the store fails; the history waits in memory until it works again", cause);
        listener.tell(EventKind.STORE_FAILED, String.valueOf(cause.getMessage()));
    }

    private void worksAgain() {
        failing = false;
        Overflow overflow = waiting.overflow();
        String text =
                "it had failed for %.1f s; %d events have waited, %s"
                        .formatted(
                                (time.nanoTime() - failingSince) / 1e9,
                                waiting.size() + 1,
                                overflow.equals(Overflow.NONE) ? "none is missing" : overflow);
        LOG.info("the store works again: {}", text);
        listener.tell(EventKind.STORE_RECOVERED, text);
        listener.failing(false);
    }
}
