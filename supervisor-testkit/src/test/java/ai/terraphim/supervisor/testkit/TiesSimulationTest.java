package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentDown;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Monitors and links that are made while agents end, in many orders of the same steps. */
class TiesSimulationTest {
    private static final AgentPid WATCHER = new AgentPid("root/watcher");
    private static final AgentPid PARTNER = new AgentPid("root/partner");
    private static final AgentPid TARGET = new AgentPid("root/target");
    private static final int SEEDS = 100;

    /** Watches, or links itself to, the pids it is told, and writes down the ends it hears of. */
    private static AgentFactory<?> tied(List<AgentDown> heard) {
        return AgentFactory.of(
                "tied",
                () ->
                        (MessageAgent)
                                (message, context) -> {
                                    switch (message) {
                                        case AgentPid other when context.pid().equals(WATCHER) ->
                                                context.monitor(other);
                                        case AgentPid other -> context.link(other);
                                        case AgentDown down -> heard.add(down);
                                        default -> throw new IllegalStateException("told to crash");
                                    }
                                });
    }

    private static AgentSupervisor start(Simulation sim, List<AgentDown> heard) {
        return sim.start(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(100, Duration.ofMinutes(1)))
                        .children(
                                AgentSpec.of("watcher", "tied"),
                                AgentSpec.of("partner", "tied"),
                                AgentSpec.of("target", "tied"))
                        .build(),
                tied(heard));
    }

    @Test
    void everyWatcherIsToldOnceOfEachRunItWatched() {
        for (long seed = 0; seed < SEEDS; seed++) {
            List<AgentDown> heard = new ArrayList<>();
            List<CompletableFuture<AgentDown>> told = new ArrayList<>();
            try (var sim = Simulation.seeded(seed)) {
                AgentSupervisor root = start(sim, heard);
                for (int i = 0; i < 3; i++) {
                    sim.run("watching", () -> root.tell(WATCHER, TARGET));
                    sim.run(
                            "watching from outside",
                            () -> told.add(root.monitor(TARGET).down().toCompletableFuture()));
                    sim.run("crashing", () -> root.tell(TARGET, "crash"));
                }
                sim.runUntilIdle();
                sim.run("stopping", () -> root.terminateChild("target"));
                sim.runUntilIdle();
                assertThat(heard).as("seed %d", seed).hasSize(3);
                assertThat(told)
                        .as("seed %d", seed)
                        .hasSize(3)
                        .allSatisfy(down -> assertThat(down).isCompleted());
            }
        }
    }

    @Test
    void linkedRunsEndTogetherWhicheverComesFirst() {
        for (long seed = 0; seed < SEEDS; seed++) {
            try (var sim = Simulation.seeded(seed)) {
                AgentSupervisor root = start(sim, new ArrayList<>());
                sim.run("linking", () -> root.tell(PARTNER, TARGET));
                sim.run("linking the other way", () -> root.tell(TARGET, PARTNER));
                sim.runUntilIdle();
                for (AgentPid pid : List.of(TARGET, PARTNER)) {
                    sim.run(
                            "reporting " + pid,
                            () -> root.handleAgentExit(pid, 1, ExitReason.error("reported")));
                }
                sim.runUntilIdle();
                assertThat(root.children())
                        .as("seed %d", seed)
                        .extracting(info -> info.pid().id() + " run " + info.run())
                        .containsExactly("watcher run 1", "partner run 2", "target run 2");
            }
        }
    }
}
