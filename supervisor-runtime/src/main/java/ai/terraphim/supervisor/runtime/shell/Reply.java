package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.runtime.host.Time;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The place where one answer to one waiting thread arrives, once. */
final class Reply {
    private static final Object DONE = new Object();

    private final AtomicReference<@Nullable Object> answer = new AtomicReference<>();
    private final Thread waiter = Thread.currentThread();

    /** The request has been carried out. Any thread. */
    void done() {
        answer(DONE);
    }

    /** The request has been carried out, and this came of it. Any thread. */
    void done(Object result) {
        answer(result);
    }

    /** The request has failed. Any thread. */
    void failed(SupervisionException error) {
        answer(error);
    }

    private void answer(Object with) {
        if (answer.compareAndSet(null, with)) {
            LockSupport.unpark(waiter);
        }
    }

    /**
     * Waits for the answer and returns it.
     *
     * @param what what was asked of whom, for the error
     * @throws SupervisionException the answer, if it is one; or of category COMMUNICATION if none
     *     came in time, or the waiting thread was interrupted, in which case its flag stays set
     */
    Object await(Time time, long nanos, String what) {
        long deadline = time.nanoTime() + nanos;
        Object got;
        while ((got = answer.get()) == null) {
            long left = deadline - time.nanoTime();
            if (left <= 0) {
                throw noAnswer(what + " was not answered in time; it may still be carried out");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw noAnswer(
                        "interrupted while waiting for " + what + "; it may still be carried out");
            }
            time.park(this, left);
        }
        if (got instanceof SupervisionException error) {
            error.setStackTrace(
                    Thread.currentThread()
                            .getStackTrace()); // whose call it was, not the supervisor's drain
            throw error;
        }
        return got;
    }

    private static SupervisionException noAnswer(String message) {
        return new SupervisionException(ErrorCategory.COMMUNICATION, true, message);
    }
}
