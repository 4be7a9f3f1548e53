package ai.terraphim.supervisor.persistence;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What has been accepted and not yet written: bounded, in order, many callers, one writer. Never
 * blocks a caller.
 */
final class WriteQueue {

    /** An accepted write; the future completes after the commit. */
    record Pending(Change change, CompletableFuture<Void> done) {}

    /** What became of an offer. */
    enum Answer {
        ACCEPTED,
        FULL,
        CLOSED
    }

    /** Who saves alone comes back sooner than a thread that waits is woken up. */
    private static final long SPIN_NANOS = 100_000;

    private final int maxWrites;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    /** How many writes wait, for who does not take the lock. */
    private volatile int size;

    WriteQueue(int maxWrites, long maxBytes) {
        this.maxWrites = maxWrites;
        this.maxBytes = maxBytes;
    }

    Answer offer(Pending write) {
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            long size = write.change().bytes();
            if (pending.size() == maxWrites || (bytes + size > maxBytes && !pending.isEmpty())) {
                return Answer.FULL;
            }
            pending.add(write);
            bytes += size;
            this.size = pending.size();
            changed.signal();
            return Answer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next group: at least one write, empty only when the queue is closed and all
     * were taken.
     */
    List<Pending> take(int maxGroup, long maxGroupBytes) {
        spin();
        lock.lock();
        try {
            while (pending.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            List<Pending> group = new ArrayList<>(Math.min(maxGroup, pending.size()));
            long groupBytes = 0;
            for (Pending next = pending.peek();
                    next != null && group.size() < maxGroup;
                    next = pending.peek()) {
                long size = next.change().bytes();
                if (!group.isEmpty() && groupBytes + size > maxGroupBytes) {
                    break;
                }
                group.add(pending.remove());
                groupBytes += size;
            }
            bytes -= groupBytes;
            size = pending.size();
            return group;
        } finally {
            lock.unlock();
        }
    }

    private void spin() {
        long begin = System.nanoTime();
        while (size == 0 && System.nanoTime() - begin < SPIN_NANOS) {
            Thread.onSpinWait();
        }
    }

    /** How many writes wait. */
    int size() {
        return size;
    }

    /** Accepts no more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }
}
