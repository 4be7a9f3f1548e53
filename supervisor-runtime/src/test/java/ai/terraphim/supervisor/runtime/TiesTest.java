package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentDown;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.NameTakenException;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, monitors and links, on real threads. */
@Timeout(60)
class TiesTest {
    private static final SupervisorId ROOT = new SupervisorId("root");
    private static final AgentPid A = ROOT.child("a");
    private static final AgentPid B = ROOT.child("b");

    /** A message that an agent carries out. */
    @FunctionalInterface
    interface Order {
        void carryOut(AgentContext context) throws Exception;
    }

    private final Scripted scripted = new Scripted();
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    private SupervisorRuntime runtime;
    private AgentSupervisor root;

    /** Carries out orders, and writes down everything else it is told. */
    private final AgentFactory<?> obedient =
            AgentFactory.of(
                    "obedient",
                    () ->
                            (MessageAgent)
                                    (message, context) -> {
                                        if (message instanceof Order order) {
                                            order.carryOut(context);
                                        } else {
                                            heard.add(message);
                                        }
                                    });

    private void start(AgentSpec... children) {
        runtime = SupervisorRuntime.builder("test").factory(scripted).factory(obedient).build();
        root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .intensity(new RestartIntensity(100, Duration.ofMinutes(1)))
                                .children(children)
                                .build());
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static AgentSpec obedient(String id) {
        return AgentSpec.of(id, "obedient");
    }

