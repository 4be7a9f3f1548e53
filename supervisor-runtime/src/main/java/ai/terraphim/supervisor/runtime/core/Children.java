package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The children of one supervisor: linked in start order, found by id, both in constant time. Takes
 * them from state to state, so that it can keep count.
 */
final class Children {
    private final Map<String, Child> byId = new HashMap<>();
    private volatile @Nullable Child first;
    private @Nullable Child last;

    /** How many significant children are not down. */
    private int significantOnes;

    @Nullable Child first() {
        return first;
    }

    @Nullable Child last() {
        return last;
    }

    @Nullable Child find(String id) {
        return byId.get(id);
    }

    int size() {
        return byId.size();
    }

    void append(Child child) {
        child.previous = last;
        if (last == null) {
            first = child;
        } else {
            last.next = child;
        }
        last = child;
        byId.put(child.spec().id(), child);
    }

    /** Unlinks the child and leaves its own links as they are, for those who stand on it. */
    void remove(Child child) {
        if (!byId.remove(child.spec().id(), child)) {
            return;
        }
        Child previous = child.previous;
        Child next = child.next;
        if (previous == null) {
            first = next;
        } else {
            previous.next = next;
        }
        if (next == null) {
            last = previous;
        } else {
            next.previous = previous;
        }
    }

    /** Takes a child to another state. */
    void move(Child child, Child.State to) {
        count(child, -1);
        child.state(to);
        count(child, 1);
    }

    private void count(Child child, int difference) {
        if (child.spec().significant() && child.state() != Child.State.DOWN) {
            significantOnes += difference;
        }
    }

    /** Whether a significant child is up, also if its end has not been handled yet, or restarting. */
    boolean hasSignificantOnes() {
        return significantOnes > 0;
    }

    /** Replaces how a child is run. */
    void respecify(Child child, ChildSpec spec) {
        count(child, -1);
        child.spec(spec);
        count(child, 1);
    }

    /**
     * Puts the children into another order: all that are there, and new ones. Links them from the
     * end, so that somebody who walks along them meanwhile always gets to the end.
     */
    void rearrange(List<Child> ordered) {
        Child next = null;
        for (Child child : ordered.reversed()) {
            child.next = next;
            if (next != null) {
                next.previous = child;
            }
            next = child;
            byId.put(child.spec().id(), child);
        }
        first = next;
        if (next != null) {
            next.previous = null;
            last = ordered.getLast();
        }
    }
}
