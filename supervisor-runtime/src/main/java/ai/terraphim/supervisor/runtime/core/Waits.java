package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Children that have failed and do not run: they wait for a time or for a dependency, or are put
 * aside. Some that are up again are to be looked at after a time. Those that wait for a time are in
 * a queue, the next one first; one that waits no more, or for another time, stays there until its
 * old time comes, and is passed over then.
 */
final class Waits {
    /** As far apart as two times may be, so that one can be told to be later: a century. */
    private static final long LONGEST = Duration.ofDays(36_500).toNanos();

    private record Wait(Child child, long due) {
        boolean isOver() {
            return child.record().due != due;
        }
    }

    private final Children children;
    private final Effects effects;
    private final Queue<Wait> queue = new PriorityQueue<>((a, b) -> Long.compare(a.due - b.due, 0));

    Waits(Children children, Effects effects) {
        this.children = children;
        this.effects = effects;
    }

    /** Lets the restart of a child wait. */
    void begin(Child child, Verdict.Later wait, long now) {
        switch (wait) {
            case Verdict.After(long nanos) -> {
                children.move(child, Child.State.BACKOFF);
                add(child, now, nanos);
                effects.backingOff(child, Duration.ofNanos(nanos));
            }
            case Verdict.WhenClosed(String dependency) -> {
                children.move(child, Child.State.SUSPENDED);
                child.record().dependency = dependency;
                effects.suspend(child, dependency);
            }
        }
        effects.changed(child);
    }

    /** Puts a child aside that has failed once too often. Others tell so. */
    void putAside(Child child, Verdict.PutAside aside, ExitReason reason, long now) {
        children.move(child, aside.cools() ? Child.State.COOLING : Child.State.PARKED);
        Condition.Aside known =
                new Condition.Aside(aside.cools(), now, aside.time(), aside.why() + ": " + reason);
        child.record().aside = known;
        resume(child, known, now);
    }

    /** Lets a child that is put aside wait for the rest of its time. */
    void resume(Child child, Condition.Aside aside, long now) {
        add(child, now, aside.left(now));
    }

    /** Lets a child that is up be looked at again after a time. */
    void review(Child child, long now, long nanos) {
        add(child, now, nanos);
    }

    /** What a child has waited for has come, and it is to be restarted. */
    void end(Child child) {
        if (child.state() == Child.State.COOLING) {
            child.record().onTrial = true;
        }
        children.move(child, Child.State.RESTARTING);
        effects.changed(child);
    }

    private void add(Child child, long now, long nanos) {
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
