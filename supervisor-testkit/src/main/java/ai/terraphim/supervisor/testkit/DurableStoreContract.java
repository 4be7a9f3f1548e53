package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.api.store.StoredMessages;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a store must do that outlives the JVM: what was acknowledged is there when the store is
 * opened again, what was damaged meanwhile is not taken for sound, and nothing is accepted that
 * cannot be kept.
 */
public abstract class DurableStoreContract extends StateStoreContract {

    /** For derived classes. */
    protected DurableStoreContract() {}

    /**
     * Opens the store, each time of one test on the same data. Its queue has room for about 10,000
     * writes.
     */
    @Override
    protected abstract StateStore open();

    /**
     * Changes a bit of what is stored of an agent's state, as a failing disk would. Called while
     * the store is closed.
     *
     * @param pid the agent
     * @param number the number of the state
     * @throws Exception if that cannot be done; the test fails
     */
    protected abstract void damage(AgentPid pid, long number) throws Exception;

    /**
     * Keeps the open store from writing until the result is closed.
     *
     * @return close it to let the store go on
     * @throws Exception if that cannot be done; the test fails
     */
    protected abstract AutoCloseable stall() throws Exception;

    /**
     * The most that one write may have.
     *
     * @return in bytes
     */
    protected abstract int maxWriteBytes();

