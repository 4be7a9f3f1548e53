package ai.terraphim.supervisor.runtime.shell;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands between its own thread, which calls the agent, and others, who interrupt and
 * kill.
 *
 * <pre>
 *   OUT -enter-> BODY -leave-> OUT -enterLast-> LAST -leave-> OUT -end-> ENDED
 *    |            |^                             |
 *    |        poke||                             |
 *    |            v|                             |
 *    |           POKED                           |
 *    +---fence----+----------fence---------------+----> FENCED
 * </pre>
 *
 * <p>OUT is the runtime's own code, or no thread at all; BODY is any callback that a stop may
 * interrupt; LAST are {@code stop} and {@code terminate}, which only a kill may. A body stays POKED
 * while it is being interrupted, so that an interrupt never hits anything but the body it was meant
 * for. FENCED and ENDED are final: of a kill and an end by itself that meet, one wins.
 *
 * <p>Who was fenced OUT comes to know of it soon, by itself, because the runtime's own code does
 * not wait. Who was fenced inside a callback may never come back.
 */
abstract class RunPhase {
    private static final int OUT = 0;
    private static final int BODY = 1;
    private static final int POKED = 2;
    private static final int LAST = 3;
    private static final int FENCED = 4;
    private static final int ENDED = 5;

    private static final VarHandle PHASE;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(RunPhase.class, "phase", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What a fence found. */
    enum Fenced {
        /** The run is over, one way or the other. */
        TOO_LATE,
        /** The run's thread, if it has one, will notice. */
        OUTSIDE,
        /** The run's thread is in a callback and was interrupted. */
        INSIDE
    }

    private volatile int phase = OUT;

    /** Whose callback it is, if it is one. Written before the phase that says so. */
    private @Nullable Thread thread;

    /** Into a callback that may be interrupted; false if the run was fenced. Own thread only. */
    final boolean enter() {
        return enter(BODY);
    }

    /** Into one of the last callbacks; false if the run was fenced. Own thread only. */
    final boolean enterLast() {
        return enter(LAST);
    }

    private boolean enter(int inside) {
        thread = Thread.currentThread();
        return PHASE.compareAndSet(this, OUT, inside);
    }

    /**
     * Out of a callback; false if the run was fenced meanwhile. An interrupt was meant for the
     * callback, so it ends here. Own thread only.
     */
    final boolean leave() {
        while (true) {
            int now = phase;
            if (now == POKED) {
                Thread.onSpinWait();
            } else if (now == FENCED) {
                return false;
            } else if (PHASE.compareAndSet(this, now, OUT)) {
                thread = null; // a thread is larger than all the rest of an idle agent
                Thread.interrupted();
                return true;
            }
        }
    }

    /** The run ends by itself; false if it was fenced before. Own thread only. */
    final boolean end() {
        return PHASE.compareAndSet(this, OUT, ENDED);
    }

    /** Interrupts a body; false if there is none now, but there may be one later. */
    final boolean poke() {
        if (PHASE.compareAndSet(this, BODY, POKED)) {
            interrupt();
            phase = BODY;
            return true;
        }
        return phase != OUT;
    }

    /** Ends the run from outside, for good, and interrupts the callback it is in. */
    final Fenced fence() {
        while (true) {
            int now = phase;
            if (now == ENDED || now == FENCED) {
                return Fenced.TOO_LATE;
            }
            if (now == POKED) {
                Thread.onSpinWait();
            } else if (PHASE.compareAndSet(this, now, FENCED)) {
                if (now == OUT) {
                    return Fenced.OUTSIDE;
                }
                interrupt();
                return Fenced.INSIDE;
            }
        }
    }

    private void interrupt() {
        Thread current = thread;
        if (current != null) {
            current.interrupt();
        }
    }

    final boolean isFenced() {
        return phase == FENCED;
    }

    /** Whether the run is over, by itself or by force. */
    final boolean isOver() {
        return phase >= FENCED;
    }

    /** Whether the calling thread is in a callback that may be interrupted. */
    final boolean isInBody() {
        return phase == BODY && thread == Thread.currentThread();
    }

    final boolean isInLastCalls() {
        return phase == LAST;
    }

    /** The thread that is in a callback now, or was when the run was fenced. */
    final @Nullable Thread thread() {
        return phase == OUT ? null : thread;
    }
}
