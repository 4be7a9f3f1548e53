package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.runtime.host.Time;
import org.jspecify.annotations.Nullable;

/**
 * A timer that is set for each child that is asked to stop, or each message of an agent, and that
 * hardly ever has to ring. To set and cancel a timer of the clock costs more than to stop a resting
 * agent, so one that is not needed any more is left alone, and if it rings early, it is set again
 * for the rest of the time.
 *
 * <p>For one thread at a time: that which drains the supervisor's mailbox, or has the lock of the
 * {@link Watchdog}. The clock's own thread calls nothing but {@code ring}, which is to bring {@link
 * #hasRung} about in the same way.
 */
final class Alarm {
    private final Time time;
    private final Runnable ring;
    private Time.@Nullable Timer timer;
    private long ringsAt;
    private boolean set;
    private long due;

    Alarm(Time time, Runnable ring) {
        this.time = time;
        this.ring = ring;
    }

    /** Sets it, in place of what it was set to. */
    void set(long nanos) {
        set = true;
        due = time.nanoTime() + nanos;
        if (timer == null || ringsAt - due > 0) {
            close();
            start(nanos);
        }
    }

    /** It is not needed any more. */
    void clear() {
        set = false;
    }

    /** Whether its time has come; called when some alarm of the supervisor has rung. */
    boolean hasRung() {
        long now = time.nanoTime();
        if (timer == null || ringsAt - now > 0) {
            return false;
        }
        timer = null;
        if (set && due - now > 0) {
            start(due - now);
            return false;
        }
        boolean isTime = set;
        set = false;
        return isTime;
    }

    /** Lets go of the clock. */
    void close() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void start(long nanos) {
        ringsAt = time.nanoTime() + nanos;
        timer = time.schedule(ring, nanos);
    }
}
