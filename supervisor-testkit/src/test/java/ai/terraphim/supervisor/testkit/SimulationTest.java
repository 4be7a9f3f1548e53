package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final AgentPid FETCH = new AgentPid("root/fetch");
    private static final AgentPid PARSE = new AgentPid("root/parse");

    private static SupervisorConfig tree(RestartStrategy strategy, String... ids) {
        return SupervisorConfig.builder("root")
                .strategy(strategy)
                .children(List.of(ids).stream().map(id -> AgentSpec.of(id, "test")).toList())
                .build();
    }

    private static AgentSpec scripted(String id, Map<String, ?> script) {
        return AgentSpec.builder(id, "test").config(script).build();
    }

    private static AgentFactory<NoConfig> loop(LoopAgent body) {
        return AgentFactory.of("loop", () -> body);
    }

    @Test
    void restForOneRestartsTheFailedChildAndThoseStartedAfterIt() {
        try (var sim = Simulation.seeded(42)) {
            sim.start(
                    tree(RestartStrategy.REST_FOR_ONE, "fetch", "parse", "store"),
                    new TestAgentFactory());
            sim.crash(PARSE);
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .containsSubsequence("stop store", "start parse#2", "start store#2")
                    .doesNotContain("stop fetch");
        }
    }

    @Test
    void hoursPassInNoTime() {
        List<Instant> beats = new ArrayList<>();
        try (var sim = Simulation.seeded(1)) {
            sim.start(
                    SupervisorConfig.builder("root")
                            .children(AgentSpec.of("pulse", "loop"))
                            .build(),
                    loop(context -> {
                        while (!context.awaitStop(Duration.ofMinutes(1))) {
                            beats.add(context.now());
                        }
                    }));
            Instant begin = sim.now();
            sim.advance(Duration.ofHours(3));
            assertThat(beats).hasSize(180).endsWith(begin.plus(Duration.ofHours(3)));
        }
    }

    @Test
    void theSameSeedGivesTheSameTraceAndOtherSeedsGiveOthers() {
        Set<List<String>> histories = new HashSet<>();
        for (long seed = 0; seed < 10; seed++) {
            List<String> history = race(seed);
            assertThat(race(seed)).as("seed %d", seed).isEqualTo(history);
            histories.add(history);
        }
        assertThat(histories).hasSizeGreaterThan(3);
    }

    /** Three clients at once, and two crashes. */
    private static List<String> race(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    sim.start(
                            tree(RestartStrategy.ONE_FOR_ALL, "fetch", "parse", "store"),
                            new TestAgentFactory());
            for (String id : List.of("pear", "fig", "kiwi")) {
                sim.run("client " + id, () -> root.spawnAgent(AgentSpec.of(id, "test")));
            }
            sim.crash(FETCH);
            sim.crash(PARSE);
            sim.runUntilIdle();
            return sim.trace();
        }
    }

    @Test
    void aCallThatMustWaitLetsTimePass() {
        try (var sim = Simulation.seeded(7)) {
            AgentSupervisor root = sim.start(SupervisorConfig.of("root"), new TestAgentFactory());
            Instant begin = sim.now();
            AgentPid slow = root.spawnAgent(scripted("slow", Map.of("init_takes", "20s")));
            assertThat(sim.now()).isEqualTo(begin.plusSeconds(20));
            sim.inject(slow, Step.STOP, Fault.slow(Duration.ofSeconds(3)));
            root.stopAgent(slow);
            assertThat(sim.now()).isEqualTo(begin.plusSeconds(23));
            AgentSpec.Builder hung =
                    AgentSpec.builder("hung", "test").config(Map.of("init", "hang"));
            assertThatThrownBy(() -> root.spawnAgent(hung.build()))
                    .isInstanceOf(ChildStartException.class)
                    .hasMessageContaining("timeout: init, 30s");
            Instant abandoned = begin.plusSeconds(23 + 30).plusMillis(250 + 1_000);
            assertThat(sim.now()).isEqualTo(abandoned);
            assertThatThrownBy(() -> root.spawnAgent(hung.deadlines(Deadlines.NONE).build()))
                    .isInstanceOf(SupervisionException.class)
                    .hasMessageContaining("not answered in time");
            assertThat(sim.now()).isEqualTo(abandoned.plusSeconds(60));
        }
    }

    @Test
    void queriesAreAnsweredAtOnceWhileAChildHangs() {
        try (var sim = Simulation.seeded(7)) {
            AgentSupervisor root =
                    sim.start(tree(RestartStrategy.ONE_FOR_ONE, "parse"), new TestAgentFactory());
            sim.inject(PARSE, Step.INIT, Fault.hang());
            sim.crash(PARSE);
            sim.runUntilIdle();
            Instant before = sim.now();
            assertThat(root.status().childCount()).isEqualTo(1);
            assertThat(root.child(PARSE).orElseThrow().status().word()).isEqualTo("starting");
            assertThat(sim.now()).isEqualTo(before);
        }
    }

    @Test
    void everyStepOfAnAgentCanBeMadeToFail() {
        try (var sim = Simulation.seeded(3)) {
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root")
                                    .children(
                                            AgentSpec.of("parse", "loop"),
                                            AgentSpec.of("fetch", "test"))
                                    .build(),
                            new TestAgentFactory(),
                            loop(context -> context.awaitStop(Duration.ofDays(1))));
            sim.inject(PARSE, Step.INIT, Fault.crash());
            sim.inject(PARSE, Step.START, Fault.crash());
            sim.inject(PARSE, Step.RUN, Fault.exit(ExitReason.shutdown("enough")));
            sim.crash(PARSE);
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .containsSubsequence(
                            "exit parse error: InjectedFaultException: crash injected at CALL",
                            "fail parse#2 error: InjectedFaultException: crash injected at INIT",
                            "start parse#3",
                            "exit parse error: InjectedFaultException: crash injected at START",
                            "start parse#4",
                            "exit parse shutdown: enough",
                            "start parse#5");
            sim.inject(FETCH, Step.MESSAGE, Fault.crash());
            root.tell(FETCH, "hello");
            sim.inject(FETCH, Step.INIT, Fault.ignore());
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .endsWith(
                            "exit fetch error: InjectedFaultException: crash injected at MESSAGE",
                            "ignore fetch#2");
        }
    }

    @Test
    void aHangIsEndedByItsDeadlineAndNotBefore() {
        try (var sim = Simulation.seeded(5)) {
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root")
                                    .children(
                                            AgentSpec.builder("parse", "test")
                                                    .shutdown(
                                                            Shutdown.within(Duration.ofSeconds(9)))
                                                    .build())
                                    .build(),
                            new TestAgentFactory());
            sim.inject(PARSE, Step.STOP, Fault.hang());
            Instant begin = sim.now();
            root.terminateChild("parse");
            assertThat(sim.trace())
                    .endsWith("exit parse killed", "child.shutdown_error parse killed");
            assertThat(Duration.between(begin, sim.now()))
                    .isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
            assertThat(sim.runtime().abandonedThreads()).isEqualTo(1);
        }
    }

    @Test
    void theStoreFailsAndDawdlesOnDemand() {
        record Count(int n) {}
        List<String> log = new ArrayList<>();
        try (var sim = Simulation.seeded(5)) {
            sim.start(
                    SupervisorConfig.builder("root")
                            .children(AgentSpec.of("parse", "loop"))
                            .build(),
                    loop(context -> {
                        for (int n = 1; !context.awaitStop(Duration.ofSeconds(1)); n++) {
                            Instant begin = context.now();
                            try {
                                context.checkpoint(new Count(n));
                                log.add(n + " " + Duration.between(begin, context.now()));
                            } catch (SupervisionException e) {
                                log.add(n + " " + e.category());
                            }
                        }
                    }));
            sim.advance(Duration.ofSeconds(1));
            sim.store().failing(true);
            sim.advance(Duration.ofSeconds(1));
            sim.store().failing(false);
            sim.store().delay(Duration.ofSeconds(5));
            sim.advance(Duration.ofSeconds(6));
            assertThat(log).containsExactly("1 PT0S", "2 STORAGE", "3 PT5S");
        }
    }

    @Test
    void locksAndUntimedWaitsFollowTheScheduler() {
        ReentrantLock lock = new ReentrantLock();
        CompletableFuture<String> gate = new CompletableFuture<>();
        List<String> order = new ArrayList<>();
        try (var sim = Simulation.seeded(11)) {
            sim.run(
                    "holder",
                    () -> {
                        lock.lock();
                        try {
                            order.add(gate.join());
                        } finally {
                            lock.unlock();
                        }
                    });
            sim.runUntilIdle();
            sim.run(
                    "waiter",
                    () -> {
                        lock.lock();
                        try {
                            order.add("locked");
                        } finally {
                            lock.unlock();
                        }
                    });
            sim.runUntilIdle();
            assertThat(order).isEmpty();
            gate.complete("opened");
            sim.runUntilIdle();
            assertThat(order).containsExactly("opened", "locked");
        }
    }

    @Test
    void aWaitByTheMachinesClockIsRefused() {
        LoopAgent sleeper = _ -> new CompletableFuture<String>().get(1, TimeUnit.HOURS);
        SupervisorConfig root =
                SupervisorConfig.builder("root").children(AgentSpec.of("parse", "loop")).build();
        try (var sim = Simulation.seeded(2)) {
            assertThatThrownBy(
                            () -> {
                                sim.start(root, loop(sleeper));
                                sim.runUntilIdle();
                            })
                    .hasMessageContaining("root/parse waits by the machine's clock")
                    .hasMessageContaining("SimulationTest");
        }
    }

    @Test
    void aWaitThatCanNeverEndSaysSo() {
        try (var sim = Simulation.seeded(2)) {
            sim.run("stuck", new CompletableFuture<String>()::join);
            assertThatThrownBy(() -> sim.await(new CompletableFuture<String>()))
                    .hasMessageContaining("can never come")
                    .hasMessageContaining("stuck");
        }
    }

    @Test
    void whatASimulatedThreadThrowsFailsTheTest() {
        try (var sim = Simulation.seeded(2)) {
            sim.run(
                    "client",
                    () -> {
                        throw new IllegalArgumentException("no good");
                    });
            assertThatThrownBy(sim::runUntilIdle).hasRootCauseMessage("no good");
        }
    }
}
