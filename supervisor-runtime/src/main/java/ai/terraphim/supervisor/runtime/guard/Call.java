package ai.terraphim.supervisor.runtime.guard;

import ai.terraphim.supervisor.runtime.host.Time;
import org.jspecify.annotations.Nullable;

/**
 * One call to a dependency, from when it is wanted to its end. Made by the thread that is to make
 * the call, and waits on that thread; all else is the guard's.
 */
public abstract class Call implements Waiter {
    enum State {
        WANTED,
        /** Waits because the circuit is open. */
        SUSPENDED,
        /** Waits for the rate limit or the bulkhead. */
        IN_LINE,
        /** Is being made. */
        UNDER_WAY,
        ENDED
    }

    final Thread thread = Thread.currentThread();
    volatile State state = State.WANTED;

    /** In which era of the circuit it was let through: its result is of no use to a later one. */
    long era;

    long began;

    /** Rings when it takes too long. */
    Time.@Nullable Timer limit;

    /** Whether it has failed because it took too long. */
    boolean isCounted;

    /** For subclasses. */
    protected Call() {}

    /** Whether it may not be made yet. */
    public final boolean isWaiting() {
        return state == State.SUSPENDED || state == State.IN_LINE;
    }

    /** Whether it waits because the circuit is open. */
    public final boolean isSuspended() {
        return state == State.SUSPENDED;
    }
}