    /** Has a message agent do something and waits until it has. */
    private void order(AgentPid pid, Order order) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        root.tell(
                pid,
                (Order)
                        context -> {
                            try {
                                order.carryOut(context);
                                done.complete(null);
                            } catch (Throwable t) {
                                done.completeExceptionally(t);
                                throw t;
                            }
                        });
        done.join();
    }

    private void crash(AgentPid pid) {
        root.tell(
                pid,
                (Order)
                        _ -> {
                            throw new IllegalStateException("told to crash");
                        });
    }

    private SupervisedAgentInfo info(AgentPid pid) {
        return root.child(pid).orElseThrow();
    }

    private void awaitRun(AgentPid pid, long run) {
        await().until(() -> info(pid).run() == run && info(pid).status().word().equals("running"));
    }

    private static <T> T result(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    // ---- names

    @Test
    void aNameStaysWithItsAgentOverRestartsAndIsFreeWhenTheAgentIsRemoved() {
        start(obedient("a"), obedient("b"));
        order(A, context -> context.register("writer"));
        crash(A);
        awaitRun(A, 2);
        assertThat(root.whereIs("writer")).contains(A);
        order(B, context -> assertThat(context.whereIs("writer")).contains(A));
        assertThat(runtime.names()).containsExactly(Map.entry("writer", A));

        root.terminateChild("a");
        assertThat(root.whereIs("writer")).as("down is not removed").contains(A);
        root.deleteChild("a");
        assertThat(root.whereIs("writer")).isEmpty();
        root.register("writer", B);
        assertThat(root.whereIs("writer")).contains(B);
    }

    @Test
    void aTakenNameIsRefusedWithWhoHasIt() {
        start(obedient("a"), obedient("b"));
        root.register("writer", A);
        root.register("writer", A); // again is fine
        assertThatThrownBy(() -> root.register("writer", B))
                .isInstanceOfSatisfying(
                        NameTakenException.class,
                        e -> {
                            assertThat(e.holder()).isEqualTo(A);
                            assertThat(e.category()).isEqualTo(ErrorCategory.POLICY);
                            assertThat(e)
                                    .hasMessageContainingAll("root/b", "writer", "root/a has it");
                        });
        assertThat(root.whereIs("writer")).contains(A);
    }

    @Test
    void anAgentGivesUpItsOwnNamesOnlyAndAClientAnyName() {
        start(obedient("a"), obedient("b"));
        root.register("writer", A);
        order(B, context -> context.unregister("writer"));
        assertThat(root.whereIs("writer")).contains(A);
        order(A, context -> context.unregister("writer"));
        assertThat(root.whereIs("writer")).isEmpty();
        root.register("writer", B);
        root.unregister("writer");
        assertThat(root.whereIs("writer")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "a\nb"})
    void whatIsNoNameIsRefused(String name) {
        start(obedient("a"));
        assertThatThrownBy(() -> root.register(name, A))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a name has 1 to 200 characters");
    }

    @Test
    void nobodyWhoIsNotInTheTreeGetsAName() {
        start();
        assertThatThrownBy(() -> root.register("writer", A))
                .isInstanceOf(ChildNotFoundException.class)
                .hasMessageContainingAll("root/a", "spawn it first");
        assertThat(root.whereIs("writer")).isEmpty();
    }

    // ---- monitors

    @Test
    void aClientIsToldOnceOfTheEndOfTheRunWithRunAndReason() {
        start(obedient("a"));
        Monitor monitor = root.monitor(A);
        assertThat(monitor.pid()).isEqualTo(A);
        crash(A);
        AgentDown down = result(monitor.down());
        assertThat(down.pid()).isEqualTo(A);
        assertThat(down.run()).isEqualTo(1);
        assertThat(down.reason()).hasToString("error: IllegalStateException: told to crash");
        awaitRun(A, 2);
        crash(A);
        awaitRun(A, 3);
        assertThat(result(monitor.down())).isSameAs(down);
    }

    @Test
    void aMessageAgentIsToldByAMessageEvenIfItsMailboxIsFull() throws Exception {
        start(obedient("a"), obedient("b"));
        CompletableFuture<Void> go = new CompletableFuture<>();
        order(A, context -> context.monitor(B));
        root.tell(A, (Order) context -> context.await(go, Duration.ofMinutes(1)));
        IntStream.range(0, 9_999).forEach(i -> root.tell(A, i));
        root.terminateChild("b");
        go.complete(null);
        await().until(() -> heard.size() == 10_000);
        assertThat(heard.stream().skip(9_999))
                .containsExactly(new AgentDown(B, 1, ExitReason.shutdown()));
    }

    @Test
    void aLoopAgentAwaitsTheEndOfAnother() {
        start(Scripted.agent("a"), obedient("b"));
        CompletableFuture<AgentDown> seen = new CompletableFuture<>();
        CompletableFuture<Void> watching = new CompletableFuture<>();
        scripted.command(
                "a",
                context -> {
                    Monitor monitor = context.monitor(B);
                    watching.complete(null);
                    seen.complete(context.await(monitor.down(), Duration.ofMinutes(1)));
                });
        watching.join();
        root.stopAgent(B);
        assertThat(seen.join()).isEqualTo(new AgentDown(B, 1, ExitReason.shutdown()));
    }

    @Test
    void whoWatchesAnAgentThatIsDownOrUnknownIsToldAtOnce() throws Exception {
        start(obedient("a"), obedient("b"));
        root.terminateChild("b");
        assertThat(result(root.monitor(B).down())).isEqualTo(AgentDown.notRunning(B));
        AgentPid nobody = ROOT.child("nobody");
        order(A, context -> context.monitor(nobody));
        assertThat(heard.take()).isEqualTo(AgentDown.notRunning(nobody));
    }

    @Test
    void aStartThatFailsIsTheEndOfARun() {
        start(Scripted.agent("a"));
        CompletableFuture<AgentDown> seen = new CompletableFuture<>();
        scripted.failingStarts.put("late", 1);
        AgentFactory<?> late =
                AgentFactory.of(
                        "late",
                        () ->
                                new LoopAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) {
                                        root.monitor(args.context().pid())
                                                .down()
                                                .thenAccept(seen::complete);
                                        throw new IllegalStateException("not today");
                                    }

                                    @Override
                                    public void run(AgentContext context) {}
                                });
        runtime.types().register(late, "the test");
        assertThatThrownBy(() -> root.spawnAgent(AgentSpec.of("late", "late")))
                .hasMessageContaining("not today");
        assertThat(seen.join().run()).isEqualTo(1);
        assertThat(seen.join().reason()).hasToString("error: IllegalStateException: not today");
    }

    @Test
    void aMonitorThatIsCancelledTellsNothing() {
        start(obedient("a"), obedient("b"));
        Monitor monitor = root.monitor(A);
        monitor.cancel();
        assertThatThrownBy(() -> result(monitor.down()))
                .hasCauseInstanceOf(CancellationException.class);

        CompletableFuture<Monitor> watch = new CompletableFuture<>();
        order(B, context -> watch.complete(context.monitor(A)));
        watch.join().cancel();
        root.restartAgent(A);
        order(B, _ -> {}); // whatever was told before has been heard
        assertThat(heard).isEmpty();
    }

    @Test
    void monitorsOfAnAgentEndWithItsRun() {
        start(obedient("a"), obedient("b"));
        CompletableFuture<Monitor> watch = new CompletableFuture<>();
        order(B, context -> watch.complete(context.monitor(A)));
        crash(B);
        assertThatThrownBy(() -> result(watch.join().down()))
                .hasCauseInstanceOf(CancellationException.class);
        root.restartAgent(A);
        order(B, _ -> {});
        assertThat(heard).isEmpty();
    }

    @Test
    void everyMonitorIsToldOnceWhileTheAgentComesAndGoes() {
        start(obedient("a"), obedient("b"));
        List<CompletionStage<AgentDown>> ofClient = new ArrayList<>();
        int rounds = 90; // below the intensity
        for (int round = 0; round < rounds; round++) {
            crash(B);
            for (int i = 0; i < 20; i++) {
                root.tell(A, (Order) context -> context.monitor(B));
                ofClient.add(root.monitor(B).down());
            }
        }
        root.terminateChild("b");
        order(A, _ -> {});
        assertThat(ofClient).allSatisfy(down -> assertThat(result(down).pid()).isEqualTo(B));
        await().until(() -> heard.size() >= rounds * 20);
        order(A, _ -> {});
        assertThat(heard).hasSize(rounds * 20);
    }

    @Test
    void theSupervisorKnowsOfTheEndBeforeTheWatcherDoes() {
        start();
        for (int i = 0; i < 300; i++) {
            AgentPid pid =
                    root.spawnAgent(
                            AgentSpec.builder("t" + i, "obedient")
                                    .restart(RestartType.TEMPORARY)
                                    .build());
            CompletableFuture<Boolean> known = new CompletableFuture<>();
            // A request is behind the exit in the supervisor's queue if the exit was there first.
            root.monitor(pid)
                    .down()
                    .thenRun(() -> {
                        try {
                            root.terminateChild(pid.id());
                            known.complete(false);
                        } catch (ChildNotFoundException e) {
                            known.complete(true);
                        }
                    });
            crash(pid);
            assertThat(known.join()).as("round %d", i).isTrue();
        }
    }

    @Test
    void aSupervisorIsWatchedAsAnAgentIs() {
        start();
        AgentPid nest = root.startChild(SupervisorConfig.of("nest"));
        Monitor monitor = root.monitor(nest);
        root.restartAgent(nest);
        assertThat(result(monitor.down())).isEqualTo(new AgentDown(nest, 1, ExitReason.shutdown()));
        monitor = root.monitor(nest);
        runtime.supervisor(new SupervisorId(nest.path())).orElseThrow().stop();
        assertThat(result(monitor.down()).run()).isEqualTo(2);
        assertThat(result(root.monitor(nest).down())).isEqualTo(AgentDown.notRunning(nest));
    }

    @Test
    void aReportedExitIsToldWithItsReasonAndAStaleOneIsIgnored() {
        start(obedient("a"));
        Monitor monitor = root.monitor(A);
        root.handleAgentExit(A, 1, ExitReason.error("seen from outside"));
        assertThat(result(monitor.down()).reason()).hasToString("error: seen from outside");
        assertThat(info(A).run()).isEqualTo(2);
        root.handleAgentExit(A, 1, ExitReason.error("stale"));
        assertThat(info(A).run()).isEqualTo(2);
        assertThat(info(A).restartCount()).isEqualTo(1);
    }

    // ---- links

    @Test
    void anAbnormalEndTakesTheLinkedOneWithItForTheSameReason() {
        start(obedient("a"), obedient("b"));
        order(A, context -> context.link(B));
        Monitor monitor = root.monitor(A);
        crash(B);
        assertThat(result(monitor.down()).reason())
                .hasToString("error: IllegalStateException: told to crash");
        awaitRun(A, 2);
        awaitRun(B, 2);
        assertThat(info(A).restartCount()).isEqualTo(1);
        crash(A); // new runs are not linked
        awaitRun(A, 3);
        assertThat(info(B).run()).isEqualTo(2);
    }

    @Test
    void aLinkReachesThroughAChainAndALoopAgentInItsWait() {
        start(obedient("a"), obedient("b"), Scripted.agent("c"));
        AgentPid c = ROOT.child("c");
        order(A, context -> context.link(B));
        order(B, context -> context.link(c));
        Monitor monitor = root.monitor(c);
        crash(A);
        assertThat(result(monitor.down()).reason().isOrderly()).isFalse();
        awaitRun(c, 2);
        awaitRun(B, 2);
    }

    @Test
    void anOrderlyEndConcernsNobodyElse() {
        start(
                obedient("a"),
                AgentSpec.builder("b", "obedient").restart(RestartType.TRANSIENT).build());
        order(A, context -> context.link(B));
        Monitor monitor = root.monitor(B);
        root.tell(
                B,
                (Order)
                        _ -> {
                            throw new AgentExitException(ExitReason.shutdown("done"));
                        });
        result(monitor.down());
        order(A, _ -> {});
        assertThat(info(A).run()).isEqualTo(1);
        root.restartChild("b");
        order(A, context -> context.link(B));
        root.terminateChild("b");
        order(A, _ -> {});
        assertThat(info(A).run()).isEqualTo(1);
    }

    @Test
    void aKilledAgentTakesTheLinkedOnesWithIt() {
        start(
                obedient("a"),
                AgentSpec.builder("b", "obedient").shutdown(Shutdown.brutalKill()).build());
        order(A, context -> context.link(B));
        Monitor monitor = root.monitor(A);
        root.terminateChild("b");
        assertThat(result(monitor.down()).reason()).isEqualTo(ExitReason.kill());
        awaitRun(A, 2);
    }

    @Test
    void unlinkUnties() {
        start(obedient("a"), obedient("b"));
        order(
                A,
                context -> {
                    context.link(B);
                    context.link(B);
                });
        order(B, context -> context.unlink(A));
        crash(B);
        awaitRun(B, 2);
        order(A, _ -> {});
        assertThat(info(A).run()).isEqualTo(1);
    }

    @Test
    void onlyWhatRunsCanBeLinked() {
        start(obedient("a"), obedient("b"));
        root.terminateChild("b");
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        order(
                A,
                context -> {
                    context.link(A); // oneself: nothing
                    refused.complete(catchThrowable(() -> context.link(B)));
                });
        assertThat(refused.join())
                .isInstanceOf(ChildNotFoundException.class)
                .hasMessageContainingAll("root/a", "root/b", "no agent that runs");
    }

    @Test
    void aFencedRunTiesNothingAnyMore() {
        start(obedient("a"), obedient("b"));
        CompletableFuture<AgentContext> old = new CompletableFuture<>();
        order(A, old::complete);
        root.restartAgent(A);
        List<Order> refused =
                List.of(
                        context -> context.link(B),
                        context -> context.monitor(B),
                        context -> context.register("writer"),
                        AgentContext::requestRestart);
        assertThat(refused)
                .allSatisfy(order ->
                        assertThatThrownBy(() -> order.carryOut(old.join()))
                                .isInstanceOf(FencedException.class)
                                .hasMessageContaining("run 1 of root/a has ended"));
        assertThat(root.whereIs("writer")).isEmpty();
    }
}
