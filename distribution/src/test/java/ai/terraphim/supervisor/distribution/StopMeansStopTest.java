package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was stopped by hand is down in the next life of the JVM, too, and what was parked is parked;
 * with the true store.
 */
class StopMeansStopTest {
    private static final AgentSpec A = AgentSpec.of("a", "idle");
    private static final SupervisorConfig TREE =
            SupervisorConfig.builder("root").children(A, AgentSpec.of("b", "idle")).build();

    private static final AgentSpec FLAPPING =
            AgentSpec.builder("a", "idle")
                    .budget(RestartBudget.of(1, Duration.ofHours(1), Exhaustion.park()))
                    .build();

    @TempDir private Path folder;

    private SupervisorRuntime runtime(boolean fresh) {
        return SupervisorRuntime.builder("test")
                .fresh(fresh)
                .factory(AgentFactory.of("idle", () -> (MessageAgent) (message, context) -> {}))
                .store(SqliteStore.open(folder, "test"))
                .build();
    }

    /** Starts a tree, says how its children are, and does something with it. */
    private List<String> live(SupervisorConfig tree, Consumer<AgentSupervisor> life) {
        return live(tree, false, life);
    }

    private List<String> live(
            SupervisorConfig tree, boolean fresh, Consumer<AgentSupervisor> life) {
        try (SupervisorRuntime runtime = runtime(fresh)) {
            AgentSupervisor root = runtime.start(tree);
            List<String> found =
                    root.children().stream()
                            .map(info -> info.pid().id() + " " + info.status().word())
                            .toList();
            life.accept(root);
            return found;
        }
    }

    private static void nothing(AgentSupervisor root) {}

    @Test
    void aChildThatWasStoppedStaysDownUntilItIsStartedAgain() {
        live(TREE, root -> root.terminateChild("a"));
        assertThat(live(TREE, root -> root.restartChild("a")))
                .containsExactly("a stopped", "b running");
        assertThat(live(TREE, StopMeansStopTest::nothing))
                .containsExactly("a running", "b running");
    }

    @Test
    void aChildOfTheTreeFileThatWasStoppedAndRemovedStaysDown() {
        live(TREE, root -> root.stopAgent(new AgentPid("root/a")));
        assertThat(live(TREE, StopMeansStopTest::nothing))
                .containsExactly("a stopped", "b running");
    }

    @Test
    void soDoesOneThatWasAddedWhileTheTreeRan() {
        live(
                TREE,
                root -> {
                    root.spawnAgent(AgentSpec.of("c", "idle"));
                    root.terminateChild("c");
                });
        assertThat(live(TREE, StopMeansStopTest::nothing))
                .containsExactly("a running", "b running", "c stopped");
    }

    @Test
    void soDoesOneWhoseTypeWasMissingForAWhile() {
        AgentFactory<NoConfig> more = AgentFactory.of("more", () -> (MessageAgent) (_, _) -> {});
        try (SupervisorRuntime runtime = runtime(false)) {
            runtime.types().register(more, "a plugin");
            AgentSupervisor root = runtime.start(TREE);
            root.spawnAgent(AgentSpec.of("c", "more"));
        }
        live(TREE, StopMeansStopTest::nothing); // which it must not keep from starting
        try (SupervisorRuntime runtime = runtime(false)) {
            runtime.types().register(more, "a plugin");
            runtime.start(TREE).terminateChild("c");
        }
        assertThat(live(TREE, StopMeansStopTest::nothing))
                .containsExactly("a running", "b running");
        try (SupervisorRuntime runtime = runtime(false)) {
            runtime.types().register(more, "a plugin");
            assertThat(runtime.start(TREE).children())
                    .extracting(info -> info.pid().id() + " " + info.status().word())
                    .containsExactly("a running", "b running", "c stopped");
        }
    }

    @Test
    void aChildWithAnotherSpecStarts() {
        live(TREE, root -> root.terminateChild("a"));
        AgentSpec changed =
                AgentSpec.builder("a", "idle")
                        .shutdown(Shutdown.within(Duration.ofSeconds(1)))
                        .build();
        SupervisorConfig tree = SupervisorConfig.builder("root").children(changed).build();
        assertThat(live(tree, StopMeansStopTest::nothing)).containsExactly("a running");
        assertThat(live(TREE, StopMeansStopTest::nothing))
                .as("the mark is gone")
                .containsExactly("a running", "b running");
    }

