package ai.terraphim.supervisor.runtime.core;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The children of one supervisor: linked in start order, found by id, both in constant time. */
final class Children {
    private final Map<String, Child> byId = new HashMap<>();
    private volatile @Nullable Child first;
    private @Nullable Child last;

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

    boolean contains(Child child) {
        return byId.get(child.spec().id()) == child;
    }
}
