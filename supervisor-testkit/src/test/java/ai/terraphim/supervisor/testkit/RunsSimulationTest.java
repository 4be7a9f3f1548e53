package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.TerminateReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Stops and kills that meet a run at any step of its life. */
class RunsSimulationTest {
    private static final AgentPid AGENT = new AgentPid("root/agent");
    private static final Duration SHUTDOWN = Duration.ofSeconds(5);
    private static final int SEEDS = 200;

    /** Writes down its steps; waits in a handler until it is interrupted, and in its stop. */
    private static final class Waiting implements MessageAgent {
        private final List<String> steps;

        Waiting(List<String> steps) {
            this.steps = steps;
        }

        @Override
        public InitResult init(InitArgs args) {
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message.equals("wait")) {
                steps.add("wait");
                new CompletableFuture<String>().get();
            }
        }

        @Override
        public void stop(AgentContext context) throws InterruptedException {
            steps.add("stop");
            context.sleep(SHUTDOWN.multipliedBy(2));
            steps.add("stopped");
        }

        @Override
        public void terminate(TerminateReason reason) {
            steps.add("terminate");
        }
    }

    private static AgentSupervisor start(Simulation sim, List<String> steps) {
        return sim.start(
                SupervisorConfig.builder("root")
                        .children(
                                AgentSpec.builder("agent", "waiting")
                                        .shutdown(Shutdown.within(SHUTDOWN))
                                        .build())
                        .build(),
                AgentFactory.of("waiting", () -> new Waiting(steps)));
    }

    @Test
    void everyRunStartsBeforeItEndsHoweverSoonItIsKilled() {
        for (long seed = 0; seed < SEEDS; seed++) {
            killWhileItStarts(seed);
        }
    }

    /** With this seed the second run was killed before it was marked as started. */
    @Test
    void seed1KillsARunAsItComesUp() {
        killWhileItStarts(1);
    }

    private static void killWhileItStarts(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, new ArrayList<>());
            for (long run = 1; run <= 3; run++) {
                long killed = run;
                sim.run(
                        "killing",
                        () -> root.handleAgentExit(AGENT, killed, ExitReason.error("reported")));
            }
            sim.settle(Duration.ofMinutes(1));
            assertThat(root.status().state())
                    .as("seed %d: %s", seed, sim.trace())
                    .isInstanceOf(AgentStatus.Running.class);
            assertThat(sim.trace())
                    .as("seed %d", seed)
                    .endsWith("start agent#" + root.child(AGENT).orElseThrow().run())
                    .noneSatisfy(line -> assertThat(line).startsWith("fail"));
        }
    }

    @Test
    void aRunThatIsKilledInItsStopIsNotTerminated() {
        for (long seed = 0; seed < SEEDS; seed++) {
            List<String> steps = new ArrayList<>();
            try (var sim = Simulation.seeded(seed)) {
                AgentSupervisor root = start(sim, steps);
                root.terminateChild("agent");
                sim.runUntilIdle();
                assertThat(sim.trace()).as("seed %d", seed).contains("exit agent killed");
            }
            assertThat(steps).as("seed %d", seed).containsExactly("stop");
        }
    }

    /** Its maker hangs in run 2, which is killed by a link; the thread comes back much later. */
    @Test
    void aRunThatComesBackLateDoesNotOpenTheMailboxOfOneThatIsDown() {
        CompletableFuture<String> maker = new CompletableFuture<>();
        List<String> made = new ArrayList<>();
        MessageAgent handler =
                (message, context) -> {
                    if (!(message instanceof AgentPid other)) {
                        throw new IllegalStateException("told to crash");
                    }
                    context.link(other);
                };
        AgentPid partner = new AgentPid("root/partner");
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root")
                                    .children(
                                            AgentSpec.of("partner", "handler"),
                                            AgentSpec.of("agent", "late"))
                                    .build(),
                            AgentFactory.of("handler", () -> handler),
                            AgentFactory.of(
                                    "late",
                                    () -> {
                                        made.add("once more");
                                        if (made.size() == 2) {
                                            maker.join();
                                        }
                                        return handler;
                                    }));
            root.tell(AGENT, "crash");
            sim.runUntilIdle();
            root.tell(partner, AGENT);
            root.tell(partner, "crash");
            sim.settle(Duration.ofMinutes(1));
            assertThat(sim.trace()).contains("start agent#3");
            assertThat(sim.runtime().abandonedThreads()).isEqualTo(1);
            root.terminateChild("agent");
            maker.complete("at last");
            sim.runUntilIdle();
            assertThat(sim.runtime().abandonedThreads()).isZero();
            assertThatThrownBy(() -> root.tell(AGENT, "anybody there?"))
                    .isInstanceOf(ChildNotFoundException.class);
        }
    }

    /** A message agent has another thread whenever it was at rest, here up to five. */
    @Test
    void aKillInterruptsWhicheverThreadTheRunHasNow() {
        for (long seed = 0; seed < SEEDS; seed++) {
            killWhileItWaits(seed);
        }
    }

    /** With this seed a thread that was done wiped out its successor. */
    @Test
    void seed82KillsARunThatHasJustChangedItsThread() {
        killWhileItWaits(82);
    }

    private static void killWhileItWaits(long seed) {
        List<String> steps = new ArrayList<>();
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, steps);
            for (int i = 0; i < 5; i++) {
                sim.run("telling", () -> root.tell(AGENT, "go on"));
            }
            sim.run("telling", () -> root.tell(AGENT, "wait"));
            sim.runUntilIdle();
            Instant begin = sim.now();
            root.handleAgentExit(AGENT, ExitReason.error("reported"));
            sim.runUntilIdle();
            assertThat(root.child(AGENT).orElseThrow().run()).as("seed %d", seed).isEqualTo(2);
            assertThat(sim.now()).as("seed %d: not before it was abandoned", seed).isEqualTo(begin);
            assertThat(steps).as("seed %d", seed).containsExactly("wait");
        }
    }
}