    @Test
    void aSupervisorThatIsRestartedStartsAllOfItsChildren() {
        SupervisorId innerId = new SupervisorId("root/inner");
        SupervisorConfig inner = SupervisorConfig.builder("inner").children(A).build();
        SupervisorConfig tree = SupervisorConfig.builder("root").children(inner).build();
        try (SupervisorRuntime runtime = runtime(false)) {
            AgentSupervisor root = runtime.start(tree);
            runtime.supervisor(innerId).orElseThrow().terminateChild("a");
            root.handleAgentExit(new AgentPid("root/inner"), ExitReason.error("x"));
        }
        try (SupervisorRuntime runtime = runtime(false)) {
            runtime.start(tree);
            assertThat(runtime.supervisor(innerId).orElseThrow().children())
                    .extracting(info -> info.status().word())
                    .containsExactly("running");
        }
    }

    @Test
    void aFreshStartIgnoresWhatIsStoredAndKeepsIt() {
        live(
                TREE,
                root -> {
                    root.terminateChild("a");
                    root.spawnAgent(AgentSpec.of("added", "idle"));
                });
        assertThat(live(TREE, true, StopMeansStopTest::nothing))
                .containsExactly("a running", "b running");
        try (SqliteStore store = SqliteStore.open(folder, "test")) {
            assertThat(store.recover().children()).hasSize(1);
            assertThat(store.recover().stopped()).hasSize(1);
            assertThat(store.history(HistoryQuery.newest(100)).toCompletableFuture().join())
                    .filteredOn(fact -> fact.kind() == EventKind.FRESH_START)
                    .singleElement()
                    .extracting(SupervisionEvent::reason)
                    .asString()
                    .endsWith("root/added (added), root/a (stopped)");
        }
        assertThat(live(TREE, StopMeansStopTest::nothing))
                .containsExactly("a stopped", "b running", "added running");
    }

    private static void fail(AgentSupervisor root, int times) {
        for (int i = 0; i < times; i++) {
            root.handleAgentExit(new AgentPid("root/a"), ExitReason.error("seen from outside"));
        }
    }

    @Test
    void aChildThatIsParkedStaysSoUntilItIsRestartedAndABudgetIsNotRefilled() {
        SupervisorConfig tree = SupervisorConfig.builder("root").children(FLAPPING).build();
        live(tree, root -> fail(root, 1));
        assertThat(live(tree, root -> fail(root, 1))).containsExactly("a running");
        assertThat(live(tree, StopMeansStopTest::nothing)).containsExactly("a parked");
        assertThat(live(tree, root -> root.restartAgent(new AgentPid("root/a"))))
                .containsExactly("a parked");
        assertThat(live(tree, root -> fail(root, 1))).containsExactly("a running");
        assertThat(live(tree, StopMeansStopTest::nothing)).containsExactly("a running");
    }

    @Test
    void soDoesOneThatWasAddedWhileTheTreeRanWhoseTypeWasMissingForAWhile() {
        AgentFactory<NoConfig> more = AgentFactory.of("more", () -> (MessageAgent) (_, _) -> {});
        AgentSpec spec =
                AgentSpec.builder("c", "more")
                        .budget(RestartBudget.of(0, Duration.ofHours(1), Exhaustion.park()))
                        .build();
        try (SupervisorRuntime runtime = runtime(false)) {
            runtime.types().register(more, "a plugin");
            AgentSupervisor root = runtime.start(TREE);
            root.handleAgentExit(root.spawnAgent(spec), ExitReason.error("x"));
        }
        live(TREE, StopMeansStopTest::nothing); // which it must not keep from starting
        try (SupervisorRuntime runtime = runtime(false)) {
            runtime.types().register(more, "a plugin");
            assertThat(runtime.start(TREE).children())
                    .extracting(info -> info.pid().id() + " " + info.status().word())
                    .containsExactly("a running", "b running", "c parked");
        }
    }

    @Test
    void aFreshStartIgnoresWhoIsParkedAndKeepsIt() {
        SupervisorConfig tree = SupervisorConfig.builder("root").children(FLAPPING).build();
        live(tree, root -> fail(root, 2));
        assertThat(live(tree, true, StopMeansStopTest::nothing)).containsExactly("a running");
        try (SqliteStore store = SqliteStore.open(folder, "test")) {
            assertThat(store.history(HistoryQuery.newest(100)).toCompletableFuture().join())
                    .filteredOn(fact -> fact.kind() == EventKind.FRESH_START)
                    .extracting(SupervisionEvent::reason)
                    .containsExactly(
                            "1 stored changes of the tree are ignored and kept: root/a (parked)");
        }
        assertThat(live(tree, StopMeansStopTest::nothing)).containsExactly("a parked");
    }
}
