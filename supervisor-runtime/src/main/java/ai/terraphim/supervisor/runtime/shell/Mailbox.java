package ai.terraphim.supervisor.runtime.shell;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Many producers, one consumer, and no thread while nobody has anything to say. Producers push onto
 * a stack; the consumer takes the whole stack by one exchange and turns it round, so messages of
 * one sender keep their order.
 *
 * <p>{@code head} says everything: null, nobody consumes; {@link #BUSY}, a consumer is at work and
 * has seen all there was; {@link #CLOSED}, nothing is taken; anything else is the newest message.
 * Whoever puts the first message into a resting mailbox is told to start a consumer, and a consumer
 * may only {@link #rest} if nothing has come meanwhile, so no message is left without a consumer. A
 * new mailbox has a consumer: its maker.
 *
 * <p>A stack is the smallest queue of this kind; the one-exchange drain is Treiber's stack as used
 * by many actor libraries.
 */
final class Mailbox {
    /** What became of a message. */
    enum Offer {
        /** It waits for the consumer. */
        QUEUED,
        /** It waits, and the caller must start a consumer. */
        WAKE,
        /** The mailbox is full; the message was not taken. */
        FULL,
        /** The mailbox is closed; the message was not taken. */
        CLOSED
    }

    private static final class Node {
        final Object message;
        @Nullable Node next;
        int depth;

        Node(Object message) {
            this.message = message;
        }
    }

    private static final Node BUSY = new Node("busy");
    private static final Node CLOSED = new Node("closed");
    private static final VarHandle HEAD;
    private static final VarHandle TAKEN;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(Mailbox.class, "head", Node.class);
            TAKEN = MethodHandles.lookup().findVarHandle(Mailbox.class, "taken", Node.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile @Nullable Node head = BUSY;

    /**
     * What the consumer has taken out at once and not handled yet: behind this node, oldest first,
     * with a depth that counts down. The node is there so that the consumer, as it goes along,
     * writes nothing that producers read.
     */
    private @Nullable Node taken;

    /** How many were taken out then: at least as many as are still there. */
    private int batch;

    /**
     * Puts a message in. Any thread.
     *
     * @param capacity how many messages may wait at most
     */
    Offer offer(Object message, int capacity) {
        Node node = new Node(message);
        while (true) {
            Node newest = head;
            if (newest == CLOSED) {
                return Offer.CLOSED;
            }
            int waiting = newest == null ? 0 : newest.depth;
            if (waiting + batch >= capacity
                    && waiting + takenCount() >= capacity
                    && head == newest) { // or the consumer has taken out what is counted: twice
                return Offer.FULL;
            }
            node.next = newest == BUSY ? null : newest;
            node.depth = waiting + 1;
            if (HEAD.compareAndSet(this, newest, node)) {
                return newest == null ? Offer.WAKE : Offer.QUEUED;
            }
        }
    }

    /** Whether it takes messages now. */
    boolean isOpen() {
        return head != CLOSED;
    }

    /** How many messages wait; may be off by those that come and go at this moment. */
    int size() {
        Node newest = head;
        return (newest == null ? 0 : newest.depth) + takenCount();
    }

    private int takenCount() {
        Node list = (Node) TAKEN.getAcquire(this);
        Node oldest = list == null ? null : list.next;
        return oldest == null ? 0 : oldest.depth;
    }

    /** Takes the oldest message out; null if there is none now. Consumer only. */
    @Nullable Object poll() {
        Node list = taken;
        if (list != null) {
            Node oldest = list.next;
            if (oldest != null) {
                list.next = oldest.next;
                return oldest.message;
            }
            takenOut(null);
        }
        if (head == BUSY) {
            return null;
        }
        Node oldest = reversed((Node) HEAD.getAndSet(this, BUSY));
        if (oldest == null) {
            return null;
        }
        if (oldest.next != null) {
            takenOut(oldest.next);
        }
        return oldest.message;
    }

    private void takenOut(@Nullable Node oldest) {
        Node list = null;
        if (oldest != null) {
            list = new Node("taken");
            list.next = oldest;
        }
        TAKEN.setRelease(this, list);
        batch = oldest == null ? 0 : oldest.depth;
    }

    /** Puts a message back in front of all others. Consumer only. */
    void putBack(Object message) {
        Node node = new Node(message);
        node.next = taken == null ? null : taken.next;
        node.depth = (node.next == null ? 0 : node.next.depth) + 1;
        takenOut(node);
    }

    /**
     * Ends the consumer's work; false if something has come, and the work goes on. Consumer only.
     */
    boolean rest() {
        return taken == null && HEAD.compareAndSet(this, BUSY, null);
    }

    /**
     * Takes nothing any more, and gives back what waits. Only while no consumer is at work, but
     * there is one as far as producers know.
     */
    List<Object> close() {
        List<Object> left = new ArrayList<>();
        if (head == CLOSED) {
            return left;
        }
        Node list = taken;
        takenOut(null);
        if (list != null) {
            addAll(left, list.next);
        }
        addAll(left, reversed((Node) HEAD.getAndSet(this, CLOSED)));
        return left;
    }

    private static void addAll(List<Object> messages, @Nullable Node oldest) {
        for (Node node = oldest; node != null; node = node.next) {
            messages.add(node.message);
        }
    }

    /** Takes messages again if it was closed; the caller is the consumer. */
    void open() {
        HEAD.compareAndSet(this, CLOSED, BUSY);
    }

    private static @Nullable Node reversed(@Nullable Node newest) {
        Node list = null;
        for (Node node = newest; node != null && node != BUSY && node != CLOSED; ) {
            Node next = node.next;
            node.next = list;
            node.depth = list == null ? 1 : list.depth + 1;
            list = node;
            node = next;
        }
        return list;
    }
}
