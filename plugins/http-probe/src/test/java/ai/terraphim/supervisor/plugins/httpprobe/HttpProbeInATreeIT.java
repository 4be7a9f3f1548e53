package ai.terraphim.supervisor.plugins.httpprobe;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.config.BoundAgent;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In the true runtime, which binds the configuration and writes the state as JSON. */
class HttpProbeInATreeIT {

    private static final AgentPid PROBE = new AgentPid("root/probe");

    @TempDir Path data;
    private HttpServer server;
    private volatile int status = 200;
    private final AtomicInteger requests = new AtomicInteger();
    private SupervisorRuntime runtime;
    private AgentSupervisor root;

    @BeforeEach
    void startTree() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        server.start();
        runtime =
                SupervisorRuntime.builder("test")
                        .factory(new HttpProbeAgentFactory())
                        .dataFolder(data)
                        .build();
        root = runtime.start(SupervisorConfig.of("root"));
    }

    @AfterEach
    void stopTree() {
        runtime.close();
        server.stop(0);
    }

    @Test
    void aFailedCheckIsAResultAndTheStatisticsCanBeReadAfterARestart() {
        spawn(Map.of());
        awaitMoreRequests();
        status = 500;
        awaitMoreRequests();
        root.restartAgent(PROBE);
        awaitMoreRequests();
        assertThat(root.child(PROBE).orElseThrow().run()).isEqualTo(2);
        assertThat(runtime.crashTotal()).isZero();
    }

    @Test
    void theStatisticsComeBackFromJsonAsTheyWere() {
        Statistics none = Statistics.none(Instant.now());
        Statistics full =
                none.after(Check.unanswered(Duration.ofSeconds(5), "no answer"), Instant.now())
                        .after(
                                new Check(
                                        Optional.of(200),
                                        Duration.ofNanos(1234567),
                                        Optional.empty()),
                                Instant.now());
        BoundAgent agent = runtime.types().bind(spec(Map.of()));
        for (Statistics statistics : List.of(none, full)) {
            assertThat(agent.decode(agent.encode(statistics, 1), Statistics.class))
                    .isEqualTo(statistics);
        }
    }

    @Test
    void failAfterIsACrashThatIsRestarted() {
        status = 503;
        spawn(Map.of("fail_after", 3));
        await().atMost(10, SECONDS).until(() -> !root.restartHistory().isEmpty());
        assertThat(root.restartHistory().getFirst().reason().toString())
                .endsWith("failed 3 checks in a row, the last time: status 503, expected 2xx");
    }

    @Test
    void everyKeyIsUnderstood() {
        spawn(
                Map.of(
                        "timeout",
                        "2s",
                        "expect_status",
                        List.of(200, "3xx"),
                        "max_latency",
                        "1s",
                        "method",
                        "HEAD",
                        "headers",
                        Map.of("Accept", "text/plain"),
                        "fail_after",
                        3));
        awaitMoreRequests();
        root.stopAgent(PROBE);
        spawn(Map.of("expect_status", 200, "expect_body", ""));
    }

    @Test
    void aWrongStatusIsRefusedBeforeAnythingStarts() {
        assertThatThrownBy(() -> spawn(Map.of("expect_status", "fine")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("expect_status must be as in 200, 200-299, 2xx");
    }

    private void spawn(Map<String, Object> more) {
        root.spawnAgent(spec(more));
    }

    private AgentSpec spec(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("url", "http://127.0.0.1:" + server.getAddress().getPort() + "/");
        config.put("every", "50ms");
        return AgentSpec.builder("probe", "http-probe").config(config).build();
    }

    private void awaitMoreRequests() {
        int seen = requests.get();
        await().atMost(10, SECONDS).until(() -> requests.get() > seen + 1);
    }
}
