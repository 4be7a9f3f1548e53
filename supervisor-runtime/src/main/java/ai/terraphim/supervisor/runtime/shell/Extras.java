package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.guard.Guard;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What only few runs have: ties to other runs, system messages that wait, limits, a reason to be
 * ended with. Made when the first of these comes, so that all other runs pay for one reference. Any
 * thread.
 *
 * <p>It is closed when the run is over and its supervisor knows; what comes too late is refused,
 * which is how the sender learns of the end.
 */
final class Extras {
    /** Of a run that was over before it had any. */
    static final Extras CLOSED = new Extras();

    static final int MAX_SYSTEM_MESSAGES = 100;

    static {
        CLOSED.closed = true;
    }

    /** What became of a system message. */
    enum Offer {
        /** It waits. */
        QUEUED,
        /** Too many wait. */
        FULL,
        /** The run is over. */
        OVER
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Tie> ties = new LinkedHashSet<>();
    private final Queue<SystemMessage> systemMessages = new ArrayDeque<>();
    private boolean closed;

    private @Nullable ExitReason doom;
    private volatile @Nullable Watchdog watchdog;

    private volatile int poisonAfter;

    /** The guarded call that is being made, the innermost if there are several. */
    private @Nullable GuardedCall call;

    private @Nullable Rest rest;

    /** What the last guarded call that failed has thrown, and which dependency's it was. */
    private @Nullable Throwable thrown;

    private String failedKey = "";

    /**
     * The guards of what a message agent needs, none for others. For the run's own thread, as the
     * next one is.
     */
    List<Guard> needs = List.of();

    /** Whose turn it is to let a message through although its circuit may be open. */
    private @Nullable Guard turn;

    /**
     * The number of the checkpoint that was last saved without waiting. For the run's own thread.
     */
    long lastSave;

    /** What was last saved without waiting; null if nothing. For the run's own thread. */
    @Nullable CompletableFuture<Void> saving;

    /**
     * The ids of the messages that the agent has handled, the newest last. For the run's own
     * thread, as the next one is.
     */
    List<String> handled = List.of();

    /**
     * The message with an id that the agent is handling, or was when its run began to end; null if
     * none. For the run's own thread.
     */
    @Nullable Once handlingOnce;

    /** The newest state that could not be saved; null if none. */
    private @Nullable StoredCheckpoint unsaved;

    /** Whether a system message is being handled. For the run's own thread. */
    boolean handling;

    /** Whether the run ends because of {@link SystemMessage.Shutdown}. For its own thread. */
    boolean toldToShutDown;

