package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** A supervisor that is gone without clean-up, while its replacement starts already. */
class KilledSupervisorTest {
    private static final AgentPid GROUP = new AgentPid("root/group");
    private static final int SEEDS = 500;
    private static final Duration SLOW = Duration.ofSeconds(10);

    private static final AgentSpec SLOW_TO_STOP =
            AgentSpec.builder("slow", "test")
                    .config(Map.of("stop_takes", SLOW.toSeconds() + "s"))
                    .shutdown(Shutdown.infinity())
                    .build();

    private static AgentSupervisor start(Simulation sim, ChildSpec child) {
        return sim.start(
                SupervisorConfig.builder("root")
                        .children(SupervisorConfig.builder("group").children(child).build())
                        .build(),
                new TestAgentFactory());
    }

    @Test
    void itsChildrenAreKilledAndItIsReplacedAtOnce() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, SLOW_TO_STOP);
            Instant before = sim.now();

            root.handleAgentExit(GROUP, ExitReason.kill());
            sim.runUntilIdle();

            assertThat(sim.trace()).contains("exit group killed", "start group/slow#2");
            assertThat(sim.now()).as("nobody waits for the slow stop").isEqualTo(before);
        }
    }

    @Test
    void itStopsItsChildrenInOrderIfItIsReportedToHaveFailedOtherwise() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, SLOW_TO_STOP);
            Instant before = sim.now();

            root.handleAgentExit(GROUP, ExitReason.error("seen from outside"));

            assertThat(sim.trace()).containsSubsequence("stop group/slow", "start group/slow#2");
            assertThat(sim.now()).isEqualTo(before.plus(SLOW));
        }
    }

    @Test
    void oneThatIsToBeKilledBrutallyStopsNobodyWhateverIsReported() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root")
                                    .children(
                                            SupervisorConfig.builder("group")
                                                    .shutdown(Shutdown.brutalKill())
                                                    .children(SLOW_TO_STOP)
                                                    .build())
                                    .build(),
                            new TestAgentFactory());
            Instant before = sim.now();

            root.handleAgentExit(GROUP, ExitReason.error("seen from outside"));

            assertThat(sim.trace())
                    .contains("start group/slow#2")
                    .doesNotContain("stop group/slow")
                    .anyMatch(line -> line.startsWith("exit group error"));
            assertThat(sim.now()).isEqualTo(before);
        }
    }

    /** What has come up below it is gone with it, and what has not never does. */
    @Test
    void oneThatStillStartsIsReplacedAtOnce() {
        AgentSpec slowToStart =
                AgentSpec.builder("starting", "test")
                        .config(Map.of("init_takes", SLOW.toSeconds() + "s"))
                        .build();
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root")
                                    .children(
                                            SupervisorConfig.builder("group")
                                                    .start(StartMode.ASYNC)
                                                    .children(SLOW_TO_STOP, slowToStart)
                                                    .build())
                                    .build(),
                            new TestAgentFactory());
            sim.runUntilIdle();
            assertThat(root.child(GROUP).orElseThrow().status())
                    .isInstanceOf(AgentStatus.Starting.class);
            Instant before = sim.now();

            root.handleAgentExit(GROUP, ExitReason.kill());
            sim.settle(SLOW.multipliedBy(2));

            assertThat(sim.trace())
                    .containsExactly(
                            "start .#1",
                            "start group/slow#1",
                            "exit group killed",
                            "start group/slow#2",
                            "start group/starting#2",
                            "start group#2");
            assertThat(sim.now()).as("the replacement begins at once").isEqualTo(before.plus(SLOW));
        }
    }

    /** Else two instances would answer to one pid for as long as the old pool needs to stop. */
    @Test
    void aPoolBelowItGivesNoNumberAgainThatAnInstanceHasWhichStillStops() {
        try (var sim = Simulation.seeded(1)) {
            ChildSpec pool =
                    SupervisorConfig.builder("pool")
                            .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                            .children(SLOW_TO_STOP)
                            .build();
            AgentSupervisor root = start(sim, pool);
            assertThat(newInstance(sim)).hasToString("root/group/pool/1");

            root.handleAgentExit(GROUP, ExitReason.kill());

            assertThat(newInstance(sim)).hasToString("root/group/pool/2");
            sim.advance(SLOW.multipliedBy(2)); // the old pool is down
            assertThat(newInstance(sim)).hasToString("root/group/pool/3");
        }
    }

    /** Clients may ask the old pool until the new one is there. */
    @Test
    void aPoolThatIsLeftBehindGivesNoNumbersAnyMore() {
        SupervisorConfig pool =
                SupervisorConfig.builder("pool")
                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                        .children(
                                AgentSpec.builder("worker", "test").start(StartMode.ASYNC).build())
                        .build();
        for (long seed = 0; seed < SEEDS; seed++) {
            List<AgentPid> given = new ArrayList<>();
            try (var sim = Simulation.seeded(seed)) {
                AgentSupervisor root = start(sim, pool);
                sim.run("killing", () -> root.handleAgentExit(GROUP, ExitReason.kill()));
                for (int i = 0; i < 5; i++) {
                    sim.run(
                            "starting",
                            () -> {
                                try {
                                    given.add(newInstance(sim));
                                } catch (SupervisionException | NoSuchElementException refused) {
                                    // by the one that goes or the one that comes
                                }
                            });
                }
                sim.settle(SLOW);
            }
            assertThat(given).as("seed %d", seed).doesNotHaveDuplicates();
        }
    }

    /** The second kill may come while the run is about to get its number. */
    @Test
    void noRunBelowItHasTheNumberOfAnother() {
        for (long seed = 0; seed < SEEDS; seed++) {
            try (var sim = Simulation.seeded(seed)) {
                AgentSupervisor root =
                        sim.start(
                                SupervisorConfig.builder("root")
                                        .children(
                                                SupervisorConfig.builder("group")
                                                        .start(StartMode.ASYNC)
                                                        .children(
                                                                SupervisorConfig.builder("inner")
                                                                        .children(
                                                                                AgentSpec.of(
                                                                                        "agent",
                                                                                        "test"))
                                                                        .build())
                                                        .build())
                                        .build(),
                                new TestAgentFactory());
                for (int i = 0; i < 3; i++) {
                    sim.run("killing", () -> root.handleAgentExit(GROUP, ExitReason.kill()));
                }
                sim.settle(SLOW);
                assertThat(sim.trace())
                        .as("seed %d", seed)
                        .filteredOn(line -> line.matches("(start|fail) .*/agent#.*"))
                        .extracting(line -> line.split(" ")[1])
                        .doesNotHaveDuplicates();
            }
        }
    }

    private static AgentPid newInstance(Simulation sim) {
        return sim.supervisor("root/group/pool").orElseThrow().startInstance(Map.of());
    }

    /** The instances stop in order, and are gone after the pool that has forgotten them. */
    @Test
    void aPoolThatIsKilledLeavesNoNumbersOfItsInstancesBehind() {
        SupervisorConfig pool =
                SupervisorConfig.builder("group")
                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                        .children(
                                SupervisorConfig.builder("team")
                                        .children(
                                                SLOW_TO_STOP,
                                                SupervisorConfig.builder("inner")
                                                        .children(SLOW_TO_STOP)
                                                        .build())
                                        .build())
                        .build();
        for (long seed = 0; seed < 50; seed++) {
            try (var sim = Simulation.seeded(seed)) {
                AgentSupervisor root =
                        sim.start(
                                SupervisorConfig.builder("root").children(pool).build(),
                                new TestAgentFactory());
                long before = runNumbers(sim);
                for (int i = 0; i < 3; i++) {
                    sim.supervisor("root/group").orElseThrow().startInstance(Map.of());
                }
                root.handleAgentExit(GROUP, ExitReason.kill());
                sim.advance(SLOW.multipliedBy(3));
                assertThat(runNumbers(sim)).as("seed %d", seed).isLessThanOrEqualTo(before + 1);
            }
        }
    }

    private static long runNumbers(Simulation sim) {
        return Census.of(sim.runtime()).counts().get("RunNumbers.runs");
    }
}
