package ai.terraphim.supervisor.runtime;

import static ai.terraphim.supervisor.runtime.Scripted.agent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine on real threads. */
@Timeout(60)
class SupervisorRuntimeTest {
    private final Scripted scripted = new Scripted();
    private final List<SupervisionEvent> events = new CopyOnWriteArrayList<>();
    private SupervisorRuntime runtime;

    private AgentSupervisor start(SupervisorConfig config, AgentFactory<?>... more) {
        SupervisorRuntime.Builder builder =
                SupervisorRuntime.builder("test").factory(scripted).listener(events::add);
        for (AgentFactory<?> factory : more) {
            builder.factory(factory);
        }
        runtime = builder.build();
        return runtime.start(config);
    }

    @AfterEach
    void close() {
        if (runtime != null) {
            runtime.close();
        }
    }

    private static SupervisorConfig.Builder root(RestartStrategy strategy, String... ids) {
        return SupervisorConfig.builder("root")
                .strategy(strategy)
                .children(List.of(ids).stream().map(Scripted::agent).toList());
    }

    private void awaitTrace(String line) {
        await().until(() -> scripted.trace.contains(line));
    }

    private static AgentPid pid(String id) {
        return new SupervisorId("root").child(id);
    }

    private static void awaitRun(AgentSupervisor supervisor, AgentPid pid, long run) {
        await().until(() ->
                supervisor
                        .child(pid)
                        .filter(info -> info.run() == run && info.status().word().equals("running"))
                        .isPresent());
    }

    @Test
    void restForOneRestartsTheFailedChildAndThoseStartedAfterIt() {
        AgentSupervisor root =
                start(root(RestartStrategy.REST_FOR_ONE, "fetch", "parse", "store").build());
        scripted.crash("parse");
        awaitRun(root, pid("store"), 2);
        assertThat(scripted.trace)
                .containsExactly(
                        "start fetch#1",
                        "start parse#1",
                        "start store#1",
                        "terminate parse#1 Error",
                        "stop store#1",
                        "terminate store#1 Shutdown",
                        "start parse#2",
                        "start store#2");
    }

    @Test
    void oneForAllStopsInReverseAndStartsInOrder() {
        AgentSupervisor root =
                start(root(RestartStrategy.ONE_FOR_ALL, "zeta", "alpha", "mid").build());
        scripted.crash("alpha");
        awaitRun(root, pid("mid"), 2);
        assertThat(scripted.trace)
                .containsSubsequence(
                        "stop mid#1",
                        "stop zeta#1",
                        "start zeta#2",
                        "start alpha#2",
                        "start mid#2");
    }

