package ai.terraphim.supervisor.plugins.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** In the true runtime; the processes are looked for by their marker. */
@EnabledOnOs(OS.LINUX)
class ProcessInATreeIT {

    private static final AgentPid WEB = new AgentPid("root/web");

    @TempDir Path data;
    private SupervisorRuntime runtime;
    private AgentSupervisor root;

    @BeforeEach
    void startTree() {
        runtime =
                SupervisorRuntime.builder("test")
                        .factory(new ProcessAgentFactory())
                        .dataFolder(data)
                        .build();
        root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .intensity(new RestartIntensity(100, Duration.ofSeconds(60)))
                                .build());
    }

    @AfterEach
    void stopTree() throws Exception {
        runtime.close();
        assertThat(processes()).isEmpty();
    }

    @Test
    void aKilledProcessIsBackAndTheReasonSaysHowItEnded() throws Exception {
        spawn("echo serving; sleep 1000; :", Shutdown.DEFAULT);
        await().atMost(10, SECONDS).until(() -> processes().size() == 2); // the shell and its sleep
        ProcessHandle shell = processes().getFirst();
        shell.destroyForcibly();
        await().atMost(10, SECONDS).until(() -> run() == 2 && processes().size() == 2);
        assertThat(processes()).doesNotContain(shell);
        assertThat(root.restartHistory().getFirst().reason().toString())
                .contains("exit code 137 (signal 9) after")
                .endsWith("last output: serving");
    }

    @Test
    void aRunReportedAsFailedFromOutsideIsReplacedWithAllItsProcesses() throws Exception {
        spawn("trap '' TERM; sleep 1000 & wait; :", Shutdown.DEFAULT);
        for (int i = 1; i <= 5; i++) {
            int number = i;
            await().atMost(10, SECONDS).until(() -> run() == number && processes().size() == 2);
            List<ProcessHandle> before = processes();
            root.handleAgentExit(WEB, ExitReason.error("it does not answer"));
            await().atMost(10, SECONDS).until(() -> run() == number + 1 && processes().size() == 2);
            assertThat(processes()).doesNotContainAnyElementsOf(before);
        }
    }

    /** A process reports no progress, so this limit is met by every one. */
    @Test
    void aRunThatIsStuckIsReplacedWithAllItsProcesses() throws Exception {
        root.spawnAgent(
                AgentSpec.builder("web", "process")
                        .config(command("trap '' TERM; sleep 1000 & wait; :"))
                        .progress(ProgressLimits.within(Duration.ofSeconds(2)))
                        .build());
        await().atMost(10, SECONDS).until(() -> run() == 1 && processes().size() == 2);
        List<ProcessHandle> before = processes();
        await().atMost(20, SECONDS).until(() -> run() == 2);
        await().atMost(10, SECONDS).until(() -> before.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(root.restartHistory().getFirst().reason())
                .isInstanceOf(ExitReason.Timeout.class);
    }

    @Test
    void aProcessWhoseRunIsStuckIsSignalledBeforeItIsKilled() throws Exception {
        root.spawnAgent(
                AgentSpec.builder("web", "process")
                        .config(
                                command(
                                        "trap 'touch signalled; exit 0' TERM; while :; do sleep 0.02; done"))
                        .progress(ProgressLimits.within(Duration.ofSeconds(1)))
                        .build());
        await().atMost(20, SECONDS).until(() -> run() == 2);
        assertThat(data.resolve("signalled")).exists();
    }

    @Test
    void nothingIsLeftWhenAStopReturnsHoweverItIsStopped() throws Exception {
        for (Shutdown shutdown :
                List.of(
                        Shutdown.DEFAULT,
                        Shutdown.within(Duration.ofMillis(300)),
                        Shutdown.within(Duration.ZERO),
                        Shutdown.infinity(),
                        Shutdown.brutalKill())) {
            spawn("sleep 1000 & echo ready; wait", shutdown);
            await().atMost(10, SECONDS).until(() -> processes().size() == 2);
            root.stopAgent(WEB);
            await().atMost(5, SECONDS).until(() -> processes().isEmpty());
        }
    }

    @Test
    void aStopRightAfterTheStartLeavesNothing() {
        for (int i = 0; i < 20; i++) {
            spawn("sleep 1000", i % 2 == 0 ? Shutdown.brutalKill() : Shutdown.DEFAULT);
            root.stopAgent(WEB);
        }
        await().atMost(5, SECONDS).until(() -> processes().isEmpty());
    }

    @Test
    void aProgramThatIsNotThereIsRefusedByName() {
        assertThatThrownBy(() ->
                        root.spawnAgent(
                                AgentSpec.builder("web", "process")
                                        .config(Map.of("command", List.of("no-such-program")))
                                        .build()))
                .isInstanceOf(ChildStartException.class)
                .hasMessageContaining("cannot start 'no-such-program'");
    }

    @Test
    void everyKeyIsUnderstoodAndAnUnknownOneRefused() throws Exception {
        Map<String, Object> config =
                Map.of(
                        "command",
                        List.of("sleep", "1000"),
                        "env",
                        Map.of("PORT", "8080"),
                        "folder",
                        ".",
                        "normal_exit_codes",
                        List.of(0, 2),
                        "silence_limit",
                        "1h",
                        "kill_after",
                        "2s",
                        "output_limit",
                        0,
                        "max_line",
                        100);
        root.spawnAgent(AgentSpec.builder("web", "process").config(config).build());
        assertThatThrownBy(() ->
                        root.spawnAgent(
                                AgentSpec.builder("other", "process")
                                        .config(Map.of("command", List.of("true"), "shell", true))
                                        .build()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("shell");
    }

    private void spawn(String script, Shutdown shutdown) {
        root.spawnAgent(
                AgentSpec.builder("web", "process")
                        .config(command(script))
                        .shutdown(shutdown)
                        .build());
    }

    private static Map<String, Object> command(String script) {
        return Map.of("command", List.of("sh", "-c", script));
    }

    private long run() {
        return root.child(WEB).orElseThrow().run();
    }

    private List<ProcessHandle> processes() throws Exception {
        return new RunMarker(data.toRealPath().toString(), WEB.path(), 0).ofAnyRun();
    }
}
