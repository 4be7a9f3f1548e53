package ai.terraphim.supervisor.runtime.guard;

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
