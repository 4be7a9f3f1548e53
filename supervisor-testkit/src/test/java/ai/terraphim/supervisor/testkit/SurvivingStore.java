package ai.terraphim.supervisor.testkit;

import static java.util.stream.Collectors.toMap;

import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredConditions;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.api.store.StoredMessages;
import ai.terraphim.supervisor.runtime.InMemoryStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/**
 * A store for several simulated lives of a JVM, one after the other: remembers how children stand
 * with their restarts, parked messages, and the states of agents, all of which it hands over. Of
 * the rest it remembers no more than is needed for that.
 */
class SurvivingStore extends InMemoryStore {
    private final Map<String, StoredCondition> conditions = new TreeMap<>();
    private final Map<Long, StoredMessage> messages = new TreeMap<>();
    private long lastMessage;
    private final Map<String, StoredCheckpoint> checkpoints = new TreeMap<>();
    private int writes;

    /** How the child at a path stands; null if nothing is known. */
    StoredCondition condition(String path) {
        return conditions.get(path);
    }

    /** How many times it was told how some child stands. */
    int writes() {
        return writes;
    }

    @Override
    public Recovery recover() {
        return new Recovery(
                0,
                checkpoints.values().stream()
                        .collect(toMap(it -> it.pid().path(), StoredCheckpoint::run)),
                List.of(),
                List.of(),
                new StoredConditions(List.copyOf(conditions.values()), Map.of()),
                new StoredMessages(lastMessage, List.copyOf(messages.values()), Map.of()),
                known());
    }

    /** All that it has now. */
    private KnownStates known() {
        Map<String, StoredCheckpoint> newest = Map.copyOf(checkpoints);
        return new KnownStates() {
            @Override
            public boolean isKnown(String path) {
                return true;
            }

            @Override
            public Optional<StoredCheckpoint> newest(String path) {
                return Optional.ofNullable(newest.get(path));
            }
        };
    }

    @Override
    public CompletionStage<Void> saveCheckpoint(StoredCheckpoint checkpoint) {
        checkpoints.put(checkpoint.pid().path(), checkpoint);
        return super.saveCheckpoint(checkpoint);
    }

    @Override
    public CompletionStage<Void> saveCondition(StoredCondition condition) {
        writes++;
        conditions.put(condition.path(), condition);
        return super.saveCondition(condition);
    }

    @Override
    public CompletionStage<Void> deleteCondition(String path) {
        writes++;
        conditions.remove(path);
        return super.deleteCondition(path);
    }

    @Override
    public CompletionStage<Void> deleteChild(String path) {
        conditions.remove(path);
        return deleteChildrenBelow(path);
    }

    @Override
    public CompletionStage<Void> deleteChildrenBelow(String supervisorPath) {
        conditions.keySet().removeIf(path -> path.startsWith(supervisorPath + "/"));
        return super.deleteChildrenBelow(supervisorPath);
    }

    @Override
    public CompletionStage<Void> saveMessage(StoredMessage message) {
        messages.put(message.number(), message);
        lastMessage = Math.max(lastMessage, message.number());
        return super.saveMessage(message);
    }

    @Override
    public CompletionStage<Void> deleteMessage(long number) {
        messages.remove(number);
        return super.deleteMessage(number);
    }
}
