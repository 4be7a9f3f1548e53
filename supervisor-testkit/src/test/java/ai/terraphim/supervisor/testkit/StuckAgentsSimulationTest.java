package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.TerminateReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Agents that are up but do nothing more, found by their deadlines, health and progress. */
class StuckAgentsSimulationTest {
    private static final AgentPid AGENT = new AgentPid("root/agent");
    private static final Snapshot STATE = new Snapshot(new byte[1], "test", 1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final Deadlines A_MINUTE_A_MESSAGE = Deadlines.DEFAULT.message(MINUTE);

    static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    private static AgentSpec.Builder spec() {
        return AgentSpec.builder("agent", "agent");
    }

    private static AgentSupervisor start(
            Simulation sim, AgentSpec.Builder spec, Supplier<SupervisedAgent> agent) {
        return sim.start(
                SupervisorConfig.builder("root").children(spec.build()).build(),
                AgentFactory.of("agent", agent));
    }

    /** An agent that has a minute for each message. */
    private static AgentSupervisor startHandler(Simulation sim, MessageAgent agent) {
        return start(sim, spec().deadlines(A_MINUTE_A_MESSAGE), () -> agent);
    }

    /** Waits for a day when it is told to, and writes down its last calls. */
    private static class Sleeper implements MessageAgent {
        private final List<String> calls;

        Sleeper(List<String> calls) {
            this.calls = calls;
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message.equals("sleep")) {
                try {
                    context.sleep(DAY);
                } finally {
                    context.checkpoint(STATE);
                    calls.add("saved, stop requested: " + context.stopRequested());
                }
            } else {
                calls.add(message + " in run " + context.run());
            }
        }

        @Override
        public void stop(AgentContext context) {
            calls.add("stop");
        }

        @Override
        public void terminate(TerminateReason reason) {
            calls.add("terminate " + reason);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aMessageThatTakesTooLongEndsTheRunInOrder(long seed) {
        List<String> calls = new ArrayList<>();
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    start(sim, spec().deadlines(A_MINUTE_A_MESSAGE), () -> new Sleeper(calls));
            root.tell(AGENT, "sleep");
            root.tell(AGENT, "hello");
            sim.advance(MINUTE);
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .containsExactly(
                            "start agent#1",
                            "start .#1",
                            "child.overdue agent timeout: message, 1m",
                            "exit agent timeout: message, 1m",
                            "start agent#2");
            assertThat(sim.events(EventKind.CHILD_OVERDUE).getFirst().detail())
                    .contains("Sleeper.handle");
            assertThat(sim.events(EventKind.CHILD_EXITED).getFirst().detail())
                    .contains("Sleeper.handle");
            assertThat(calls)
                    .containsExactly(
                            "saved, stop requested: true",
                            "terminate Timeout[what=message, 1m]",
                            "hello in run 2");
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whoDoesNotHearIsAbandonedAndMayDoNothingMore(long seed) {
        CompletableFuture<String> never = new CompletableFuture<>();
        List<Throwable> refused = new ArrayList<>();
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    startHandler(
                            sim,
                            (_, context) -> {
                                never.join(); // swallows interrupts
                                refused.add(catchThrowable(() -> context.checkpoint(STATE)));
                                refused.add(catchThrowable(() -> context.tell(AGENT, "late")));
                                refused.add(catchThrowable(() -> context.progress("late")));
                            });
            root.tell(AGENT, "hang");
            sim.advance(MINUTE.plusMillis(1_249));
            assertThat(root.child(AGENT).orElseThrow().run()).isEqualTo(1);
            sim.advance(Duration.ofMillis(1));
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .endsWith(
                            "child.overdue agent timeout: message, 1m",
                            "child.abandoned agent its thread does not end",
                            "exit agent timeout: message, 1m",
                            "start agent#2");
            assertThat(sim.runtime().abandonedThreads()).isEqualTo(1);
            never.complete("at last");
            sim.runUntilIdle();
            assertThat(sim.runtime().abandonedThreads()).isZero();
            assertThat(refused).hasSize(3).allMatch(FencedException.class::isInstance);
        }
    }

    /** Whichever comes first, the run goes on or is replaced, and no message is handled twice. */
    @ParameterizedTest
    @MethodSource("seeds")
    void aDeadlineMayMeetTheEndOfItsMessage(long seed) {
        List<Object> handled = new ArrayList<>();
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    startHandler(
                            sim,
                            (message, context) -> {
                                context.sleep(MINUTE);
                                handled.add(message);
                            });
            for (int i = 0; i < 5; i++) {
                root.tell(AGENT, i);
            }
            sim.advance(MINUTE.multipliedBy(6));
            long overdue = sim.events(EventKind.CHILD_OVERDUE).size();
            assertThat(root.child(AGENT).orElseThrow().status())
                    .isInstanceOf(AgentStatus.Running.class);
            assertThat(root.child(AGENT).orElseThrow().run()).isEqualTo(1 + overdue);
            assertThat(handled).doesNotHaveDuplicates().hasSizeBetween((int) (5 - overdue), 5);
        }
    }

    @Test
    void messagesInTimeAreNeverOverdueHoweverManyThereAre() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    startHandler(sim, (_, context) -> context.sleep(MINUTE.minusMillis(1)));
            for (int i = 0; i < 1_000; i++) {
                root.tell(AGENT, i);
            }
            sim.advance(DAY);
            assertThat(sim.trace()).containsExactly("start agent#1", "start .#1");
        }
    }

    /** Does nothing with its messages. */
    private static class Idle implements MessageAgent {
        @Override
        public void handle(Object message, AgentContext context) {}
    }

    /** Says that it is well until it is not. */
    private static final class Patient implements LoopAgent {
        Health health = Health.good();
        int checks;

        @Override
        public void run(AgentContext context) {
            while (!context.awaitStop(DAY)) {}
        }

        @Override
        public Health healthCheck(AgentContext context) {
            checks++;
            return health;
        }
    }

    @Test
    void aDayOfHealthChecksGoesByInSecondsAndThreeBadOnesInARowEndTheRun() {
        Patient patient = new Patient();
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, spec().health(HealthChecks.DEFAULT), () -> patient);
            sim.advance(DAY.plusSeconds(1));
            assertThat(patient.checks).isEqualTo(24 * 60);
            patient.health = Health.bad("no credit");
            sim.advance(MINUTE.multipliedBy(2));
            patient.health = Health.good();
            sim.advance(MINUTE);
            patient.health = Health.bad("no model");
            sim.advance(MINUTE.multipliedBy(3));
            assertThat(sim.trace())
                    .endsWith(
                            "child.unhealthy agent error: unhealthy: no credit",
                            "child.unhealthy agent error: unhealthy: no credit",
                            "child.unhealthy agent error: unhealthy: no model",
                            "child.unhealthy agent error: unhealthy: no model",
                            "child.unhealthy agent error: unhealthy: no model",
                            "exit agent error: unhealthy: no model",
                            "start agent#2");
            root.terminateChild("agent");
            int checks = patient.checks;
            sim.advance(DAY);
            assertThat(patient.checks).isEqualTo(checks);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void healthChecksThatAreNotAnsweredEndTheRunAndDoNotPileUp(long seed) {
        HealthChecks checks =
                new HealthChecks(
                        Duration.ZERO, Duration.ofSeconds(10), Duration.ofSeconds(10), 200);
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    start(sim, spec().health(checks), () -> new Sleeper(new ArrayList<>()));
            root.tell(AGENT, "sleep");
            sim.advance(Duration.ofSeconds(2_000));
            sim.runUntilIdle();
            assertThat(sim.events(EventKind.CHILD_UNHEALTHY)).hasSize(200);
            assertThat(sim.events(EventKind.CHILD_UNHEALTHY).getFirst().detail())
                    .contains("Sleeper.handle");
            assertThat(sim.trace()).contains("exit agent timeout: health check, 10s");
            assertThat(sim.runtime().deadLetterTotal()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aHealthCheckThatHangsEndsTheRunAndDelaysNoOther() {
        CompletableFuture<Health> never = new CompletableFuture<>();
        Patient well = new Patient();
        try (var sim = Simulation.seeded(1)) {
            sim.start(
                    SupervisorConfig.builder("root")
                            .children(
                                    spec().health(HealthChecks.DEFAULT).build(),
                                    AgentSpec.builder("well", "well")
                                            .health(HealthChecks.DEFAULT)
                                            .build())
                            .build(),
                    AgentFactory.of(
                            "agent",
                            () ->
                                    new Idle() {

                                        @Override
                                        public Health healthCheck(AgentContext context) {
                                            return never.join();
                                        }
                                    }),
                    AgentFactory.of("well", () -> well));
            sim.advance(MINUTE.multipliedBy(3).plusSeconds(10));
            assertThat(well.checks).isEqualTo(3);
            assertThat(sim.trace())
                    .containsOnlyOnce("exit agent timeout: health check, 5s")
                    .endsWith("start agent#2");
            never.complete(Health.good());
        }
    }

    private static LoopAgent reporting(List<String> markers, Duration pause) {
        return context -> {
            for (String marker : markers) {
                context.sleep(pause);
                context.progress(marker);
            }
            context.sleep(DAY);
        };
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onlyNewMarkersStartTheProgressClockAgain(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            start(
                    sim,
                    spec().progress(ProgressLimits.within(MINUTE)),
                    () -> reporting(List.of("a", "b", "a", "b"), Duration.ofSeconds(25)));
            sim.advance(Duration.ofSeconds(109));
            assertThat(sim.trace()).endsWith("start .#1");
            sim.advance(Duration.ofSeconds(1));
            assertThat(sim.trace())
                    .contains("exit agent timeout: no new progress marker, 1m, the last was 'b'");
        }
    }

    @Test
    void aMessageAgentsProgressClockStandsStillBetweenItsMessages() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            spec().progress(ProgressLimits.within(MINUTE)),
                            () -> new Sleeper(new ArrayList<>()));
            sim.advance(DAY);
            root.tell(AGENT, "hello");
            sim.advance(DAY);
            assertThat(sim.trace()).endsWith("start .#1");
            root.tell(AGENT, "sleep");
            sim.advance(MINUTE);
            assertThat(sim.trace()).contains("exit agent timeout: no new progress marker, 1m");
        }
    }

    @Test
    void aMarkerThatComesOnceTooOftenEndsTheRunAtOnce() {
        List<String> calls = new ArrayList<>();
        try (var sim = Simulation.seeded(1)) {
            start(
                    sim,
                    spec().progress(ProgressLimits.NONE.repetitions(2)),
                    () ->
                            (LoopAgent)
                                    context -> {
                                        for (String tool : List.of("search", "read", "search")) {
                                            context.progress(tool);
                                        }
                                        calls.add("stop requested: " + context.stopRequested());
                                        context.progress("search");
                                        calls.add("stop requested: " + context.stopRequested());
                                        context.sleep(DAY);
                                    });
            sim.runUntilIdle();
            assertThat(calls).startsWith("stop requested: false", "stop requested: true");
            assertThat(sim.trace())
                    .contains(
                            "exit agent error: no progress: 'search' came 3 times among the last 4 markers");
        }
    }

    /** The supervisor itself watches a start that it waits for. */
    @ParameterizedTest
    @MethodSource("seeds")
    void anInitThatIsOverdueMayEndByItselfAndIsAStartThatFailed(long seed) {
        List<TerminateReason> terminated = new ArrayList<>();
        try (var sim = Simulation.seeded(seed)) {
            sim.start(
                    SupervisorConfig.of("root"),
                    AgentFactory.of(
                            "agent",
                            () ->
                                    new Idle() {
                                        @Override
                                        public InitResult init(InitArgs args) throws Exception {
                                            args.context().sleep(DAY);
                                            return InitResult.ok();
                                        }

                                        @Override
                                        public void terminate(TerminateReason reason) {
                                            terminated.add(reason);
                                        }
                                    }));
            AgentSupervisor root = sim.supervisor("root").orElseThrow();
            Throwable refused =
                    catchThrowable(() ->
                            root.spawnAgent(
                                    spec().deadlines(Deadlines.NONE.init(Duration.ofSeconds(10)))
                                            .build()));
            assertThat(refused).hasMessageContaining("timeout: init, 10s");
            assertThat(sim.trace())
                    .containsSubsequence(
                            "child.overdue agent timeout: init, 10s",
                            "fail agent#1 timeout: init, 10s");
            assertThat(sim.events(EventKind.CHILD_START_FAILED).getFirst().detail())
                    .contains("init");
            assertThat(terminated).containsExactly(new TerminateReason.Timeout("init, 10s"));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anInitThatNobodyWaitsForIsOverdueAsWell(long seed) {
        CompletableFuture<InitResult> never = new CompletableFuture<>();
        try (var sim = Simulation.seeded(seed)) {
            start(
                    sim,
                    spec().start(StartMode.ASYNC).deadlines(Deadlines.NONE.init(MINUTE)),
                    () ->
                            new Idle() {
                                @Override
                                public InitResult init(InitArgs args) {
                                    return never.join();
                                }
                            });
            sim.advance(MINUTE.plusMillis(1_250));
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .containsSubsequence(
                            "child.overdue agent timeout: init, 1m",
                            "fail agent#1 timeout: init, 1m");
            assertThat(sim.events(EventKind.CHILD_START_FAILED).getFirst().detail())
                    .contains("init");
            never.complete(InitResult.ok());
        }
    }
}
