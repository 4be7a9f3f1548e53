package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The quick start of the README, as it stands there. */
class QuickStartTest {

    // tag::quickstart[]
    static final AgentFactory<NoConfig> GREETER =
            AgentFactory.of(
                    "greeter",
                    () ->
                            (LoopAgent)
                                    context -> {
                                        while (!context.awaitStop(Duration.ofSeconds(1))) {
                                            System.out.println("hello from run " + context.run());
                                        }
                                    });

    public static void main(String[] args) {
        try (var runtime = SupervisorRuntime.builder("demo").factory(GREETER).build()) {
            AgentSupervisor root = runtime.start(SupervisorConfig.of("root"));
            AgentPid hello = root.spawnAgent(AgentSpec.of("hello", "greeter"));
            root.handleAgentExit(hello, ExitReason.error("it looks wrong from here"));
            System.out.println(root.child(hello).orElseThrow()); // running, run 2, restarted once
            root.stop();
        }
    }

    // end::quickstart[]

    @Test
    void theQuickStartShowsARestart() {
        try (var runtime = SupervisorRuntime.builder("demo").factory(GREETER).build()) {
            AgentSupervisor root = runtime.start(SupervisorConfig.of("root"));
            AgentPid hello = root.spawnAgent(AgentSpec.of("hello", "greeter"));
            root.handleAgentExit(hello, ExitReason.error("it looks wrong from here"));
            var info = root.child(hello).orElseThrow();
            assertThat(info.status().word()).isEqualTo("running");
            assertThat(info.run()).isEqualTo(2);
            assertThat(info.restartCount()).isEqualTo(1);
            assertThat(root.restartHistory())
                    .singleElement()
                    .satisfies(entry -> {
                        assertThat(entry.run()).isEqualTo(1);
                        assertThat(entry.reason().toString())
                                .isEqualTo("error: it looks wrong from here");
                    });
            root.stop();
            assertThat(runtime.termination().join().gaveUp()).isFalse();
        }
    }
}