    @Test
    void aBodyThatReturnsIsRestartedIfPermanentAndLeftDownIfTransient() {
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(
                                        agent("always"),
                                        AgentSpec.builder("sometimes", "scripted")
                                                .restart(RestartType.TRANSIENT)
                                                .build(),
                                        AgentSpec.builder("once", "scripted")
                                                .restart(RestartType.TEMPORARY)
                                                .build())
                                .build());
        for (String id : List.of("always", "sometimes", "once")) {
            scripted.command(
                    id,
                    _ -> {
                        throw new AgentExitException(ExitReason.normal());
                    });
        }
        awaitRun(root, pid("always"), 2);
        await().until(() -> root.child(pid("once")).isEmpty());
        await().until(() ->
                root.child(pid("sometimes")).orElseThrow().status().word().equals("stopped"));
        assertThat(root.child(pid("sometimes")).orElseThrow().lastExit())
                .contains(ExitReason.normal());
    }

    @Test
    void theRootGivesUpStopsInOrderAndTellsTheChainOfCauses() {
        SupervisorConfig inner =
                SupervisorConfig.builder("inner")
                        .intensity(new RestartIntensity(1, Duration.ofSeconds(60)))
                        .children(agent("bad"))
                        .build();
        start(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1, Duration.ofSeconds(60)))
                        .children(agent("good"), inner)
                        .build());
        for (int i = 0; i < 4; i++) {
            scripted.crash("bad");
        }
        var termination = runtime.termination().join();
        assertThat(termination.gaveUp()).isTrue();
        assertThat(termination.causes())
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("root gave up: more than 1 restart"),
                        second -> assertThat(second).startsWith("root/inner run 2: shutdown"),
                        third -> assertThat(third).startsWith("root/inner gave up"),
                        fourth ->
                                assertThat(fourth)
                                        .isEqualTo(
                                                "root/inner/bad run 4: error: IllegalStateException: told to crash"));
        assertThat(scripted.trace).contains("stop good#1");
        runtime.close();
        assertThat(events)
                .extracting(SupervisionEvent::kind)
                .containsSubsequence(
                        EventKind.SUPERVISOR_ESCALATED, EventKind.SUPERVISOR_ESCALATED);
    }

    @Test
    void aFailedBootUndoesWhatWasStarted() {
        scripted.failingStarts.put("third", 1);
        assertThatThrownBy(() ->
                        start(
                                root(
                                                RestartStrategy.ONE_FOR_ONE,
                                                "first",
                                                "second",
                                                "third",
                                                "fourth")
                                        .build()))
                .isInstanceOfSatisfying(
                        SupervisionException.class,
                        error -> assertThat(error.category()).isEqualTo(ErrorCategory.STARTUP))
                .hasMessageContaining("root/third")
                .hasMessageContaining("start of third fails");
        assertThat(scripted.trace)
                .containsSubsequence(
                        "start first#1",
                        "start second#1",
                        "fail third#1",
                        "stop second#1",
                        "stop first#1")
                .doesNotContain("start fourth#1");
    }

    @Test
    void aRestartThatFailsIsTriedAgainAndCounted() {
        AgentSupervisor root = start(root(RestartStrategy.ONE_FOR_ONE, "flaky").build());
        scripted.failingStarts.put("flaky", 2);
        scripted.crash("flaky");
        awaitRun(root, pid("flaky"), 4);
        assertThat(scripted.trace)
                .containsSubsequence("fail flaky#2", "fail flaky#3", "start flaky#4");
        assertThat(root.status().restartsInPeriod()).isEqualTo(3);
    }

    @Test
    void operationsByIdFollowOtp() {
        AgentSupervisor root = start(root(RestartStrategy.ONE_FOR_ONE, "a").maxChildren(2).build());
        assertThatThrownBy(() -> root.startChild(agent("a")))
                .isInstanceOf(ChildStateException.class);
        assertThatThrownBy(() -> root.deleteChild("a")).isInstanceOf(ChildStateException.class);
        assertThatThrownBy(() -> root.terminateChild("nobody"))
                .isInstanceOf(ChildNotFoundException.class);
        root.terminateChild("a");
        root.terminateChild("a");
        assertThatThrownBy(() -> root.startChild(agent("a")))
                .isInstanceOfSatisfying(
                        ChildStateException.class,
                        e ->
                                assertThat(e.conflict())
                                        .isEqualTo(ChildStateException.Conflict.ALREADY_PRESENT));
        root.restartChild("a");
        AgentPid b = root.spawnAgent(agent("b"));
        assertThatThrownBy(() -> root.spawnAgent(agent("c")))
                .isInstanceOf(LimitExceededException.class);
        root.stopAgent(b);
        assertThat(root.children()).extracting(info -> info.pid().id()).containsExactly("a");
        root.restartAgent(pid("a"));
        assertThat(root.child(pid("a")).orElseThrow().run()).isEqualTo(3);
        assertThat(root.status().restartsInPeriod()).isZero();
        scripted.failingStarts.put("d", 1);
        assertThatThrownBy(() -> root.spawnAgent(agent("d")))
                .isInstanceOf(ChildStartException.class);
        assertThat(root.child(pid("d"))).isEmpty();
    }

    @Test
    void anAgentThatIgnoresItsStopIsKilledWhenItsTimeIsOverAndFenced() throws Exception {
        CompletableFuture<AgentContext> stuckContext = new CompletableFuture<>();
        CountDownLatch release = new CountDownLatch(1);
        AgentFactory<?> stubborn =
                AgentFactory.of(
                        "stubborn",
                        () ->
                                (LoopAgent)
                                        context -> {
                                            stuckContext.complete(context);
                                            awaitDeafly(release);
                                        });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(
                                        AgentSpec.builder("deaf", "stubborn")
                                                .shutdown(Shutdown.within(Duration.ofMillis(20)))
                                                .build())
                                .build(),
                        stubborn);
        AgentContext context = stuckContext.get();
        root.terminateChild("deaf");
        assertThat(root.child(pid("deaf")).orElseThrow().lastExit()).contains(ExitReason.kill());
        assertThat(runtime.abandonedThreads()).isEqualTo(1);
        assertThatThrownBy(() -> context.tell(pid("deaf"), "x"))
                .isInstanceOf(FencedException.class);
        assertThatThrownBy(() -> context.checkpoint(new Count(1)))
                .isInstanceOf(FencedException.class);
        root.restartChild("deaf");
        assertThat(root.child(pid("deaf")).orElseThrow().run()).isEqualTo(2);
        release.countDown();
        await().until(() -> runtime.abandonedThreads() == 0);
    }

    /** As bad code does: swallows interrupts. */
    private static void awaitDeafly(CountDownLatch latch) {
        boolean waiting = true;
        while (waiting) {
            try {
                latch.await();
                waiting = false;
            } catch (InterruptedException _) {
                waiting = true;
            }
        }
    }

    @Test
    void aBodyBlockedInForeignCodeIsInterruptedByAStop() {
        AgentFactory<?> blocked =
                AgentFactory.of(
                        "blocked", () -> (LoopAgent) _ -> new SynchronousQueue<String>().take());
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("b", "blocked"))
                                .build(),
                        blocked);
        root.terminateChild("b");
        assertThat(root.child(pid("b")).orElseThrow().lastExit()).contains(ExitReason.shutdown());
    }

    @Test
    void aStopReachesAnAgentThatHangsInItsInitAndASupervisorThatBoots() throws Exception {
        CountDownLatch inInit = new CountDownLatch(1);
        AgentFactory<?> slow =
                AgentFactory.of(
                        "slow",
                        () ->
                                new LoopAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) throws Exception {
                                        inInit.countDown();
                                        args.context().sleep(Duration.ofDays(1));
                                        return InitResult.ok();
                                    }

                                    @Override
                                    public void run(AgentContext context) {}
                                });
        CompletableFuture<Void> starting =
                CompletableFuture.runAsync(() ->
                        start(
                                SupervisorConfig.builder("root")
                                        .children(agent("first"), AgentSpec.of("hangs", "slow"))
                                        .build(),
                                slow));
        inInit.await();
        assertThat(runtime.root().orElseThrow().children())
                .extracting(info -> info.status().word())
                .containsExactly("running", "starting");
        runtime.root().orElseThrow().stop();
        assertThatThrownBy(starting::join).hasCauseInstanceOf(SupervisionException.class);
        assertThat(scripted.trace).contains("stop first#1");
    }

    @Test
    @Timeout(20)
    void siblingsComeUpWhileAnAsyncInitHangsDeafAndTheStopStillEndsInTime() {
        CountDownLatch release = new CountDownLatch(1);
        AgentFactory<?> hanging =
                AgentFactory.of(
                        "hanging",
                        () ->
                                new LoopAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) {
                                        awaitDeafly(release);
                                        return InitResult.ok();
                                    }

                                    @Override
                                    public void run(AgentContext context) {}
                                });
        AgentSpec hangs =
                AgentSpec.builder("hangs", "hanging")
                        .start(StartMode.ASYNC)
                        .shutdown(Shutdown.within(Duration.ofMillis(100)))
                        .build();

        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root").children(hangs, agent("next")).build(),
                        hanging);
        assertThat(root.whichChildren())
                .extracting(info -> info.status().word())
                .containsExactly("starting", "running");
        assertThat(root.countChildren()).isEqualTo(new ChildCounts(2, 1, 0, 2));

        root.stop();
        assertThat(scripted.trace).contains("stop next#1");
        assertThat(runtime.abandonedThreads()).isEqualTo(1);
        release.countDown();
        await().until(() -> runtime.abandonedThreads() == 0);
    }

    @Test
    void anInitThatSaysIgnoreLeavesTheChildDown() {
        AgentFactory<?> idle =
                AgentFactory.of(
                        "idle",
                        () ->
                                new LoopAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) {
                                        return InitResult.ignore();
                                    }

                                    @Override
                                    public void run(AgentContext context) {
                                        throw new AssertionError("must not run");
                                    }
                                });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("idle", "idle"), agent("next"))
                                .build(),
                        idle);
        assertThat(root.children())
                .extracting(info -> info.status().word())
                .containsExactly("stopped", "running");
    }

    @Test
    void aChildThatAsksItsOwnSupervisorWhileThatWaitsForItIsToldSoAtOnce() {
        AtomicReference<AgentSupervisor> supervisor = new AtomicReference<>();
        AgentFactory<?> asking =
                AgentFactory.of(
                        "asking",
                        () ->
                                new LoopAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) {
                                        supervisor.get().terminateChild("other");
                                        return InitResult.ok();
                                    }

                                    @Override
                                    public void run(AgentContext context) {}
                                });
        AgentSupervisor root = start(root(RestartStrategy.ONE_FOR_ONE, "other").build(), asking);
        supervisor.set(root);
        assertThatThrownBy(() -> root.spawnAgent(AgentSpec.of("asker", "asking")))
                .isInstanceOf(ChildStartException.class)
                .hasMessageContaining("wait for each other");
        assertThat(root.child(pid("other")).orElseThrow().status().word()).isEqualTo("running");
    }

    record Count(long value) {}

    @Test
    void aRestartedAgentGoesOnFromItsCheckpoint() {
        AgentFactory<?> counter =
                AgentFactory.of(
                        "counter",
                        () ->
                                (LoopAgent)
                                        context -> {
                                            long value =
                                                    context.restored(Count.class)
                                                                    .map(Count::value)
                                                                    .orElse(0L)
                                                            + 1;
                                            context.checkpoint(new Count(value));
                                            if (value < 4) {
                                                throw new IllegalStateException("at " + value);
                                            }
                                            context.awaitStop(Duration.ofDays(1));
                                        });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("c", "counter"))
                                .build(),
                        counter);
        awaitRun(root, pid("c"), 4);
    }

    @Test
    void aMessageAgentKeepsItsOtherMessagesOverACrash() {
        List<String> handled = new CopyOnWriteArrayList<>();
        AgentFactory<?> worker =
                AgentFactory.of(
                        "worker",
                        () ->
                                (MessageAgent)
                                        (message, context) -> {
                                            if (message.equals("poison")) {
                                                throw new IllegalStateException(
                                                        "cannot swallow this");
                                            }
                                            handled.add(message + "@" + context.run());
                                        });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("w", "worker"))
                                .build(),
                        worker);
        for (String message : List.of("one", "poison", "two", "three")) {
            root.tell(pid("w"), message);
        }
        await().until(() -> handled.size() == 3);
        assertThat(handled).first().isEqualTo("one@1");
        assertThat(handled).containsExactly("one@1", "two@2", "three@2");
        root.terminateChild("w");
        assertThatThrownBy(() -> root.tell(pid("w"), "late"))
                .isInstanceOf(ChildNotFoundException.class);
        assertThat(runtime.deadLetterTotal()).isEqualTo(1);
        await().until(() -> events.stream().anyMatch(e -> e.kind() == EventKind.DEAD_LETTER));
        assertThat(events)
                .filteredOn(e -> e.kind() == EventKind.DEAD_LETTER)
                .singleElement()
                .satisfies(e -> {
                    assertThat(e.path()).isEqualTo("root/w");
                    assertThat(e.reason()).contains("it is down");
                });
    }

    @Test
    void aGroupRestartKeepsTheMessagesThatWait() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        List<String> handled = new CopyOnWriteArrayList<>();
        AgentFactory<?> worker =
                AgentFactory.of(
                        "worker",
                        () ->
                                (MessageAgent)
                                        (message, context) -> {
                                            if (context.run() == 1) {
                                                busy.countDown();
                                                context.sleep(Duration.ofDays(1));
                                            }
                                            handled.add(message + "@" + context.run());
                                        });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .strategy(RestartStrategy.ONE_FOR_ALL)
                                .children(agent("a"), AgentSpec.of("w", "worker"))
                                .build(),
                        worker);
        root.tell(pid("w"), "in flight");
        busy.await();
        root.tell(pid("w"), "waits");
        scripted.crash("a");
        await().until(() -> handled.contains("waits@2"));
    }

    @Test
    void aFullMailboxRefusesInsteadOfGrowing() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger handled = new AtomicInteger();
        AgentFactory<?> slow =
                AgentFactory.of(
                        "slow",
                        () ->
                                (MessageAgent)
                                        (_, _) -> {
                                            busy.countDown();
                                            release.await();
                                            handled.incrementAndGet();
                                        });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("s", "slow"))
                                .build(),
                        slow);
        root.tell(pid("s"), "first");
        busy.await();
        int accepted = 1;
        try {
            while (true) {
                root.tell(pid("s"), accepted);
                accepted++;
            }
        } catch (MailboxFullException e) {
            assertThat(e.isRecoverable()).isTrue();
        }
        assertThat(accepted).isEqualTo(10_001);
        release.countDown();
        await().until(() -> handled.get() == 10_001);
    }

    @Test
    void noMessageIsLostBetweenManySendersAndAnAgentThatKeepsFallingAsleep() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        AgentFactory<?> counter =
                AgentFactory.of(
                        "counter", () -> (MessageAgent) (_, _) -> handled.incrementAndGet());
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("c", "counter"))
                                .build(),
                        counter);
        int senders = 8;
        int each = 20_000;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int s = 0; s < senders; s++) {
                var _ =
                        threads.submit(() -> {
                            for (int i = 0; i < each; i++) {
                                tellPatiently(root, i);
                            }
                        });
            }
        }
        await().until(() -> handled.get() == senders * each);
    }

    @SuppressWarnings("ThreadPriorityCheck") // the receiver needs the carrier
    private static void tellPatiently(AgentSupervisor root, Object message) {
        while (true) {
            try {
                root.tell(pid("c"), message);
                return;
            } catch (MailboxFullException _) {
                Thread.yield();
            }
        }
    }

    @Test
    void aKilledMessageAgentIsReplacedWhileItsThreadIsStillStuck() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        List<String> handled = new CopyOnWriteArrayList<>();
        AgentFactory<?> sticky =
                AgentFactory.of(
                        "sticky",
                        () ->
                                (MessageAgent)
                                        (message, context) -> {
                                            if (message.equals("stick")) {
                                                stuck.countDown();
                                                awaitDeafly(release);
                                            }
                                            handled.add(message + "@" + context.run());
                                        });
        AgentSupervisor root =
                start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("s", "sticky"))
                                .build(),
                        sticky);
        root.tell(pid("s"), "stick");
        stuck.await();
        root.tell(pid("s"), "next");
        root.handleAgentExit(pid("s"), ExitReason.error("hangs, as seen from outside"));
        await().until(() -> handled.contains("next@2"));
        assertThat(runtime.abandonedThreads()).isEqualTo(1);
        release.countDown();
        await().until(() -> runtime.abandonedThreads() == 0);
        root.tell(pid("s"), "after");
        await().until(() -> handled.contains("after@2"));
        assertThat(handled).doesNotContain("after@1");
    }

    @Test
    void aNestedSupervisorThatRestartsBeginsFromItsConfiguration() {
        SupervisorConfig inner =
                SupervisorConfig.builder("inner")
                        .intensity(RestartIntensity.never())
                        .children(agent("kept"))
                        .build();
        start(SupervisorConfig.builder("root").children(inner).build());
        AgentSupervisor nested = runtime.supervisor(new SupervisorId("root/inner")).orElseThrow();
        nested.spawnAgent(agent("added"));
        scripted.crash("kept");
        await().until(() -> scripted.trace.contains("start kept#2"));
        await().until(() -> nested.children().size() == 1);
        assertThat(nested.children()).extracting(info -> info.pid().id()).containsExactly("kept");
        awaitTrace("stop added#1");
        nested.stop();
        assertThat(runtime.supervisor(new SupervisorId("root/inner"))).isEmpty();
    }

    @Test
    void theEventsTellOneFactAfterTheOther() {
        AgentSupervisor root = start(root(RestartStrategy.ONE_FOR_ONE, "a").build());
        scripted.crash("a");
        awaitRun(root, pid("a"), 2);
        root.stop();
        runtime.close();
        assertThat(events)
                .extracting(event ->
                        event.kind().word()
                                + " "
                                + event.path()
                                + "#"
                                + event.run()
                                + " "
                                + event.reason())
                .containsExactly(
                        "child.started root/a#1 ",
                        "child.started root#1 ",
                        "child.exited root/a#1 error: IllegalStateException: told to crash",
                        "child.restarted root/a#2 ",
                        "child.exited root/a#2 shutdown",
                        "child.exited root#1 shutdown");
        assertThat(events)
                .extracting(SupervisionEvent::seq)
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(events.get(2).detail()).contains("Scripted");
    }
}
