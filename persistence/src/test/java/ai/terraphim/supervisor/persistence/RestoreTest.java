package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.condition;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent goes on from the newest of its states that is sound, over the ends of its runtime. */
class RestoreTest {
    @TempDir Path folder;

    record Count(int lives) {}

    /** Counts its lives in its state. */
    private static final class Counter implements MessageAgent {
        private final List<Integer> found;

        Counter(List<Integer> found) {
            this.found = found;
        }

        @Override
        public InitResult init(InitArgs args) throws Exception {
            int lives = args.context().restored(Count.class).map(Count::lives).orElse(0);
            args.context().checkpoint(new Count(lives + 1));
            found.add(lives);
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) {}
    }

    /** Lets the agent live, and gives the number of lives that it knew of at its start. */
    private int live() {
        List<Integer> found = new ArrayList<>();
        try (var runtime =
                SupervisorRuntime.builder("test")
                        .factory(AgentFactory.of("counter", () -> new Counter(found)))
                        .store(SqliteStore.open(folder, "test"))
                        .build()) {
            runtime.start(
                    SupervisorConfig.builder("root")
                            .children(AgentSpec.of("a", "counter"))
                            .build());
        }
        return found.getFirst();
    }

    private List<String> rejections() {
        try (var store = SqliteStore.open(folder, "test")) {
            return get(store.history(HistoryQuery.newest(100))).stream()
                    .filter(fact -> fact.kind() == EventKind.CHECKPOINT_REJECTED)
                    .map(fact -> fact.path() + " run " + fact.run() + ": " + fact.reason())
                    .toList();
        }
    }

    @Test
    void aDamagedStateIsToldOfAndThePreviousOneUsed() throws Exception {
        assertThat(live()).isZero();
        assertThat(live()).isEqualTo(1);
        assertThat(rejections()).isEmpty();
        sql(folder, "UPDATE checkpoint SET state = x'00' WHERE number = 2");
        assertThat(live()).as("from the first state").isEqualTo(1);
        assertThat(live()).as("the damaged one has been replaced").isEqualTo(2);
        assertThat(rejections())
                .singleElement()
                .asString()
                .startsWith("root/a run 3: checkpoint 2, of run 2 at ")
                .endsWith("its checksum does not match");
    }

    @Test
    void anAgentWhoseStatesAreAllDamagedBeginsAnewAndThatIsTold() throws Exception {
        live();
        live();
        sql(folder, "UPDATE checkpoint SET state = x'00'");
        assertThat(live()).isZero();
        assertThat(live()).isEqualTo(1);
        assertThat(rejections()).hasSize(3);
    }

    private record Written(String text) {}

    private record Wanted(int number) {}

    /**
     * Runs an agent of one version of a plugin, which reads its state as one record and saves
     * another.
     */
    private String live(String version, Class<? extends Record> reads, Record saves) {
        AgentTypes types = new AgentTypes();
        types.register(
                AgentFactory.of(
                        "reader",
                        () ->
                                new MessageAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) throws Exception {
                                        var _ = args.context().restored(reads);
                                        args.context().checkpoint(saves);
                                        return InitResult.ok();
                                    }

                                    @Override
                                    public void handle(Object message, AgentContext context) {}
                                }),
                new PluginVersion("p", version, "0f3a".repeat(16)));
        List<String> started = new CopyOnWriteArrayList<>();
        try (var runtime =
                SupervisorRuntime.builder("test")
                        .types(types)
                        .store(SqliteStore.open(folder, "test"))
                        .listener(event -> {
                            if (event.kind() == EventKind.CHILD_STARTED
                                    && event.path().equals("root/a")) {
                                started.add(event.detail());
                            }
                        })
                        .build()) {
            runtime.start(
                    SupervisorConfig.builder("root").children(AgentSpec.of("a", "reader")).build());
        }
        return String.join("\n", started);
    }

    @Test
    void aStateThatAnotherVersionOfThePluginHasSavedSaysSo() {
        assertThat(live("1.0", Written.class, new Written("x"))).isEmpty();
        assertThat(live("1.0", Written.class, new Written("x"))).doesNotContain("saved by");
        assertThat(live("1.1", Written.class, new Written("x")))
                .endsWith(", saved by p 1.0 (sha256 0f3a0f3a0f3a...)");
        assertThatThrownBy(() -> live("2.0", Wanted.class, new Wanted(1)))
                .hasMessageContaining("does not fit")
                .hasMessageContaining("p 1.1 (sha256 0f3a0f3a0f3a...) had saved it");
    }

    @Test
    void aDamagedRowOfAParkedChildIsToldOfOnceAndTheChildStarts() throws Exception {
        live();
        try (var store = SqliteStore.open(folder, "test")) {
            get(
                    store.saveCondition(
                            condition(
                                    new StoredChild(
                                            new SupervisorId("root"), AgentSpec.of("a", "counter")),
                                    1)));
        }
        sql(folder, "UPDATE condition SET aside = 'parked'");
        assertThat(live()).isEqualTo(1);
        assertThat(live()).isEqualTo(2);
        try (var store = SqliteStore.open(folder, "test")) {
            assertThat(get(store.history(HistoryQuery.newest(100))))
                    .filteredOn(fact -> fact.kind() == EventKind.CONDITION_REJECTED)
                    .extracting(fact -> fact.path() + ": " + fact.reason())
                    .containsExactly(
                            "root/a: the record of restarts of root/a has changed since it was saved: its checksum does not match");
        }
    }
}
