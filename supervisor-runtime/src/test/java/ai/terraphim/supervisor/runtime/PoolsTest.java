package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ChildStateException.Conflict;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pools, significant children, ordered queries and changes of specs, on real threads. */
@Timeout(60)
class PoolsTest {
    private static final SupervisorId POOL = new SupervisorId("root/pool");

    record Greeting(String word, int times) {}

    private static final AgentFactory<Greeting> GREETER =
            AgentFactory.of(
                    "greeter",
                    Greeting.class,
                    greeting ->
                            (MessageAgent)
                                    (message, context) ->
                                            context.reply(
                                                    greeting.word() + " " + greeting.times()));

    private final Scripted scripted = new Scripted();
    private final SupervisorRuntime runtime =
            SupervisorRuntime.builder("test").factory(scripted).factory(GREETER).build();

    @AfterEach
    void close() {
        runtime.close();
    }

    private AgentSupervisor pool(SupervisorConfig.Builder pool) {
        runtime.start(
                SupervisorConfig.builder("root")
                        .children(pool.strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE).build())
                        .build());
        return supervisor(POOL);
    }

    private AgentSupervisor supervisor(SupervisorId id) {
        return runtime.supervisor(id).orElseThrow();
    }

    private static SupervisorConfig.Builder of(ChildSpec template) {
        return SupervisorConfig.builder("pool").children(template);
    }

    private static AgentSpec scripted(RestartType restart) {
        return AgentSpec.builder("worker", "scripted").restart(restart).build();
    }

    private void finish(String id) {
        scripted.command(
                id,
                _ -> {
                    throw new AgentExitException(ExitReason.normal());
                });
    }

    private static List<String> ids(AgentSupervisor pool) {
        return pool.whichChildren().stream().map(info -> info.pid().id()).toList();
    }

    @Test
    void anInstanceHasItsOwnConfigurationLaidOverTheTemplates() {
        AgentSupervisor pool =
                pool(
                        of(
                                AgentSpec.builder("worker", "greeter")
                                        .config(Map.of("word", "hello", "times", 1))
                                        .build()));
        assertThat(pool.children()).as("the template is not started").isEmpty();

        AgentPid first = pool.startInstance(Map.of());
        AgentPid second = pool.startInstance(Map.of("times", 2));

        assertThat(first).hasToString("root/pool/1");
        assertThat(second).hasToString("root/pool/2");
        assertThat(pool.ask(first, "?")).isEqualTo("hello 1");
        assertThat(pool.ask(second, "?")).isEqualTo("hello 2");
    }

    @Test
    void aWrongConfigurationIsRefusedAndStartsNothing() {
        AgentSupervisor pool =
                pool(
                        of(
                                AgentSpec.builder("worker", "greeter")
                                        .config(Map.of("word", "hello", "times", 1))
                                        .build()));

        assertThatThrownBy(() -> pool.startInstance(Map.of("tmes", 2)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("did you mean 'times'?");
        assertThat(pool.countChildren()).isEqualTo(new ChildCounts(1, 0, 0, 0));
    }

    @Test
    void anInstanceIsRestartedAloneAndDisappearsWhenItIsDone() {
        AgentSupervisor pool = pool(of(scripted(RestartType.TRANSIENT)));
        AgentPid first = pool.startInstance(Map.of());
        pool.startInstance(Map.of());

        pool.handleAgentExit(first, ExitReason.error("seen from outside"));
        assertThat(pool.whichChildren())
                .extracting(SupervisedAgentInfo::run)
                .containsExactly(2L, 1L);

        finish("1");
        await().until(() -> ids(pool).equals(List.of("2")));
        assertThat(pool.countChildren()).isEqualTo(new ChildCounts(1, 1, 0, 1));
    }

    @Test
    void anInstanceIsStoppedByItsPidAlsoWhenItIsGone() {
        AgentSupervisor pool = pool(of(scripted(RestartType.PERMANENT)));
        AgentPid instance = pool.startInstance(Map.of());

        pool.stopAgent(instance);
        pool.stopAgent(instance);

        assertThat(ids(pool)).isEmpty();
        assertThatThrownBy(() -> pool.stopAgent(POOL.child("2")))
                .isInstanceOf(ChildNotFoundException.class);
        assertThatThrownBy(() -> pool.stopAgent(POOL.child("worker")))
                .isInstanceOf(ChildNotFoundException.class);
    }

    @Test
    void numbersAreNotGivenAgainAfterTheRestartOfThePool() {
        AgentSupervisor pool = pool(of(scripted(RestartType.PERMANENT)));
        pool.startInstance(Map.of());
        pool.startInstance(Map.of());

        runtime.root().orElseThrow().restartAgent(new AgentPid("root/pool"));

        assertThat(pool.children()).as("R40: what was added since is lost").isEmpty();
        assertThat(pool.startInstance(Map.of())).hasToString("root/pool/3");
    }

    @Test
    void aPoolRefusesWhatConcernsAChildById() {
        AgentSupervisor pool = pool(of(scripted(RestartType.PERMANENT)));
        AgentPid instance = pool.startInstance(Map.of());

        for (ThrowingCallable operation :
                List.<ThrowingCallable>of(
                        () -> pool.terminateChild("1"),
                        () -> pool.restartChild("1"),
                        () -> pool.deleteChild("1"),
                        () -> pool.startChild(Scripted.agent("x")))) {
            assertThatThrownBy(operation)
                    .isInstanceOfSatisfying(
                            ChildStateException.class,
                            error -> {
                                assertThat(error.conflict()).isEqualTo(Conflict.SIMPLE_ONE_FOR_ONE);
                                assertThat(error.category()).isEqualTo(ErrorCategory.POLICY);
                                assertThat(error.isRecoverable()).isFalse();
                            })
                    .hasMessageContaining("root/pool is a pool")
                    .hasMessageContaining("instead");
        }
        assertThat(pool.child(instance).orElseThrow().run()).isEqualTo(1);
    }

    @Test
    void instancesAreForPoolsOnly() {
        pool(of(scripted(RestartType.PERMANENT)));

        assertThatThrownBy(() -> runtime.root().orElseThrow().startInstance(Map.of()))
                .isInstanceOfSatisfying(
                        ChildStateException.class,
                        error -> assertThat(error.conflict()).isEqualTo(Conflict.NO_POOL))
                .hasMessage(
                        "root is no pool and has no template; spawn a child with a spec of its own instead");
    }

    @Test
    void aPoolHasAsManyInstancesAsItMay() {
        AgentSupervisor pool = pool(of(scripted(RestartType.PERMANENT)).maxChildren(1));
        pool.startInstance(Map.of());

        assertThatThrownBy(() -> pool.startInstance(Map.of()))
                .isInstanceOf(LimitExceededException.class);
        pool.stopAgent(POOL.child("1"));
        assertThat(pool.startInstance(Map.of()))
                .as("a number that was refused is not used up")
                .hasToString("root/pool/2");
    }

    @Test
    void anInstanceMayBeASubtree() {
        AgentSupervisor pool =
                pool(of(SupervisorConfig.builder("cell").children(Scripted.agent("x")).build()));

        AgentPid instance = pool.startInstance(Map.of());

        assertThat(supervisor(new SupervisorId("root/pool/1")).children()).hasSize(1);
        assertThat(pool.countChildren()).isEqualTo(new ChildCounts(1, 1, 1, 0));
        pool.stopAgent(instance);
        assertThat(scripted.trace).contains("stop x#1");
        assertThatThrownBy(() -> pool.startInstance(Map.of("a", 1)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("spawn it without");
    }

    @Test
    void theEndOfASignificantChildEndsItsSupervisorInOrder() {
        runtime.start(
                SupervisorConfig.builder("root")
                        .autoShutdown(AutoShutdown.ALL_SIGNIFICANT)
                        .children(significant("a"), Scripted.agent("b"), significant("c"))
                        .build());

        finish("c");
        await().until(() -> scripted.trace.contains("terminate c#1 Normal"));
        assertThat(runtime.root().orElseThrow().countChildren())
                .isEqualTo(new ChildCounts(3, 2, 0, 3));
        finish("a");

        assertThat(runtime.termination().join().reason()).isEqualTo(ExitReason.shutdown());
        assertThat(scripted.trace).contains("stop b#1").doesNotContain("start a#2", "start c#2");
    }

    private static AgentSpec significant(String id) {
        return AgentSpec.builder(id, "scripted")
                .restart(RestartType.TRANSIENT)
                .significant(true)
                .build();
    }

    @Test
    void aSignificantChildNeedsASupervisorThatEndsItself() {
        AgentSupervisor root =
                runtime.start(SupervisorConfig.builder("root").children(List.of()).build());

        assertThatThrownBy(() -> root.startChild(significant("a")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("root/a.significant")
                .hasMessageContaining("auto_shutdown");
        assertThat(root.whichChildren()).isEmpty();
    }

    @Test
    void otherSpecsTouchNothingThatRuns() {
        AgentSupervisor root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(Scripted.agent("a"), Scripted.agent("b"))
                                .build());

        root.changeSpecs(
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.ONE_FOR_ALL)
                        .children(
                                Scripted.agent("c"),
                                AgentSpec.builder("b", "greeter")
                                        .config(Map.of("word", "changed", "times", 1))
                                        .build())
                        .build());

        assertThat(root.whichChildren())
                .extracting(info -> info.pid().id() + " " + info.status().word())
                .containsExactly("c stopped", "b running", "a running");
        assertThat(root.status().policy().strategy()).isEqualTo(RestartStrategy.ONE_FOR_ALL);
        assertThat(scripted.trace).containsExactly("start a#1", "start b#1");

        root.handleAgentExit(new AgentPid("root/a"), ExitReason.error("x"));
        assertThat(scripted.trace).endsWith("terminate b#1 Shutdown", "start c#1", "start a#2");
        assertThat(root.ask(new AgentPid("root/b"), "?")).isEqualTo("changed 1");
    }

    @Test
    void specsThatDoNotFitAreRefused() {
        AgentSupervisor pool = pool(of(scripted(RestartType.PERMANENT)));

        assertThatThrownBy(() -> pool.changeSpecs(SupervisorConfig.of("pool")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("neither become a pool nor cease to be one");
        assertThatThrownBy(() -> pool.changeSpecs(SupervisorConfig.of("other")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("keep its id");
    }
}
