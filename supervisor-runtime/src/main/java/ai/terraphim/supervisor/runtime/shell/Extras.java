package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SystemMessage;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
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

    /** The next system message; null if there is none now. */
    @Nullable SystemMessage poll() {
        lock.lock();
        try {
            return systemMessages.poll();
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
        lock.lock();
        try {
            cut = List.copyOf(ties);
            unheard = systemMessages.size();
            closed = true;
            ties.clear();
            systemMessages.clear();
        } finally {
            lock.unlock();
        }
        Watchdog watching = watchdog;
        if (watching != null) {
            watching.end();
        }
        cut.forEach(tie -> tie.ended(life, reason));
        return unheard;
    }
}
