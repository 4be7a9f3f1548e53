package ai.terraphim.supervisor.runtime.jmx;

import java.util.List;

/**
 * The store of a runtime, seen by management clients. An attribute is -1 while there is nothing to
 * say: before the first checkpoint or commit, or because the store, as the one in memory, does not
 * tell. Such a store refuses the operations with an {@link IllegalStateException}.
 *
 * <p>Operations return when they are done, and work beside the tree, which never waits for them;
 * one after the other.
 */
@Description("The store of a runtime: how large it is, and how it keeps up")
public interface PersistenceMXBean {

    /** The size of the database file, in bytes. */
    @Description("Size of the database file, with what is free in it; -1 if the store has no file")
    @Unit("B")
    long getFileSize();

    /** The size of SQLite's journal, in bytes. */
    @Description("Size of the journal (WAL) beside the database; -1 if the store has no file")
    @Unit("B")
    long getWalSize();

    /** How many writes wait for their commit. */
    @Description("Writes that were accepted and wait for their commit; -1 if the store has no file")
    @Unit("writes")
    long getPendingWrites();

    /** How many checkpoints of agents were saved since the runtime started. */
    @Description("Checkpoints of agents that were saved since the runtime started")
    @Unit("checkpoints")
    long getCheckpointTotal();

    /** How many checkpoints of agents could not be saved since the runtime started. */
    @Description("Checkpoints of agents that could not be saved since the runtime started")
    @Unit("checkpoints")
    long getCheckpointFailures();

    /** How long ago the checkpoint was taken that was saved last, in milliseconds. */
    @Description("Since the checkpoint was taken that was saved last; -1 before the first")
    @Unit("ms")
    long getLastCheckpointAge();

    /** What 99 of 100 recent commits took at most, in milliseconds. */
    @Description(
            "What 99 of 100 of the last 1,024 commits took at most, with the sync; -1 before the first")
    @Unit("ms")
    double getCommitP99();

    /** Writes SQLite's journal back into the database file. */
    @Action
    @Description(
            "Writes SQLite's journal (WAL) back into the database file and empties it; saves no agent's state")
    void checkpointNow();

    /** Copies the database into one file, and gives its path. */
    @Action
    @Description(
            "Copies the database into one file, on the machine of the runtime; gives its whole path")
    String backup(
            @Description("The file to make, there must be none; relative to the data folder")
                    String file);

    /** Looks at the structure of the database; {@code ok}, or a line for each thing damaged. */
    @Description(
            "SQLite's quick_check: ok, or what is damaged; 'supervisor check-store' looks at rows and indexes, too")
    String quickCheck();

    /** Agents that have states and no place in the tree, in the order of their paths. */
    @Description("Agents that have states and no place in the tree, in the order of their paths")
    List<OrphanView> listOrphans(
            @Description("Only those that come after this path; empty for all") String after,
            @Description("From 1 to 1000") int limit);

    /** Deletes the states of an agent that has no place in the tree. */
    @Action
    @Description("Deletes the states of an agent that has no place in the tree, for good")
    void deleteOrphan(@Description("As listOrphans shows it") String path);
}
