package ai.terraphim.supervisor.benchmarks;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The mailbox of a thread: many producers, one consumer, no bound. A stack that the consumer takes
 * whole and turns round. The fastest and smallest of five that were tried; among the others were
 * the JDK's queues and JCTools'.
 */
@SuppressWarnings("serial") // an AtomicReference to save an object; never written
final class Box extends AtomicReference<Box.@Nullable Node> implements Target {

    static final class Node {
        final @Nullable Object message;
        @Nullable Node next;

        Node(@Nullable Object message) {
            this.message = message;
        }
    }

    private static final Node WAITING = new Node(null);

    private @Nullable Node taken;
    private @Nullable Thread owner;

    @Override
    public void tell(Object message) {
        Node node = new Node(message);
        while (true) {
            Node newest = get();
            node.next = newest == WAITING ? null : newest;
            if (compareAndSet(newest, node)) {
                if (newest == WAITING) {
                    LockSupport.unpark(owner);
                }
                return;
            }
        }
    }

    Object take() throws InterruptedException {
        Object message = take(() -> false);
        if (message == null) {
            throw new IllegalStateException("never stopped");
        }
        return message;
    }

    /** The oldest message; null once it is over, which is looked at whenever the thread wakes. */
    @Nullable Object take(BooleanSupplier over) throws InterruptedException {
        Node oldest = taken;
        if (oldest == null) {
            owner = Thread.currentThread();
            if (compareAndSet(null, WAITING)) {
                while (get() == WAITING) {
                    if (over.getAsBoolean()) {
                        return null;
                    }
                    LockSupport.park(this);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            }
            for (Node newest = getAndSet(null); newest != null; ) {
                Node next = newest.next;
                newest.next = oldest;
                oldest = newest;
                newest = next;
            }
        }
        if (oldest == null) {
            throw new IllegalStateException("woken without a message");
        }
        taken = oldest.next;
        return oldest.message;
    }
}
