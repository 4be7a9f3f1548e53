package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.AgentPid;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What an operator may ask of a store that keeps files, while a runtime works with it.
 *
 * <p>Any thread may call, and none is blocked. A stage fails with a {@link
 * ai.terraphim.supervisor.api.StorageException} that says what to do. Operations are carried out
 * one after the other, beside the store's reads and writes; a few may wait, more are refused with a
 * recoverable error.
 */
public interface StoreMaintenance {

    /**
     * How the store is now. Waits for nobody.
     *
     * @return the figures
     */
    StoreFigures figures();

    /**
     * Writes what is in the journal into the database file and empties the journal. It is never
     * needed: a store does so by itself, and what is in the journal is as safe as the rest. It
     * makes one file of two before the file system is copied, for example.
     *
     * @return completes when the journal is empty; fails with a recoverable error while others read
     *     from it
     */
    CompletionStage<Void> emptyJournal();

    /**
     * Copies all that was acknowledged when the copy began into one file, which appears under its
     * name when it is complete and on the disk.
     *
     * @param file the file to make; there must be none
     * @return completes when it is there
     */
    CompletionStage<Void> backup(Path file);

    /**
     * Looks at the structure of the files. That is the faster of the checks, and reads all of them
     * nevertheless; neither rows that have changed nor indexes that contradict them are looked for.
     *
     * @return completes with a line for each thing that is damaged, none if nothing is
     */
    CompletionStage<List<String>> quickCheck();

    /**
     * Lists agents that have states and no place in the tree, in the order of their paths.
     *
     * @param after only those whose paths come after this one; empty for all
     * @param limit how many at most
     * @return completes with them
     */
    CompletionStage<List<Orphan>> orphans(String after, int limit);

    /**
     * Deletes the states of an agent that has no place in the tree. They cannot be brought back.
     *
     * @param pid the place that it had
     * @return completes when they are gone; fails with a {@link
     *     ai.terraphim.supervisor.api.SupervisionException} of category NOT_FOUND if there is no
     *     such orphan
     */
    CompletionStage<Void> deleteOrphan(AgentPid pid);
}
