package ai.terraphim.supervisor.runtime.guard;

/**
 * Who waits for a dependency because its circuit is open. Both methods are called while the guard
 * is locked, by whichever thread: they must neither wait nor call the guard.
 */
public interface Waiter {
    /** It stands in the queue. */
    void suspended();

    /** It has left the queue because it is its turn. */
    void resumed();
}
