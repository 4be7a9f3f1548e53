package ai.terraphim.supervisor.persistence;

import org.jdbi.v3.core.Handle;

/**
 * A write transaction. Said in SQL, because after some errors (a full disk among them) SQLite has
 * rolled back already, and the driver's own commit and rollback then fail and leave the connection
 * in a state of its own.
 */
final class Transaction {
    private Transaction() {}

    @FunctionalInterface
    interface Body<X extends Exception> {
        void run() throws X;
    }

    /** Commits if the body returns; otherwise nothing of it stays. */
    static <X extends Exception> void run(Handle handle, Body<X> body) throws X {
        handle.execute("BEGIN IMMEDIATE");
        boolean committed = false;
        try {
            body.run();
            handle.execute("COMMIT");
            committed = true;
        } finally {
            if (!committed) {
                rollBack(handle);
            }
        }
    }

    private static void rollBack(Handle handle) {
        try {
            handle.execute("ROLLBACK");
        } catch (RuntimeException _) {
            // Rolled back by SQLite itself. If it was not, the next BEGIN fails and we come here
            // again.
        }
    }
}
