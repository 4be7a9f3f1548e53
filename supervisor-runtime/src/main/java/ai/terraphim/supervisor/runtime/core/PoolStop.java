package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Shutdown;
import java.util.Map;
import java.util.TreeMap;

/**
 * The stop of a pool: all instances are asked at once, one timer is common to them, and those that
 * end otherwise than expected are reported together at the end, by what their reasons say.
 */
final class PoolStop {
    private final Children children;
    private final Effects effects;
    private final Shutdown shutdown;
    private final Map<String, Unexpected> unexpected = new TreeMap<>();
    private int awaited;

    private static final class Unexpected {
        final ExitReason reason;
        int count;

        Unexpected(ExitReason reason) {
            this.reason = reason;
        }
    }

    PoolStop(Children children, Shutdown shutdown, Effects effects) {
        this.children = children;
        this.shutdown = shutdown;
        this.effects = effects;
    }

    /** Asks all instances; says whether none is left to wait for. */
    boolean begin() {
        for (Child child = children.first(); child != null; child = child.next) {
            if (child.isLive()) {
                children.move(child, Child.State.STOPPING);
                effects.changed(child);
                awaited++;
                ask(child);
            } else {
                conclude(child); // dead with its exit still in the queue, or restarting
            }
        }
        if (awaited > 0 && shutdown instanceof Shutdown.Timeout(var time)) {
            effects.startTimer(new Signal.PoolOverdue(), time);
        }
        return awaited == 0;
    }

    /** Asks an instance; once more if it has come up only after that. */
    void ask(Child child) {
        if (shutdown instanceof Shutdown.BrutalKill) {
            effects.kill(child);
        } else {
            effects.stop(child, false);
        }
    }

    /** The time is over: kills those that are left. */
    void overdue() {
        for (Child child = children.first(); child != null; child = child.next) {
            if (child.state() == Child.State.STOPPING) {
                effects.kill(child);
            }
        }
    }

    /** An instance has ended; says whether none is left to wait for. */
    boolean exited(Child child) {
        conclude(child);
        awaited--;
        return awaited == 0;
    }

    private void conclude(Child child) {
        children.move(child, Child.State.DOWN);
        ExitReason reason = child.takeEnd(effects);
        if (reason != null && !child.isExpectedInStop(reason)) {
            unexpected.computeIfAbsent(reason.toString(), _ -> new Unexpected(reason)).count++;
        }
        effects.changed(child);
    }

    /** Reports what was unexpected. */
    void report() {
        unexpected.values().forEach(group -> effects.reportPoolStop(group.reason, group.count));
    }
}
