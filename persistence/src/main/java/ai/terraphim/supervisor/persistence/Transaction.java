package ai.terraphim.supervisor.persistence;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jdbi.v3.core.Handle;

/**
 * A write transaction. Said in SQL, because after some errors (a full disk among them) SQLite has
 * rolled back already, and the driver's own commit and rollback then fail and leave the connection
 * in a state of its own.
 */
final class Transaction {
    static final String BEGIN = "BEGIN IMMEDIATE";
    static final String COMMIT = "COMMIT";

    private Transaction() {}

    @FunctionalInterface
    interface Body<X extends Exception> {
        void run() throws X;
    }

    /** Commits if the body returns; otherwise nothing of it stays. */
    static <X extends Exception> void run(Handle handle, Body<X> body) throws X {
        run(handle, () -> handle.execute(BEGIN), body, () -> handle.execute(COMMIT));
    }

    /**
     * The same for who commits often.
     *
     * @param begin prepared with {@link #BEGIN}
     * @param commit prepared with {@link #COMMIT}
     */
    static void run(
            Handle handle,
            PreparedStatement begin,
            PreparedStatement commit,
            Body<SQLException> body)
            throws SQLException {
        run(handle, begin::execute, body, commit::execute);
    }

    private static <X extends Exception> void run(
            Handle handle, Body<X> begin, Body<X> body, Body<X> commit) throws X {
        begin.run();
        boolean committed = false;
        try {
            body.run();
            commit.run();
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