    /** Keeps a tie; false if the run is over. */
    boolean tie(Tie tie) {
        lock.lock();
        try {
            if (!closed) {
                ties.add(tie);
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Drops a tie, if it is there. */
    void untie(Tie tie) {
        lock.lock();
        try {
            ties.remove(tie);
        } finally {
            lock.unlock();
        }
    }

    /** Has messages handled again, until they have caused so many crashes. */
    void redeliver(int crashes) {
        lock.lock();
        try {
            if (!closed) {
                poisonAfter = crashes;
            }
        } finally {
            lock.unlock();
        }
    }

    /** After how many crashes a message is parked; 0 if it is dropped with the first. */
    int poisonAfter() {
        return poisonAfter;
    }

    /** A checkpoint of the run could not be saved. Answers may overtake. */
    void storeFailed(StoredCheckpoint checkpoint) {
        lock.lock();
        try {
            if (!closed && (unsaved == null || unsaved.number() <= checkpoint.number())) {
                unsaved = checkpoint;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The newest state that could not be saved, whatever was saved since; null if none. */
    @Nullable StoredCheckpoint unsaved() {
        lock.lock();
        try {
            return unsaved;
        } finally {
            lock.unlock();
        }
    }

    /** Lets a system message wait for the run. */
    Offer offer(SystemMessage message) {
        lock.lock();
        try {
            if (closed) {
                return Offer.OVER;
            }
            if (systemMessages.size() >= MAX_SYSTEM_MESSAGES) {
                return Offer.FULL;
            }
            systemMessages.add(message);
            return Offer.QUEUED;
        } finally {
            lock.unlock();
        }
    }

    boolean hasSystemMessages() {
        lock.lock();
        try {
            return !systemMessages.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** The next system message; null if there is none now. */
    @Nullable SystemMessage poll() {
        lock.lock();
        try {
            return systemMessages.poll();
        } finally {
            lock.unlock();
        }
    }

    // ---- dependencies
    // ----------------------------------------------------------------------------------------------

    /** A guarded call begins; false if the run is over. */
    boolean begin(GuardedCall next) {
        lock.lock();
        try {
            if (!closed) {
                next.outer = call;
                call = next;
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** The innermost call has ended. */
    void end(GuardedCall last) {
        lock.lock();
        try {
            if (call == last) {
                call = last.outer;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A guarded call has thrown something that may become the end of the run. */
    void failed(String key, Throwable by) {
        lock.lock();
        try {
            failedKey = key;
            thrown = by;
        } finally {
            lock.unlock();
        }
    }

    /** The dependency whose failure a throwable is, or was caused by; null if there is none. */
    @SuppressWarnings("ReferenceEquality") // an equal one may come from elsewhere
    @Nullable String dependencyBehind(Throwable end) {
        lock.lock();
        try {
            for (Throwable t = end; t != null; t = t.getCause()) {
                if (t == thrown) {
                    return failedKey;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The guard of something needed that is open, unless it is this run's turn there. */
    @Nullable Guard closedDoor() {
        Guard passed = turn;
        turn = null;
        for (Guard guard : needs) {
            if (guard != passed && guard.isOpen()) {
                return guard;
            }
        }
        return null;
    }

    /** The run rests from now on, until somebody ends that. */
    void rest(Rest begun) {
        lock.lock();
        try {
            rest = begun;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends a rest; false if somebody else has.
     *
     * @param isTurn whether its dependency says so
     */
    boolean endRest(Rest begun, boolean isTurn) {
        lock.lock();
        try {
            if (rest != begun) {
                return false;
            }
            rest = null;
            turn = isTurn ? begun.guard : null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the rest that the run is in; null if it does not rest. */
    @Nullable Rest takeRest() {
        lock.lock();
        try {
            Rest ended = rest;
            rest = null;
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** The rest that the run is in; null if it does not rest. */
    @Nullable Rest rest() {
        lock.lock();
        try {
            return rest;
        } finally {
            lock.unlock();
        }
    }

    /** The key of the dependency for whose circuit the run waits; null if it does not. */
    @Nullable String suspendedOn() {
        lock.lock();
        try {
            if (rest != null) {
                return rest.guard.key();
            }
            return call != null && call.isSuspended() ? call.guard.key() : null;
        } finally {
            lock.unlock();
        }
    }

    /** Has the run end with a reason; false if it is over, or to end with another. */
    boolean doom(ExitReason reason) {
        lock.lock();
        try {
            if (closed || doom != null) {
                return false;
            }
            doom = reason;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** With what the run is to end, however it ends; null if that is open. */
    @Nullable ExitReason doom() {
        lock.lock();
        try {
            return doom;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps what watches the run; false if it is over. */
    boolean watch(Watchdog with) {
        lock.lock();
        try {
            if (!closed) {
                watchdog = with;
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** What watches the run; null for one without limits. */
    @Nullable Watchdog watchdog() {
        return watchdog;
    }

    /** The run is over, and its supervisor knows. Gives how many system messages it never heard. */
    int end(Life life, ExitReason reason) {
        List<Tie> cut;
        int unheard;
        GuardedCall unfinished;
        lock.lock();
        try {
            cut = List.copyOf(ties);
            unheard = systemMessages.size();
            closed = true;
            ties.clear();
            systemMessages.clear();
            unfinished = call;
            call = null;
        } finally {
            lock.unlock();
        }
        for (; unfinished != null; unfinished = unfinished.outer) { // of an abandoned thread
            unfinished.guard.dropped(unfinished);
        }
        Watchdog watching = watchdog;
        if (watching != null) {
            watching.end();
        }
        cut.forEach(tie -> tie.ended(life, reason));
        return unheard;
    }
}
