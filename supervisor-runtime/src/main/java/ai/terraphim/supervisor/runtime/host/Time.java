package ai.terraphim.supervisor.runtime.host;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** The clocks that the engine reads, its waits, a way to be called later, and chance. */
public interface Time {

    /** The time of day. */
    Instant now();

    /** A clock that never goes back. */
    long nanoTime();

    /**
     * Parks the calling thread for some time at most; wakes as {@link LockSupport#parkNanos}, for
     * no reason too.
     */
    void park(Object blocker, long nanos);

    /**
     * Runs something short after some time, on a platform thread, so that busy virtual threads
     * cannot hold it up.
     */
    Timer schedule(Runnable task, long nanos);

    /**
     * Waits, however long it takes, until something is done, well or badly. An interrupt does not
     * end the wait and is kept for later.
     */
    default void awaitDone(CompletableFuture<?> work) {
        Thread waiter = Thread.currentThread();
        var _ = work.whenComplete((_, _) -> LockSupport.unpark(waiter));
        boolean interrupted = false;
        while (!work.isDone()) {
            park(work, Long.MAX_VALUE);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            waiter.interrupt();
        }
    }

    /** A random number, at least 0 and less than 1. Any thread. */
    double random();

    /** Ends the platform thread. What was scheduled, or is from now on, never runs. */
    void close();

    /** A task that has been scheduled. */
    @FunctionalInterface
    interface Timer {
        /** Drops the task if it has not begun. */
        void cancel();
    }
}
