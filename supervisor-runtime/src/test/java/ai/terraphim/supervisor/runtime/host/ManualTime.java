package ai.terraphim.supervisor.runtime.host;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A clock that stands still until it is told to go on. For one thread. */
public final class ManualTime implements Time {
    private record Task(long at, Runnable body) {}

    private final Queue<Task> tasks = new PriorityQueue<>(Comparator.comparingLong(Task::at));
    private long nanos;

    /** Lets time pass, and does what falls due meanwhile. */
    public void advance(Duration by) {
        long until = nanos + by.toNanos();
        for (Task next; (next = tasks.peek()) != null && next.at() <= until; ) {
            tasks.remove();
            nanos = next.at();
            next.body().run();
        }
        nanos = until;
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nanos);
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void park(Object blocker, long nanos) {
        throw new UnsupportedOperationException("nobody waits here");
    }

    @Override
    public Timer schedule(Runnable task, long nanos) {
        Task scheduled = new Task(this.nanos + nanos, task);
        tasks.add(scheduled);
        return () -> tasks.remove(scheduled);
    }

    @Override
    public double random() {
        return 0.5;
    }

    @Override
    public void close() {}
}