    @Test
    void whatWasAcknowledgedIsThereWhenTheStoreIsOpenedAgain() {
        var newest = checkpoint("root/a", 2, 2, "newest");
        var previous = checkpoint("root/a", 1, 1, "previous");
        try (StateStore store = open()) {
            store.recover();
            get(store.saveCheckpoint(previous));
            get(store.saveCheckpoint(newest));
            get(store.append(event(1, "root/a", 2)));
        }
        try (StateStore store = open()) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
            assertThat(get(store.checkpoints(newest.pid()))).isEqualTo(valid(newest, previous));
            assertThat(get(store.history(HistoryQuery.newest(10))))
                    .containsExactly(event(1, "root/a", 2));
        }
    }

    @Test
    void aDamagedNewestStateIsRejectedAndThePreviousOneIsThere() throws Exception {
        var pid = new AgentPid("root/a");
        var previous = checkpoint("root/a", 1, 1, "previous");
        var next = checkpoint("root/a", 2, 2, "saved over the damaged one");
        try (StateStore store = open()) {
            store.recover();
            store.saveCheckpoint(previous);
            get(store.saveCheckpoint(checkpoint("root/a", 2, 1, "newest")));
        }
        damage(pid, 2);
        try (StateStore store = open()) {
            store.recover();
            StoredCheckpoints found = get(store.checkpoints(pid));
            assertThat(found.valid()).containsExactly(previous);
            assertThat(found.rejected()).singleElement().asString().contains("checkpoint 2");
            get(store.saveCheckpoint(next));
            assertThat(get(store.checkpoints(pid))).isEqualTo(valid(next, previous));
        }
    }

    @Test
    void aDamagedPreviousStateDoesNotKeepTheNewestFromBeingUsed() throws Exception {
        var newest = checkpoint("root/a", 2, 1, "newest");
        try (StateStore store = open()) {
            store.recover();
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "previous"));
            get(store.saveCheckpoint(newest));
        }
        damage(newest.pid(), 1);
        try (StateStore store = open()) {
            store.recover();
            StoredCheckpoints found = get(store.checkpoints(newest.pid()));
            assertThat(found.valid()).containsExactly(newest);
            assertThat(found.rejected()).singleElement().asString().contains("checkpoint 1");
        }
    }

    @Test
    void recoveryTellsTheLastNumbersOfFactsAndRuns() {
        try (StateStore store = open()) {
            store.recover();
            store.append(event(1, "root/a", 1));
            store.append(event(2, "root/a", 7));
            store.append(event(3, "root/a", 5));
            store.append(event(4, "some-plugin", 0));
            store.saveCheckpoint(checkpoint("root/b", 1, 3, "its start is not in the history"));
        }
        try (StateStore store = open()) {
            Recovery recovery = store.recover();
            assertThat(recovery.lastSeq()).isEqualTo(4);
            assertThat(recovery.lastRuns()).isEqualTo(Map.of("root/a", 7L, "root/b", 3L));
        }
    }

    /** A store may know nothing, but nothing else than it would answer. */
    @Test
    void whatIsKnownOfStatesAtTheStartIsWhatIsAnsweredAndNothingIsKnownOfADamagedOne()
            throws Exception {
        try (StateStore store = open()) {
            store.recover();
            for (String agent : List.of("a", "b", "c", "d", "e", "f", "g")) {
                store.saveCheckpoint(checkpoint("root/" + agent, 1, 1, "first of " + agent));
            }
            store.saveCheckpoint(checkpoint("root/a", 2, 1, "newest"));
            store.saveCheckpoint(checkpoint("root/b", 3, 2, "replaces the first"));
            store.saveCheckpoint(checkpoint("root/c", 2, 2, "newest"));
            store.saveCheckpoint(checkpoint("root/c", 3, 1, "of a lower run"));
            store.saveCheckpoint(checkpoint("root/d", 2, 1, "damaged soon"));
            store.saveCheckpoint(checkpoint("root/e", 2, 1, "newest"));
            store.saveCheckpoint(checkpoint("root/f", 2, 1, "x".repeat(200_000)));
            get(store.saveCheckpoint(checkpoint("root/g", 2, 1, "")));
        }
        damage(new AgentPid("root/d"), 2);
        damage(new AgentPid("root/e"), 1);
        try (StateStore store = open()) {
            KnownStates known = store.recover().states();
            for (String agent : List.of("a", "b", "c", "d", "e", "f", "g", "nobody")) {
                String path = "root/" + agent;
                if (known.isKnown(path)) {
                    assertThat(get(store.checkpoints(new AgentPid(path))))
                            .as(path)
                            .returns(List.of(), StoredCheckpoints::rejected)
                            .returns(known.newest(path), StoredCheckpoints::newest);
                }
            }
        }
    }

    @Test
    void childrenKeepTheirOrderAndAReplacedOneItsPlace() {
        StoredChild replaced = child("root", "b", "other");
        try (StateStore store = open()) {
            store.recover();
            store.saveChild(child("root", "z", "t"));
            store.saveChild(child("root", "b", "t"));
            store.saveChild(child("root/z", "a", "t"));
            store.saveChild(replaced);
            store.saveChild(child("root", "gone", "t"));
            store.deleteChild("root/gone");
        }
        assertThat(recovery().children())
                .containsExactly(child("root", "z", "t"), replaced, child("root/z", "a", "t"));
    }

    @Test
    void aDeletedChildTakesThoseBelowItAlong() {
        List<StoredChild> all =
                List.of(
                        child("root", "a", "t"),
                        child("root/a", "b", "t"),
                        child("root/a/b", "c", "t"),
                        child("root", "ab", "t"),
                        child("root", "a_", "t"),
                        child("root", "a%", "t"));
        try (StateStore store = open()) {
            store.recover();
            all.forEach(store::saveChild);
            get(store.deleteChild("root/a%"));
        }
        assertThat(recovery().children()).isEqualTo(all.subList(0, 5));
        try (StateStore store = open()) {
            store.recover();
            get(store.deleteChildrenBelow("root/a"));
        }
        assertThat(recovery().children()).containsExactly(all.get(0), all.get(3), all.get(4));
        try (StateStore store = open()) {
            store.recover();
            get(store.deleteChild("root/a"));
        }
        assertThat(recovery().children()).containsExactly(all.get(3), all.get(4));
    }

    @Test
    void whatWasStoppedIsRememberedUntilItIsStartedOrForgotten() {
        StoredChild newer = child("root", "a", "other");
        StoredChild below = child("root/z", "b", "t");
        try (StateStore store = open()) {
            store.recover();
            store.saveStop(child("root", "a", "t"));
            store.saveStop(newer);
            store.saveStop(child("root", "started", "t"));
            store.saveStop(below);
            store.saveStop(child("root", "removed", "t"));
            store.deleteStop("root/started");
            store.deleteChild("root/removed");
        }
        assertThat(recovery().stopped()).containsExactlyInAnyOrder(newer, below);
        try (StateStore store = open()) {
            store.recover();
            get(store.deleteChildrenBelow("root/z"));
        }
        assertThat(recovery().stopped()).containsExactly(newer);
    }

    @Test
    void howChildrenStandWithTheirRestartsIsRememberedUntilItIsForgotten() {
        StoredCondition newer = condition(child("root", "a", "other"), 2);
        StoredCondition below = condition(child("root/z", "b", "t"), 1);
        StoredCondition parked =
                new StoredCondition(
                        child("root", "grün ⌘ '\"%_", "t"),
                        Optional.of(
                                new Aside(
                                        Kind.PARKED,
                                        Instant.parse("1969-12-31T23:59:59.000000001Z"),
                                        Optional.empty(),
                                        "more than 3: error: ä\n'\"%_")),
                        0,
                        List.of());
        StoredCondition failed =
                new StoredCondition(
                        child("root", "up", "t"),
                        Optional.empty(),
                        Integer.MAX_VALUE,
                        Collections.nCopies(StoredCondition.MAX_RESTARTS, Instant.EPOCH));
        try (StateStore store = open()) {
            store.recover();
            store.saveCondition(condition(child("root", "a", "t"), 1));
            store.saveCondition(newer);
            store.saveCondition(below);
            store.saveCondition(parked);
            store.saveCondition(failed);
            store.saveCondition(condition(child("root", "healthy", "t"), 1));
            store.saveCondition(condition(child("root", "removed", "t"), 1));
            store.saveCondition(condition(child("root/removed", "below", "t"), 1));
            store.deleteCondition("root/healthy");
            store.deleteChild("root/removed");
        }
        assertThat(recovery().conditions().valid())
                .containsExactlyInAnyOrder(newer, below, parked, failed);
        assertThat(recovery().conditions().rejected()).isEmpty();
        try (StateStore store = open()) {
            store.recover();
            get(store.deleteChildrenBelow("root/z"));
        }
        assertThat(recovery().conditions().valid())
                .containsExactlyInAnyOrder(newer, parked, failed);
    }

    @Test
    void whatHasSavedAStateIsRemembered() {
        var older = Optional.of(new PluginVersion("p", "1.2", "0f3a"));
        var newer = Optional.of(new PluginVersion("p", "1.2", "1f3a"));
        StoredCheckpoint first = checkpoint("root/a", 1, 1, "first");
        List<StoredCheckpoint> saved =
                Stream.of(older, newer, Optional.<PluginVersion>empty())
                        .map(plugin ->
                                new StoredCheckpoint(
                                        first.pid(),
                                        1,
                                        1,
                                        first.at(),
                                        first.snapshot(),
                                        first.handled(),
                                        plugin))
                        .toList();
        for (StoredCheckpoint checkpoint : saved) {
            try (StateStore store = open()) {
                store.recover();
                get(store.saveCheckpoint(checkpoint));
                assertThat(get(store.checkpoints(first.pid()))).isEqualTo(valid(checkpoint));
            }
            try (StateStore store = open()) {
                store.recover();
                assertThat(get(store.checkpoints(first.pid()))).isEqualTo(valid(checkpoint));
            }
        }
    }

    @Test
    void parkedMessagesAreRememberedUntilTheyAreForgottenAndTheirNumbersForEver() {
        StoredMessage replaced = message(1, "root/a", "newer");
        StoredMessage onlyText =
                new StoredMessage(
                        new ParkedMessage(
                                3,
                                new AgentPid("root/grün ⌘ '\"%_"),
                                Instant.parse("1969-12-31T23:59:59.000000001Z"),
                                Integer.MAX_VALUE,
                                "ä\n'\"%_ \uD83D\uDC1F",
                                "",
                                ""),
                        Optional.empty(),
                        Optional.empty());
        try (StateStore store = open()) {
            store.recover();
            store.saveMessage(onlyText);
            store.saveMessage(message(1, "root/a", "older"));
            store.saveMessage(replaced);
            store.saveMessage(message(7, "root/removed", "gone"));
            store.saveMessage(message(5, "root/a", "gone"));
            store.deleteMessage(7);
            store.deleteMessage(5);
            store.deleteChild("root/removed");
            get(store.deleteChildrenBelow("root"));
        }
        assertThat(recovery().messages())
                .isEqualTo(new StoredMessages(7, List.of(replaced, onlyText), Map.of()));
        try (StateStore store = open()) {
            store.recover();
            store.deleteMessage(1);
            get(store.deleteMessage(3));
        }
        assertThat(recovery().messages()).isEqualTo(new StoredMessages(7, List.of(), Map.of()));
    }

    private Recovery recovery() {
        try (StateStore store = open()) {
            return store.recover();
        }
    }

    @Test
    void closeWritesWhatWasAcceptedAndNothingIsAcceptedAfterwards() {
        List<CompletionStage<Void>> accepted = new ArrayList<>();
        StateStore store = open();
        store.recover();
        for (int seq = 1; seq <= 500; seq++) {
            accepted.add(store.append(event(seq, "root/a", seq)));
        }
        store.close();
        accepted.forEach(StateStoreContract::get);
        List.of(
                        store.append(event(501, "root/a", 1)),
                        store.saveCheckpoint(checkpoint("root/a", 1, 1, "s")),
                        store.saveChild(child("root", "a", "t")),
                        store.saveCondition(condition(child("root", "a", "t"), 1)),
                        store.saveMessage(message(1, "root/a", "text")),
                        store.checkpoints(new AgentPid("root/a")),
                        store.history(HistoryQuery.newest(1)))
                .forEach(stage ->
                        assertThat(failure(stage))
                                .hasMessageContaining("closed")
                                .returns(false, StorageException::isRecoverable));
        assertThatThrownBy(store::recover).isInstanceOf(StorageException.class);
        assertThat(recovery().lastSeq()).isEqualTo(500);
    }

    @Test
    void aWriteThatIsTooLargeIsRefusedWithTheLimit() {
        int limit = maxWriteBytes();
        try (StateStore store = open()) {
            store.recover();
            var large = checkpoint("root/a", 1, 1, "x".repeat(limit + 1));
            assertThat(failure(store.saveCheckpoint(large)))
                    .hasMessageContaining("" + limit)
                    .returns(false, StorageException::isRecoverable);
            var fits = checkpoint("root/a", 1, 1, "x".repeat(limit - 1_000));
            get(store.saveCheckpoint(fits));
            assertThat(get(store.checkpoints(fits.pid()))).isEqualTo(valid(fits));
        }
    }

    @Test
    void aFullQueueRefusesAtOnceAndKeepsWhatItAccepted() throws Exception {
        long seq = 0;
        try (StateStore store = open()) {
            store.recover();
            List<CompletionStage<Void>> accepted = new ArrayList<>();
            CompletionStage<Void> last;
            try (var _ = stall()) {
                last = store.append(event(++seq, "root", 1));
                while (!last.toCompletableFuture().isCompletedExceptionally()) {
                    accepted.add(last);
                    assertThat(seq).as("a queue of 10,000, and a group").isLessThan(50_000);
                    last = store.append(event(++seq, "root", 1));
                }
                assertThat(failure(last)).returns(true, StorageException::isRecoverable);
            }
            accepted.forEach(StateStoreContract::get);
            get(store.append(event(seq, "root", 1)));
        }
        assertThat(recovery().lastSeq()).isEqualTo(seq);
    }
}
