package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The children of one supervisor: linked in start order, found by id, both in constant time.
 * Changed by its machine only, which takes them from state to state here, so that count is kept;
 * walked and searched by anybody.
 *
 * <p>The index is a table with linear probing, six to twelve bytes a child where a {@code HashMap}
 * takes forty. A slot that was used is never emptied, so a search that runs meanwhile ends where it
 * should; when too many are used, a new table takes the place of the old one as a whole.
 */
final class Children {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Child[].class);

    /** Stands where a child was. */
    private static final Child REMOVED = new Child(AgentSpec.of("removed", "none"), false);

    private volatile @Nullable Child[] table = new @Nullable Child[8];
    private int used;
    private int size;

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

    /** The child with an id. Any thread. */
    @Nullable Child find(String id) {
        @Nullable Child[] slots = table;
        int hash = id.hashCode();
        for (int slot = start(hash, slots); ; slot = next(slot, slots)) {
            Child child = (Child) SLOT.getAcquire(slots, slot);
            if (child == null
                    || (child.hash == hash && child != REMOVED && child.spec().id().equals(id))) {
                return child;
            }
        }
    }

    int size() {
        return size;
    }

    void append(Child child) {
        child.previous = last;
        if (last == null) {
            first = child;
        } else {
            last.next = child;
        }
        last = child;
        index(child);
    }

    /** Unlinks the child and leaves its own links as they are, for those who stand on it. */
    void remove(Child child) {
        @Nullable Child[] slots = table;
        int slot = start(child.hash, slots);
        while (slots[slot] != child) {
            if (slots[slot] == null) {
                return;
            }
            slot = next(slot, slots);
        }
        SLOT.setRelease(slots, slot, REMOVED);
        size--;
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

    /**
     * Whether a significant child is up, also if its end has not been handled yet, or restarting.
     */
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
            if (find(child.spec().id()) == null) {
                index(child);
            }
        }
        first = next;
        if (next != null) {
            next.previous = null;
            last = ordered.getLast();
        }
    }

    private void index(Child child) {
        if (used >= table.length / 3 * 2) {
            rebuild();
        }
        put(child, table);
        used++;
        size++;
    }

    /** Makes a table that is a third to half full. */
    private void rebuild() {
        @Nullable Child[] slots =
                new @Nullable Child[Math.max(8, Integer.highestOneBit(size * 2) * 2)];
        for (Child child : table) {
            if (child != null && child != REMOVED) {
                put(child, slots);
            }
        }
        used = size;
        table = slots;
    }

    private static void put(Child child, @Nullable Child[] slots) {
        int slot = start(child.hash, slots);
        while (slots[slot] != null) {
            slot = next(slot, slots);
        }
        SLOT.setRelease(slots, slot, child);
    }

    private static int start(int hash, @Nullable Child[] slots) {
        int mixed = hash * 0x9E3779B9; // by itself, ids that count up lie side by side
        return mixed >>> (Integer.numberOfLeadingZeros(slots.length) + 1);
    }

    private static int next(int slot, @Nullable Child[] slots) {
        return slot + 1 & (slots.length - 1);
    }
}
