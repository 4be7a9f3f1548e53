package ai.terraphim.supervisor.benchmarks;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What a child is in every peer that {@link Workloads} drives: it counts, answers and crashes. */
final class Child {
    enum Message {
        COUNT,
        CRASH,
        PING,
        PONG
    }

    /** Answer {@link Message#PONG} to that address. */
    record Ask(Target from) {}

    /** Told by a child when it has initialised; the target is for this incarnation of it. */
    record Up(int index, Target child) {}

    /**
     * Where one answer for the thread that made it arrives: what an ask needs at least. Yields
     * before it parks, so that on the same carrier the answerer runs first.
     */
    static final class Answer {
        private static final int YIELDS = 3;
        private final Thread waiter = Thread.currentThread();
        private volatile @Nullable Object answer;

        void is(Object what) {
            answer = what;
            LockSupport.unpark(waiter);
        }

        @SuppressWarnings("ThreadPriorityCheck") // a yield is a hint here, and no more
        Object await(long nanos) {
            long deadline = System.nanoTime() + nanos;
            for (int tries = 0; ; tries++) {
                Object now = answer;
                if (now != null) {
                    return now;
                }
                if (tries < YIELDS) {
                    Thread.yield();
                } else {
                    LockSupport.parkNanos(this, deadline - System.nanoTime());
                }
            }
        }
    }

    long count;

    void on(Object message) {
        if (message == Message.COUNT) {
            count++;
        } else if (message == Message.CRASH) {
            throw new IllegalStateException("boom");
        } else if (message instanceof Ask(Target from)) {
            from.tell(Message.PONG);
        } else if (message instanceof Answer answer) {
            answer.is(Message.PONG);
        }
    }
}
