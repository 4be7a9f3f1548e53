package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.runtime.host.Time;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The place where one answer to one waiting thread arrives, once. Its maker waits. */
class Reply {
    private static final Object DONE = new Object();
    private static final VarHandle ANSWER;

    static {
        try {
            ANSWER = MethodHandles.lookup().findVarHandle(Reply.class, "answer", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Tells a failure from an answer, which may be an exception as well. */
    private record Failed(SupervisionException error) {}

    private final Thread waiter = Thread.currentThread();
    private volatile @Nullable Object answer;

    /** What was asked has been carried out. Any thread. */
    final void done() {
        answer(DONE);
    }

    /** What was asked was refused or has failed. Any thread. */
    final void failed(SupervisionException error) {
        answer(new Failed(error));
    }

    /** Any thread; later answers are dropped. */
    final void answer(Object with) {
        if (ANSWER.compareAndSet(this, null, with)) {
            answered();
        }
    }

    /** There is an answer now. */
    void answered() {
        LockSupport.unpark(waiter);
    }

    /** Whether there is an answer, or nobody waits for one any more. */
    final boolean isAnswered() {
        return answer != null;
    }

    /**
     * Waits for the answer of a supervisor and returns it.
     *
     * @param what what was asked of whom, for the error
     * @throws SupervisionException the answer, if it is one; or of category COMMUNICATION if none
     *     came in time, or the waiting thread was interrupted, in which case its flag stays set
     */
    final Object await(Time time, long nanos, Supplier<String> what) {
        if (!await(time, nanos, Thread.currentThread()::isInterrupted)) {
            throw new SupervisionException(
                    ErrorCategory.COMMUNICATION,
                    true,
                    Thread.currentThread().isInterrupted()
                            ? "interrupted while waiting for %s; it may still be carried out"
                                    .formatted(what.get())
                            : "%s was not answered in time; it may still be carried out"
                                    .formatted(what.get()));
        }
        return get();
    }

    /** Waits until there is an answer; false if the time is over or the wait is cancelled first. */
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread that is to answer needs the carrier
    final boolean await(Time time, long nanos, BooleanSupplier cancelled) {
        if (waiter.isVirtual()) {
            // an answer is mostly a matter of microseconds, less than it costs to set a timer
            Thread.yield();
        }
        if (answer != null) {
            return true;
        }
        long deadline = time.nanoTime() + nanos;
        while (answer == null) {
            long left = deadline - time.nanoTime();
            if (left <= 0 || cancelled.getAsBoolean()) {
                return false;
            }
            time.park(this, left);
        }
        return true;
    }

    /** Why there will be no answer; null if there is one, or none yet. */
    final @Nullable SupervisionException failure() {
        return answer instanceof Failed(SupervisionException error) ? error : null;
    }

    /** The answer, thrown if it is a failure. Only when there is one. */
    final Object get() {
        Object now = answer;
        if (now instanceof Failed(SupervisionException error)) {
            error.setStackTrace(
                    Thread.currentThread()
                            .getStackTrace()); // whose call it was, not who answered it
            throw error;
        }
        if (now == null) {
            throw new IllegalStateException("nobody has answered yet");
        }
        return now;
    }
}
