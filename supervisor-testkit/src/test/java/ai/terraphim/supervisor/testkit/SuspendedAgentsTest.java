package ai.terraphim.supervisor.testkit;

import static ai.terraphim.supervisor.testkit.FlakyProvider.KEY;
import static ai.terraphim.supervisor.testkit.FlakyProvider.circuit;
import static ai.terraphim.supervisor.testkit.FlakyProvider.forceOpen;
import static ai.terraphim.supervisor.testkit.FlakyProvider.handler;
import static ai.terraphim.supervisor.testkit.FlakyProvider.info;
import static ai.terraphim.supervisor.testkit.FlakyProvider.loop;
import static ai.terraphim.supervisor.testkit.FlakyProvider.pid;
import static ai.terraphim.supervisor.testkit.FlakyProvider.reset;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisorConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Agents that wait for a dependency, and are neither restarted in vain nor forgotten. */
class SuspendedAgentsTest {
    private final FlakyProvider provider = new FlakyProvider();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whoIsStoppedWhileItWaitsLeavesTheQueue(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    provider.start(
                            sim,
                            circuit().build(),
                            loop("a"),
                            loop("b"),
                            handler("c"),
                            handler("d"));
            forceOpen(sim);
            root.tell(pid("c"), "work");
            root.tell(pid("d"), "work");
            sim.advance(ofSeconds(5));
            assertThat(info(sim).suspended()).isEqualTo(4);
            assertThat(root.children())
                    .allSatisfy(child ->
                            assertThat(child.status()).isEqualTo(new AgentStatus.Suspended(KEY)));
            root.terminateChild("a");
            root.terminateChild("c");
            root.handleAgentExit(pid("d"), ExitReason.kill());
            sim.settle(ofSeconds(1));
            sim.runUntilIdle();
            assertThat(sim.trace()).contains("stop a", "stop c", "exit d killed");
            // d is up again, and suspended for the message that it has not handled
            assertThat(info(sim).suspended()).isEqualTo(2);
            assertThat(provider.begun).isEmpty();
            reset(sim);
            sim.advance(ofSeconds(5));
            assertThat(provider.answered).containsExactlyInAnyOrder(pid("b"), pid("d"));
            assertThat(info(sim).suspended()).isZero();
        }
    }

    @Test
    void aChildWhoseDependencyIsOpenIsRestartedInItsTurnAndNotCounted() {
        provider.down = true;
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    provider.start(
                            sim,
                            circuit().build(),
                            SupervisorConfig.builder("root")
                                    .intensity(RestartIntensity.never())
                                    .children(loop("a"), loop("b"))
                                    .build());
            sim.advance(ofMinutes(2));
            assertThat(root.children())
                    .extracting(child -> child.status().word())
                    .containsExactly("suspended", "suspended");
            provider.down = false;
            sim.advance(ofSeconds(15));
            assertThat(root.children())
                    .extracting(child -> child.status().word())
                    .containsExactly("running", "running");
            assertThat(sim.events(EventKind.SUPERVISOR_ESCALATED)).isEmpty();
            assertThat(sim.events(EventKind.CHILD_SUSPENDED))
                    .hasSameSizeAs(sim.events(EventKind.CHILD_RESUMED));
        }
    }

    @Test
    void theClocksOfAnAgentStandStillWhileItIsSuspended() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    provider.start(
                            sim,
                            circuit().build(),
                            AgentSpec.builder("a", "loop")
                                    .progress(ProgressLimits.within(ofSeconds(20)))
                                    .build(),
                            AgentSpec.builder("b", "handler")
                                    .deadlines(Deadlines.NONE.message(ofSeconds(5)))
                                    .build(),
                            AgentSpec.builder("c", "handler")
                                    .needs(KEY)
                                    .health(HealthChecks.every(ofSeconds(5)))
                                    .build());
            forceOpen(sim);
            root.tell(pid("b"), "work");
            root.tell(pid("c"), "work");
            sim.advance(ofMinutes(10));
            assertThat(root.children())
                    .allSatisfy(child -> {
                        assertThat(child.status()).isEqualTo(new AgentStatus.Suspended(KEY));
                        assertThat(child.run()).isEqualTo(1);
                    });
            assertThat(info(sim).suspensions()).isEqualTo(3);
            reset(sim);
            sim.advance(ofSeconds(5));
            assertThat(provider.answered).contains(pid("a"), pid("b"), pid("c"));
        }
    }
}
