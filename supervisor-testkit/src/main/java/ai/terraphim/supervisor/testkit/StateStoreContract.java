package ai.terraphim.supervisor.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.api.store.StoredMessage.Content;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What any store must do while it is open: a JUnit class to derive the test of a store from. For a
 * store that outlives the JVM derive it from {@link DurableStoreContract}, which asks for more.
 *
 * <p>Needs JUnit Jupiter and AssertJ on the class path, which this module does not bring along.
 */
@Timeout(120)
public abstract class StateStoreContract {
    private static final Instant AT = Instant.parse("2026-02-03T04:05:06.123456789Z");

    /** For derived classes. */
    protected StateStoreContract() {}

    /**
     * Opens the store. Each test opens its own, and closes it.
     *
     * @return an empty store at the first call of a test
     */
    protected abstract StateStore open();

    @Test
    void aNewStoreKnowsNothing() {
        try (StateStore store = open()) {
            Recovery recovery = store.recover();
            assertThat(recovery)
                    .usingRecursiveComparison()
                    .ignoringFields("states") // it may know that there are none
                    .isEqualTo(Recovery.NOTHING);
            assertThat(recovery.states().newest("root/a")).isEmpty();
            assertThat(get(store.checkpoints(new AgentPid("root/a"))))
                    .isEqualTo(StoredCheckpoints.NONE);
            assertThat(get(store.history(HistoryQuery.newest(10)))).isEmpty();
        }
    }

    @Test
    void theNewestStateOfAnAgentIsKeptAndTheOneBeforeIt() {
        var other = checkpoint("root/b", 1, 1, "other");
        try (StateStore store = open()) {
            store.recover();
            get(store.saveCheckpoint(other));
            for (int number = 1; number <= 5; number++) {
                store.saveCheckpoint(checkpoint("root/a", number, 1, "state " + number));
            }
            get(store.saveCheckpoint(checkpoint("root/a", 6, 2, "state 6")));
            assertThat(get(store.checkpoints(new AgentPid("root/a"))))
                    .isEqualTo(
                            valid(
                                    checkpoint("root/a", 6, 2, "state 6"),
                                    checkpoint("root/a", 5, 1, "state 5")));
            assertThat(get(store.checkpoints(other.pid()))).isEqualTo(valid(other));
        }
    }

