package ai.terraphim.supervisor.plugins.watch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In the true runtime, which fences and interrupts runs. */
class WatchInATreeIT {

    private static final AgentPid INBOX = new AgentPid("root/inbox");
    private static final int FILES = 2000;

    @TempDir Path data;

    @Test
    void eachFileStandsOnceInTheOutputHoweverOftenTheRunIsKilled() throws Exception {
        Path inbox = Files.createDirectory(data.resolve("inbox"));
        try (SupervisorRuntime runtime =
                SupervisorRuntime.builder("test")
                        .factory(new WatchAgentFactory())
                        .dataFolder(data)
                        .build()) {
            AgentSupervisor root =
                    runtime.start(
                            SupervisorConfig.builder("root")
                                    .intensity(new RestartIntensity(1000, Duration.ofSeconds(60)))
                                    .children(
                                            AgentSpec.builder("inbox", "watch")
                                                    .config(
                                                            Map.of(
                                                                    "folder", "inbox",
                                                                    "output", "inbox.log",
                                                                    "every", "20ms",
                                                                    "include", "*.txt"))
                                                    .build())
                                    .build());
            Random random = new Random(3);
            for (int i = 0; i < FILES; i++) {
                Files.writeString(inbox.resolve(i + ".txt"), "content of " + i);
                if (random.nextInt(100) == 0) {
                    root.handleAgentExit(INBOX, ExitReason.kill());
                }
            }
            for (int i = 0; i < 10; i++) {
                int seen = lines().size();
                await().atMost(20, SECONDS)
                        .until(() -> lines().size() > seen || lines().size() >= FILES);
                root.handleAgentExit(INBOX, ExitReason.kill());
            }
            await().atMost(30, SECONDS).until(() -> lines().size() >= FILES);
            root.stopAgent(INBOX);
            assertThat(root.restartHistory().size()).isGreaterThan(10);
        }
        assertThat(lines().stream().map(FileFacts::nameIn)).hasSize(FILES).doesNotHaveDuplicates();
    }

    private List<String> lines() throws IOException {
        Path output = data.resolve("inbox.log");
        return Files.exists(output) ? Files.readAllLines(output) : List.of();
    }
}
