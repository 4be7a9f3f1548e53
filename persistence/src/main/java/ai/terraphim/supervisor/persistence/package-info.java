/**
 * Keeps checkpoints, restart history and dynamic children in a SQLite database, so that they
 * outlive the JVM.
 *
 * <p>Start reading at {@link ai.terraphim.supervisor.persistence.SqliteStore}.
 *
 * <pre>
 * threads
 *   callers (any)            encode, checksum, queue; never touch the disk
 *        | WriteQueue: bounded by writes and bytes, full = refused at once
 *   supervisor-store-writer  one platform thread, own connection: a group of writes, one transaction, one sync; answers
 *   supervisor-store-states  reads the states while the database is checked, and ends when it is open
 *   supervisor-store-reader  one platform thread, own connection, for every read
 *   supervisor-store-mark    one platform thread: writes the number of commits to the mark
 *   supervisor-store-ack     a virtual thread per answer of a read: runs what callers attached to the stage
 *
 * tables of supervisor.db
 *   meta        one row: the epoch, who opened the database last, how many commits there were
 *   checkpoint  path and slot -> one of the two newest states
 *   history     seq -> fact; index by path and seq
 *   run         path -> highest run number in the history
 *   child       path -> spec (JSON) of a child added at run time, and its place in the order
 *   stopped     path -> spec (JSON) of a child that somebody has stopped
 *               Each row but that of meta has a checksum over all of its columns.
 *
 * files of the data folder
 *   supervisor.db, -wal, -shm  SQLite's; to copy a database, take all three, with the supervisor stopped
 *   supervisor.mark            how many commits there were, to tell when some are missing
 *   supervisor.lock            locked by the owner; says who that is; empty after an orderly close
 * </pre>
 *
 * <p>{@link ai.terraphim.supervisor.persistence.StoreBackup}, {@link
 * ai.terraphim.supervisor.persistence.StoreExport}, {@link
 * ai.terraphim.supervisor.persistence.StoreImport} and {@link
 * ai.terraphim.supervisor.persistence.StoreCheck} work on the files, without a store.
 *
 * <p>Nothing here may open {@code supervisor.db} or {@code supervisor.lock} by other means while a
 * store is open in the same process: on POSIX systems closing any descriptor of a file drops all
 * the locks the process has on it.
 */
@NullMarked
package ai.terraphim.supervisor.persistence;

import org.jspecify.annotations.NullMarked;