    @Test
    void aStateWithANumberTwoHigherReplacesTheNewest() {
        try (StateStore store = open()) {
            store.recover();
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "good"));
            store.saveCheckpoint(checkpoint("root/a", 2, 1, "left behind"));
            get(store.saveCheckpoint(checkpoint("root/a", 4, 2, "from the good one")));
            assertThat(get(store.checkpoints(new AgentPid("root/a"))))
                    .isEqualTo(
                            valid(
                                    checkpoint("root/a", 4, 2, "from the good one"),
                                    checkpoint("root/a", 1, 1, "good")));
        }
    }

    @Test
    void aStateTakesThePlaceOfOneWithTheSameNumber() {
        try (StateStore store = open()) {
            store.recover();
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "first"));
            store.saveCheckpoint(checkpoint("root/a", 2, 1, "of a run that was killed"));
            get(store.saveCheckpoint(checkpoint("root/a", 2, 2, "of the next run")));
            assertThat(get(store.checkpoints(new AgentPid("root/a"))))
                    .isEqualTo(
                            valid(
                                    checkpoint("root/a", 2, 2, "of the next run"),
                                    checkpoint("root/a", 1, 1, "first")));
        }
    }

    @Test
    void stateAndTextComeBackAsTheyWere() {
        var empty = checkpoint("root/grün ⌘ '\"%_", 1, 1, "");
        var bytes =
                new StoredCheckpoint(
                        new AgentPid("root/bytes"),
                        1,
                        Long.MAX_VALUE,
                        AT,
                        new Snapshot(new byte[] {0, -1, 127}, "", Integer.MAX_VALUE),
                        List.of("order 17", "grün ⌘ '\"%_,", " "),
                        Optional.of(new PluginVersion("p", "1.2", "0f3a")));
        var fact =
                new SupervisionEvent(
                        1,
                        Instant.parse("1969-12-31T23:59:59.000000001Z"),
                        "root/ä",
                        0,
                        EventKind.HISTORY_GAP,
                        "",
                        "line one\nline two\t\0 \uD83D\uDC1F");
        try (StateStore store = open()) {
            store.recover();
            store.saveCheckpoint(empty);
            store.saveCheckpoint(bytes);
            get(store.append(fact));
            assertThat(get(store.checkpoints(empty.pid()))).isEqualTo(valid(empty));
            assertThat(get(store.checkpoints(bytes.pid()))).isEqualTo(valid(bytes));
            assertThat(get(store.history(HistoryQuery.newest(1)))).containsExactly(fact);
        }
    }

    @Test
    void historyOfAPathIsThatOfThePathAndAllBelowIt() {
        List<String> paths =
                List.of(
                        "root",
                        "root/a",
                        "root/ab",
                        "root/a/x",
                        "root/a_",
                        "root/a%",
                        "root/aXx",
                        "root/a/x/y",
                        "root/a0",
                        "root/a.",
                        "other/root/a");
        try (StateStore store = open()) {
            store.recover();
            for (int i = 0; i < paths.size(); i++) {
                store.append(event(i + 1, paths.get(i), 1));
            }
            get(store.append(event(99, "last", 1)));
            assertThat(paths(store, "root/a")).containsExactly("root/a", "root/a/x", "root/a/x/y");
            assertThat(paths(store, "root/a_")).containsExactly("root/a_");
            assertThat(paths(store, "root/a%")).containsExactly("root/a%");
            assertThat(paths(store, "root")).hasSize(10).doesNotContain("other/root/a");
            assertThat(paths(store, "roo")).isEmpty();
        }
    }

    private static List<String> paths(StateStore store, String path) {
        return get(store.history(new HistoryQuery(Optional.of(path), 0, true, 100))).stream()
                .map(SupervisionEvent::path)
                .toList();
    }

    @Test
    void historyGivesTheNewestOrTheNextInOrderOfTheirNumbers() {
        Optional<String> all = Optional.empty();
        Optional<String> even = Optional.of("root/even");
        try (StateStore store = open()) {
            store.recover();
            for (int seq = 1; seq <= 20; seq++) {
                store.append(event(seq, seq % 2 == 0 ? "root/even" : "root/odd", 1));
            }
            get(store.append(event(21, "root/odd", 1)));
            assertThat(seqs(store, HistoryQuery.newest(3))).containsExactly(19L, 20L, 21L);
            assertThat(seqs(store, new HistoryQuery(all, 5, false, 2))).containsExactly(6L, 7L);
            assertThat(seqs(store, new HistoryQuery(even, 5, false, 2))).containsExactly(6L, 8L);
            assertThat(seqs(store, new HistoryQuery(even, 18, true, 5))).containsExactly(20L);
            assertThat(seqs(store, new HistoryQuery(all, 21, true, 5))).isEmpty();
        }
    }

    @Test
    void aFactThatIsAppendedLateStandsInItsPlaceAndOneThatIsAppendedAgainIsThereOnce() {
        try (StateStore store = open()) {
            store.recover();
            for (long seq : new long[] {1, 4, 5, 2, 3, 5, 2}) {
                get(store.append(event(seq, "root/a", seq)));
            }
            assertThat(seqs(store, HistoryQuery.newest(10))).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThat(seqs(store, HistoryQuery.newest(2))).containsExactly(4L, 5L);
        }
    }

    private static List<Long> seqs(StateStore store, HistoryQuery query) {
        return get(store.history(query)).stream().map(SupervisionEvent::seq).toList();
    }

    @Test
    void aPageOfTheHistoryBeginsWhereTheLastOneEnded() {
        int facts = 2 * HistoryQuery.MAX_LIMIT + 10;
        try (StateStore store = open()) {
            store.recover();
            for (int seq = 1; seq < facts; seq++) {
                store.append(event(seq, "root/a", 1));
            }
            get(store.append(event(facts, "root/a", 1)));
            List<SupervisionEvent> read = new ArrayList<>();
            List<SupervisionEvent> page;
            do {
                long last = read.isEmpty() ? 0 : read.getLast().seq();
                int limit = HistoryQuery.MAX_LIMIT;
                page = get(store.history(new HistoryQuery(Optional.empty(), last, false, limit)));
                read.addAll(page);
            } while (!page.isEmpty());
            assertThat(read)
                    .hasSize(facts)
                    .isSortedAccordingTo((a, b) -> Long.compare(a.seq(), b.seq()));
        }
    }

    @Test
    void writesOfEachCallerTakeEffectInTheOrderOfItsCalls() throws InterruptedException {
        int callers = 8;
        int each = 500;
        try (StateStore store = open()) {
            store.recover();
            List<Thread> threads = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                String path = "root/" + caller;
                threads.add(
                        Thread.startVirtualThread(() -> {
                            for (int number = 1; number <= each; number++) {
                                store.saveCheckpoint(checkpoint(path, number, 1, "" + number));
                            }
                            get(store.saveCheckpoint(checkpoint(path, each + 1, 1, "last")));
                        }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            for (int caller = 0; caller < callers; caller++) {
                String path = "root/" + caller;
                assertThat(get(store.checkpoints(new AgentPid(path))))
                        .isEqualTo(
                                valid(
                                        checkpoint(path, each + 1, 1, "last"),
                                        checkpoint(path, each, 1, "" + each)));
            }
        }
    }

    @Test
    void toForgetWhatIsNotKnownIsFine() {
        try (StateStore store = open()) {
            store.recover();
            get(store.deleteStop("root/nobody"));
            get(store.deleteChild("root/nobody"));
            get(store.deleteCondition("root/nobody"));
            get(store.deleteMessage(17));
            get(store.deleteChildrenBelow("root/nobody"));
        }
    }

    // ---- words for the tests of stores
    // -------------------------------------------------------------------------------

    /**
     * A state of an agent.
     *
     * @param path the agent
     * @param number the number of the state
     * @param run who saved it
     * @param state what was saved
     * @return the state
     */
    public static StoredCheckpoint checkpoint(String path, long number, long run, String state) {
        return new StoredCheckpoint(
                new AgentPid(path),
                number,
                run,
                AT,
                new Snapshot(state.getBytes(UTF_8), "text/plain", 3));
    }

    /**
     * A fact.
     *
     * @param seq its number
     * @param path whom it concerns
     * @param run which run
     * @return the fact
     */
    public static SupervisionEvent event(long seq, String path, long run) {
        return new SupervisionEvent(seq, AT, path, run, EventKind.CHILD_EXITED, "error: x", "more");
    }

    /**
     * A child.
     *
     * @param supervisor whose child it is
     * @param id its id
     * @param type the type of agent
     * @return the child
     */
    public static StoredChild child(String supervisor, String id, String type) {
        return new StoredChild(new SupervisorId(supervisor), AgentSpec.of(id, type));
    }

    /**
     * How a child stands with its restarts: it cools, after two of them.
     *
     * @param child the child
     * @param shortRuns how many runs were too short
     * @return how it stands
     */
    public static StoredCondition condition(StoredChild child, int shortRuns) {
        return new StoredCondition(
                child,
                Optional.of(
                        new Aside(Kind.COOLING, AT, Optional.of(Duration.ofNanos(1)), "too often")),
                shortRuns,
                List.of(AT.minusNanos(1), AT));
    }

    /**
     * A message that was parked after three crashes.
     *
     * @param number its number
     * @param path the agent that it was for
     * @param text what it said; it is a {@code String}
     * @return the message
     */
    public static StoredMessage message(long number, String path, String text) {
        return new StoredMessage(
                new ParkedMessage(number, new AgentPid(path), AT, 3, text, "error: x", "at x"),
                Optional.of("order " + number),
                Optional.of(new Content("java.lang.String", '"' + text + '"')));
    }

    /**
     * What a store gives that has found no fault.
     *
     * @param newestFirst the states
     * @return these, and nothing rejected
     */
    public static StoredCheckpoints valid(StoredCheckpoint... newestFirst) {
        return new StoredCheckpoints(List.of(newestFirst), List.of());
    }

    /**
     * Waits for an answer.
     *
     * @param stage of the store's
     * @param <T> what it gives
     * @return what it gave
     */
    public static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("the stage failed", e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("the stage did not complete", e);
        }
    }

    /**
     * Waits for a failure: a {@link StorageException} with one line.
     *
     * @param stage of the store's
     * @return why it failed
     */
    public static StorageException failure(CompletionStage<?> stage) {
        Throwable thrown =
                catchThrowable(() -> stage.toCompletableFuture().get(30, TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        if (!(thrown.getCause() instanceof StorageException error)) {
            throw new AssertionError("the stage failed with something else", thrown);
        }
        assertThat(error).message().isNotBlank().doesNotContain("\n");
        return error;
    }
}
