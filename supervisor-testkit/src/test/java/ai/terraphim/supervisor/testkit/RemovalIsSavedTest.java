package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Who was told that a child is removed does not find it again after a crash of the JVM. */
class RemovalIsSavedTest {
    private static final AgentPid AGENT = new AgentPid("root/agent");
    private static final Duration WRITE = Duration.ofMillis(40);

    private static void remove(RestartType restart, int writes, Consumer<AgentSupervisor> removal) {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = sim.start(SupervisorConfig.of("root"), new TestAgentFactory());
            root.spawnAgent(AgentSpec.builder("agent", "test").restart(restart).build());
            sim.store().delay(WRITE);
            Instant before = sim.now();
            removal.accept(root);
            assertThat(root.children()).isEmpty();
            assertThat(sim.now())
                    .as("when the store has it")
                    .isEqualTo(before.plus(WRITE.multipliedBy(writes)));
        }
    }

    @Test
    void stopAgentReturnsWhenTheStoreHasForgottenIt() {
        remove(RestartType.PERMANENT, 1, root -> root.stopAgent(AGENT));
    }

    @Test
    void deleteChildReturnsWhenTheStoreHasForgottenIt() {
        remove(
                RestartType.PERMANENT,
                2, // that it was stopped is remembered first
                root -> {
                    root.terminateChild("agent");
                    root.deleteChild("agent");
                });
    }

    @Test
    void terminateChildOfATemporaryOneReturnsWhenTheStoreHasForgottenIt() {
        remove(RestartType.TEMPORARY, 1, root -> root.terminateChild("agent"));
    }

    @Test
    void itIsSaidIfTheStoreCannotForgetIt() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = sim.start(SupervisorConfig.of("root"), new TestAgentFactory());
            root.spawnAgent(AgentSpec.of("agent", "test"));
            sim.store().failing(true);
            assertThatThrownBy(() -> root.stopAgent(AGENT))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("root/agent was removed")
                    .hasMessageContaining("will be back after a restart");
            assertThat(root.children()).isEmpty();
        }
    }
}
