package ai.terraphim.supervisor.plugins.httpprobe;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.plugins.TestContext;
import ai.terraphim.supervisor.plugins.TestRun;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real server. */
class HttpProbeAgentTest {

    @TempDir Path data;
    private TestContext context;
    private HttpServer server;
    private ExecutorService threads;
    private volatile HttpHandler handler = answer(200, "all is well");
    private final AtomicInteger requests = new AtomicInteger();

    @BeforeEach
    void startServer() throws IOException {
        context = new TestContext(data);
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    handler.handle(exchange);
                });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void checksAtOnceAndThenAtIntervals() throws Exception {
        TestRun run = start(new TestConfig());
        await().atMost(10, SECONDS).until(() -> requests.get() >= 3);
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        Statistics statistics = statistics();
        assertThat(statistics.checks()).isGreaterThanOrEqualTo(2);
        assertThat(statistics.failures()).isZero();
        assertThat(statistics.lastStatus()).hasValue(200);
        assertThat(statistics.minLatencyMs().orElseThrow())
                .isPositive()
                .isLessThanOrEqualTo(statistics.meanLatencyMs().orElseThrow());
        assertThat(statistics.meanLatencyMs().orElseThrow())
                .isLessThanOrEqualTo(statistics.maxLatencyMs().orElseThrow());
        assertThat(context.logged()).singleElement().asString().contains("is as expected, after");
    }

    @Test
    void aChangeIsLoggedOnceAndSavedAtOnce() throws Exception {
        TestRun run = start(new TestConfig());
        await().atMost(10, SECONDS).until(() -> statistics().checks() > 0);
        handler = answer(500, "oh no");
        await().atMost(10, SECONDS).until(() -> statistics().consecutiveFailures() > 0);
        int seen = requests.get();
        await().atMost(10, SECONDS).until(() -> requests.get() > seen + 3);
        handler = answer(200, "better");
        await().atMost(10, SECONDS).until(() -> statistics().isOk());
        run.stop();
        assertThat(context.logged()).hasSize(3);
        assertThat(context.logged().get(1))
                .startsWith("WARNING http://")
                .endsWith("/ fails: status 500, expected 2xx");
        assertThat(context.logged().get(2)).contains("is as expected again, after ");
        assertThat(statistics().lastError()).hasValue("status 500, expected 2xx");
    }

    @Test
    void statisticsGoOnInTheNextRun() throws Exception {
        TestRun first = start(new TestConfig());
        await().atMost(10, SECONDS).until(() -> requests.get() > 0);
        first.stop();
        Statistics before = statistics();
        context = context.next();
        handler = answer(200, "all is well");
        TestRun second = start(new TestConfig());
        await().atMost(10, SECONDS).until(() -> statistics().checks() > before.checks());
        second.stop();
        assertThat(statistics().since()).isEqualTo(before.since());
        assertThat(context.logged()).hasSize(1); // nothing has changed
    }

    @Test
    void failAfterEndsTheRunAndSaysWhatFailedLast() throws Exception {
        handler = answer(503, "");
        TestConfig config = new TestConfig();
        config.failAfter = OptionalInt.of(3);
        assertThat(start(config).exit().toString())
                .endsWith("failed 3 checks in a row, the last time: status 503, expected 2xx");
        assertThat(requests).hasValue(3);
        assertThat(statistics().consecutiveFailures()).isEqualTo(3);

        context = context.next();
        assertThat(start(config).exit().isOrderly()).isFalse();
        assertThat(requests).as("a restarted probe has its three tries again").hasValue(6);
        assertThat(statistics().consecutiveFailures()).isEqualTo(6);
    }

    @Test
    void aBodyWithoutTheTextFails() throws Exception {
        TestConfig config = new TestConfig();
        config.expectBody = Optional.of("is well");
        TestRun run = start(config);
        await().atMost(10, SECONDS).until(() -> statistics().checks() > 0);
        assertThat(statistics().isOk()).isTrue();
        handler = answer(200, "all is lost");
        await().atMost(10, SECONDS).until(() -> !statistics().isOk());
        assertThat(statistics().lastError()).hasValue("the body does not have the text 'is well'");
        run.stop();
    }

    @Test
    void aBodyWithoutEndIsReadInPart() throws Exception {
        handler =
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    byte[] lines = "on and on\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
                    try (OutputStream body = exchange.getResponseBody()) {
                        while (true) {
                            body.write(lines);
                        }
                    }
                };
        TestConfig config = new TestConfig();
        config.expectBody = Optional.of("on and on");
        config.timeout = Optional.of(Duration.ofSeconds(20));
        assertThat(firstCheck(config).lastError()).isEmpty();
    }

    @Test
    void aSlowAnswerFails() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        handler =
                exchange -> {
                    awaitQuietly(late, 50);
                    answer(200, "").handle(exchange);
                };
        TestConfig config = new TestConfig();
        config.maxLatency = Optional.of(Duration.ofMillis(20));
        assertThat(firstCheck(config).lastError().orElseThrow())
                .matches("it took \\d+ ms, more than 0.02s");
    }

    @Test
    void noAnswerInTimeFails() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        handler = _ -> awaitQuietly(end, 30_000);
        TestConfig config = new TestConfig();
        config.timeout = Optional.of(Duration.ofMillis(200));
        Statistics statistics = firstCheck(config);
        end.countDown();
        assertThat(statistics.lastError()).hasValue("no answer within 0.2s");
        assertThat(statistics.lastStatus()).isEmpty();
        assertThat(statistics.answers()).isZero();
    }

    @Test
    void aBodyThatStopsComingIsNoAnswerInTime() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        handler =
                exchange -> {
                    exchange.sendResponseHeaders(200, 100);
                    exchange.getResponseBody().write(1);
                    exchange.getResponseBody().flush();
                    awaitQuietly(end, 30_000);
                };
        TestConfig config = new TestConfig();
        config.timeout = Optional.of(Duration.ofMillis(500));
        Statistics statistics = firstCheck(config);
        end.countDown();
        assertThat(statistics.lastError()).hasValue("no answer within 0.5s");
    }

    @Test
    void aRefusedConnectionFails() throws Exception {
        TestConfig config = new TestConfig();
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            config.url = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/");
        }
        assertThat(firstCheck(config).lastError())
                .hasValue("cannot connect to " + config.url.getAuthority());
    }

    @Test
    void aRedirectIsAStatusOfItsOwn() throws Exception {
        handler =
                exchange -> {
                    exchange.getResponseHeaders().set("Location", "/elsewhere");
                    answer(301, "").handle(exchange);
                };
        assertThat(firstCheck(new TestConfig()).lastError())
                .hasValue("status 301 to /elsewhere, expected 2xx");
    }

    @Test
    void methodAndHeadersAreSent() throws Exception {
        handler =
                exchange -> {
                    boolean asConfigured =
                            exchange.getRequestMethod().equals("OPTIONS")
                                    && List.of("yes")
                                            .equals(exchange.getRequestHeaders().get("X-Probe"));
                    answer(asConfigured ? 200 : 400, "").handle(exchange);
                };
        TestConfig config = new TestConfig();
        config.method = Optional.of("OPTIONS");
        config.headers = Optional.of(Map.of("X-Probe", "yes"));
        assertThat(firstCheck(config).lastStatus()).hasValue(200);
    }

    @Test
    void aStopEndsACheckInProgressAtOnce() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        handler =
                _ -> {
                    asked.countDown();
                    awaitQuietly(end, 30_000);
                };
        TestConfig config = new TestConfig();
        config.timeout = Optional.of(Duration.ofSeconds(30));
        TestRun run = start(config);
        assertThat(asked.await(10, SECONDS)).isTrue();
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown()); // within the shutdown time
        end.countDown();
    }

    @Test
    void manyChecksASecondAreSavedOnceASecond() throws Exception {
        TestConfig config = new TestConfig();
        config.every = Duration.ofMillis(1);
        TestRun run = start(config);
        await().atMost(20, SECONDS).until(() -> requests.get() > 100);
        run.stop();
        assertThat(context.checkpoints()).isLessThan(requests.get() / 2);
        assertThat(statistics().checks()).as("and at the stop").isGreaterThan(100);
    }

    @Test
    void aStoreThatFailsIsReportedOnceAndProbingGoesOn() throws Exception {
        context.saving((_, _) -> {
            throw new StorageException(true, "disk full", new IOException());
        });
        TestRun run = start(new TestConfig());
        await().atMost(10, SECONDS).until(() -> requests.get() > 2);
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(context.logged())
                .filteredOn(line -> line.contains("cannot be saved"))
                .hasSize(1);
    }

    // What the tests are made of

    private TestRun start(TestConfig config) throws Exception {
        return TestRun.start(new HttpProbeAgent(config.config()), context);
    }

    private Statistics firstCheck(TestConfig config) throws Exception {
        TestRun run = start(config);
        await().atMost(30, SECONDS).until(() -> statistics().checks() > 0);
        run.stop();
        return statistics();
    }

    private Statistics statistics() {
        return context.restored(Statistics.class).orElseGet(() -> Statistics.none(context.now()));
    }

    private static HttpHandler answer(int status, String body) {
        return (HttpExchange exchange) -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        };
    }

    private static void awaitQuietly(CountDownLatch latch, long millis) {
        try {
            latch.await(millis, java.util.concurrent.TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A configuration with nearly every default, for tests to change what they are about. */
    private final class TestConfig {
        private URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        private Duration every = Duration.ofMillis(100);
        private Optional<Duration> timeout = Optional.empty();
        private Optional<String> expectBody = Optional.empty();
        private Optional<Duration> maxLatency = Optional.empty();
        private Optional<String> method = Optional.empty();
        private Optional<Map<String, String>> headers = Optional.empty();
        private OptionalInt failAfter = OptionalInt.empty();

        private HttpProbeConfig config() {
            return new HttpProbeConfig(
                    url,
                    Optional.of(every),
                    timeout,
                    Optional.empty(),
                    expectBody,
                    maxLatency,
                    method,
                    headers,
                    failAfter);
        }
    }
}
