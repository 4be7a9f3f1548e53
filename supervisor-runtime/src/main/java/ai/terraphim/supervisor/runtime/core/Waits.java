package ai.terraphim.supervisor.runtime.core;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Children that wait for a time, the next one first. One that waits no more, or for another time,
 * stays until its old time comes, and is passed over then.
 */
final class Waits {
    /** As far apart as two times may be, so that one can be told to be later: a century. */
    private static final long LONGEST = Duration.ofDays(36_500).toNanos();

    private record Wait(Child child, long due) {
        boolean isOver() {
            return child.record().due != due;
        }
    }

    private final Effects effects;
    private final Queue<Wait> queue = new PriorityQueue<>((a, b) -> Long.compare(a.due - b.due, 0));

    Waits(Effects effects) {
        this.effects = effects;
    }

    /** Lets a child wait. */
    void add(Child child, long now, long nanos) {
        FailureRecord record = child.record();
        record.due = FailureRecord.NEVER;
        if (nanos == FailureRecord.NEVER) {
            return;
        }
        record.due = now + Math.min(nanos, LONGEST);
        Wait wait = new Wait(child, record.due);
        queue.add(wait);
        if (wait.equals(queue.peek())) {
            effects.wakeAfter(Duration.ofNanos(nanos));
        }
    }

    /** Takes out a child whose time has come; null if there is none, and then a timer is set. */
    @Nullable Child poll(long now) {
        for (Wait next; (next = queue.peek()) != null; ) {
            if (next.isOver()) {
                queue.remove();
            } else if (next.due - now <= 0) {
                queue.remove();
                return next.child;
            } else {
                effects.wakeAfter(Duration.ofNanos(next.due - now));
                return null;
            }
        }
        return null;
    }
}
