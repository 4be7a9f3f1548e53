package ai.terraphim.supervisor.runtime.shell;

import java.time.Instant;

/**
 * Time as the engine sees it: two clocks, a way to wait and a way to be called later. The only one
 * in the engine, so that a simulation can replace it.
 */
interface Time {

    /** The time of day. */
    Instant now();

    /** A clock that never goes back. */
    long nanoTime();

    /**
     * Parks the calling thread for some time at most; wakes as {@link
     * java.util.concurrent.locks.LockSupport#parkNanos}.
     */
    void park(Object blocker, long nanos);

    /**
     * Runs something short after some time, on a platform thread, so that busy virtual threads
     * cannot hold it up.
     */
    Timer schedule(Runnable task, long nanos);

    /** Ends the platform thread. */
    void close();

    /** A task that has been scheduled. */
    @FunctionalInterface
    interface Timer {
        /** Drops the task if it has not begun. */
        void cancel();
    }
}
