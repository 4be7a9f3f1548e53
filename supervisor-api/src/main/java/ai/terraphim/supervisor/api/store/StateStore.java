package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Keeps what must outlive the JVM. One store serves one runtime, which owns it from {@link
 * #recover} to {@link #close}.
 *
 * <p>Every method but those two may be called from any thread, virtual ones included, and must not
 * block it: work that calls native code or a disk belongs on the store's own platform threads. A
 * stage completes when its write is durable under the store's settings, or fails with a {@link
 * ai.terraphim.supervisor.api.StorageException}. Writes of one caller take effect in the order of
 * the calls. A store's queue is bounded; what does not fit fails with a recoverable error.
 *
 * <p>What the runtime attaches to the stage of a write is short, does not block, and may call the
 * store: the thread that has made the write durable may run it, which spares who waits a change of
 * threads.
 */
public interface StateStore extends AutoCloseable {

    /**
     * Reads what an earlier runtime left. Called once, on a platform thread, before anything else;
     * may block.
     *
     * @return what is known, empty for a new store
     */
    Recovery recover();

    /**
     * Saves an agent's state. It takes the place of the one whose number is odd or even as its own
     * is: with a number one higher than the newest it leaves that as the previous one, and with one
     * two higher it replaces the newest and leaves the previous one.
     *
     * @param checkpoint the state and whose it is
     * @return completes when it is durable
     */
    CompletionStage<Void> saveCheckpoint(StoredCheckpoint checkpoint);

    /**
     * Finds what is kept of an agent's states. One that has changed since it was saved is rejected,
     * and does not keep the others from being used.
     *
     * @param pid the agent
     * @return {@link StoredCheckpoints#NONE} if it never saved one
     */
    CompletionStage<StoredCheckpoints> checkpoints(AgentPid pid);

    /**
     * Appends a fact to the history, and remembers its run number as the newest of its path. Its
     * number says where in the history it stands: a fact whose write has failed is appended again
     * when later ones may be there. The same fact again changes nothing.
     *
     * @param event the fact
     * @return completes when it is durable
     */
    CompletionStage<Void> append(SupervisionEvent event);

    /**
     * Reads from the history.
     *
     * @param query which facts
     * @return in the order of their numbers
     */
    CompletionStage<List<SupervisionEvent>> history(HistoryQuery query);

    /**
     * Remembers a child that was added to a running supervisor, so that it comes back. The same
     * child again replaces what was remembered and keeps its place.
     *
     * @param child the child
     * @return completes when it is durable
     */
    CompletionStage<Void> saveChild(StoredChild child);

    /**
     * Remembers that somebody has stopped a child, so that it stays down. The same child again
     * replaces what was remembered.
     *
     * @param child the child, with the spec that it had when it was stopped
     * @return completes when it is durable
     */
    CompletionStage<Void> saveStop(StoredChild child);

    /**
     * Forgets that a child was stopped: it is started again. Fine if that is not known.
     *
     * @param path the child's place in the tree
     * @return completes when it is durable
     */
    CompletionStage<Void> deleteStop(String path);

    /**
     * Remembers how a child stands with its restarts. The same child again replaces what was
     * remembered.
     *
     * @param condition how it stands
     * @return completes when it is durable
     */
    CompletionStage<Void> saveCondition(StoredCondition condition);

    /**
     * Forgets how a child stands with its restarts: there is nothing to remember any more. Fine if
     * nothing is known.
     *
     * @param path the child's place in the tree
     * @return completes when it is durable
     */
    CompletionStage<Void> deleteCondition(String path);

    /**
     * Forgets a child that was added to a running supervisor, and every child added, or stopped,
     * anywhere below it; also how it and they stand with their restarts. Fine if there is none.
     *
     * @param path the child's place in the tree
     * @return completes when it is durable
     */
    CompletionStage<Void> deleteChild(String path);

    /**
     * Forgets every child that was added or stopped below a supervisor while it ran, at any depth,
     * and how those below it stand with their restarts: it has been restarted from its original
     * configuration.
     *
     * @param supervisorPath the supervisor's place in the tree
     * @return completes when it is durable
     */
    CompletionStage<Void> deleteChildrenBelow(String supervisorPath);

    /**
     * Remembers a message that was parked. The same number again replaces what was remembered, and
     * is never given to another message, not even when this one is forgotten.
     *
     * @param message the message
     * @return completes when it is durable
     */
    CompletionStage<Void> saveMessage(StoredMessage message);

    /**
     * Forgets a message that was parked: it was sent again, or dropped. Fine if it is not known.
     *
     * @param number its number
     * @return completes when it is durable
     */
    CompletionStage<Void> deleteMessage(long number);

    /**
     * Tells which tree is about to start. A durable store may then delete, after a time, the states
     * of agents that have no place in it: that are not configured, nor added and remembered, nor
     * configured in what was added. Before this was called it deletes none.
     *
     * @param tree as it is configured
     * @param isThere says whether a child is in the tree at that moment, however it came there; is
     *     asked before its states are deleted, and does not block
     * @param deleted is told whose states were deleted, some at a time; it may block
     * @return completes when it is known
     */
    default CompletionStage<Void> treeStarts(
            SupervisorConfig tree, Predicate<AgentPid> isThere, Consumer<List<AgentPid>> deleted) {
        return CompletableFuture.completedStage(null);
    }

    /**
     * What an operator may ask of this store beyond what a runtime does.
     *
     * @return empty for a store that offers nothing of the kind, which is the default
     */
    default Optional<StoreMaintenance> maintenance() {
        return Optional.empty();
    }

    /** Completes what was accepted and lets go of the files. Called once; may block. */
    @Override
    void close();
}
