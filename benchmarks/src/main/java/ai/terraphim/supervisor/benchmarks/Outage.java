package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * {@code Outage guarded|backoff|plain}: a thousand agents call one HTTP server, which answers
 * nothing but 503 for a minute. Half of them are loop agents that call once a second, half message
 * agents that are told to. They are a hundred each below ten supervisors with the default
 * intensity.
 */
final class Outage {
    private static final String KEY = "http:provider";
    private static final int GROUPS = 10;
    private static final int GROUP = 100;
    private static final int TRIALS = 3;
    private static final Duration BEFORE = Duration.ofSeconds(10);
    private static final Duration DOWN = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What stands between the agents and the provider. */
    private enum Mode {
        /** A guard. */
        GUARDED,
        /** Nothing; restarts wait for their backoff, from 1 to 30 seconds. */
        BACKOFF,
        /** Nothing. */
        PLAIN
    }

    private final Mode mode;
    private final HttpServer server;
    private final HttpRequest request;
    private final HttpClient client = HttpClient.newHttpClient();
    private final LongAdder callsWhileDown = new LongAdder();
    private final Map<EventKind, LongAdder> events = new ConcurrentHashMap<>();
    private final Set<AgentPid> answered = ConcurrentHashMap.newKeySet();
    private volatile boolean down;
    private int tenth;

    private Outage(Mode mode) throws IOException {
        this.mode = mode;
        this.server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        this.request =
                HttpRequest.newBuilder(
                                URI.create("http://localhost:" + server.getAddress().getPort()))
                        .timeout(Duration.ofSeconds(5))
                        .build();
    }

    public static void main(String[] args) throws Exception {
        new Outage(Mode.valueOf(args[0].toUpperCase(Locale.ROOT))).run();
        System.exit(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        boolean refuses = down;
        if (refuses) {
            callsWhileDown.increment();
        }
        try (exchange) {
            Thread.sleep(refuses ? 20 : 100);
            exchange.sendResponseHeaders(refuses ? 503 : 204, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void call(AgentContext context) throws Exception {
        Callable<Integer> ask =
                () -> {
                    int status =
                            client.send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode();
                    if (status >= 400) {
                        throw new IOException("status " + status);
                    }
                    return status;
                };
        if (mode == Mode.GUARDED) {
            context.guarded(KEY, ask);
        } else {
            ask.call();
        }
        answered.add(context.pid());
    }

    private SupervisorConfig tree() {
        return SupervisorConfig.builder("root")
                .children(
                        IntStream.range(0, GROUPS)
                                .mapToObj(group ->
                                        SupervisorConfig.builder("group-" + group)
                                                .children(agents())
                                                .build())
                                .toArray(ChildSpec[]::new))
                .build();
    }

    private ChildSpec[] agents() {
        return IntStream.range(0, GROUP)
                .mapToObj(i -> {
                    AgentSpec.Builder agent =
                            AgentSpec.builder("agent-" + i, i % 2 == 0 ? "loop" : "told");
                    if (mode == Mode.GUARDED && i % 2 == 1) {
                        agent.needs(KEY);
                    }
                    if (mode == Mode.BACKOFF) {
                        agent.backoff(
                                Backoff.builder(Duration.ofSeconds(1))
                                        .max(Duration.ofSeconds(30))
                                        .build());
                    }
                    return agent.build();
                })
                .toArray(ChildSpec[]::new);
    }

    private void run() throws Exception {
        server.start();
        SupervisorRuntime.Builder builder =
                SupervisorRuntime.builder("outage")
                        .factory(
                                AgentFactory.of(
                                        "loop",
                                        () ->
                                                (LoopAgent)
                                                        context -> {
                                                            while (!context.awaitStop(
                                                                    Duration.ofSeconds(1))) {
                                                                call(context);
                                                            }
                                                        }))
                        .factory(
                                AgentFactory.of(
                                        "told", () -> (MessageAgent) (_, context) -> call(context)))
                        .listener(event ->
                                events.computeIfAbsent(event.kind(), _ -> new LongAdder())
                                        .increment());
        if (mode == Mode.GUARDED) {
            builder.dependency(
                    DependencyConfig.builder(KEY)
                            .openFor(Duration.ofSeconds(10))
                            .trialCalls(TRIALS)
                            .build());
        }
        try (SupervisorRuntime runtime = builder.build()) {
            AgentSupervisor root = runtime.start(tree());
            tellFor(BEFORE, root);
            if (answered.size() < GROUPS * GROUP) {
                throw new IllegalStateException(
                        "only %d agents work before the outage".formatted(answered.size()));
            }
            down = true;
            tellFor(DOWN, root);
            down = false;
            answered.clear();
            long back = System.nanoTime();
            long workAgain = -1;
            while (workAgain < 0
                    && System.nanoTime() - back < PATIENCE.toNanos()
                    && !runtime.termination().isDone()) {
                tellFor(Duration.ofMillis(100), root);
                if (answered.size() == GROUPS * GROUP) {
                    workAgain = System.nanoTime() - back;
                }
            }
            boolean alive = !runtime.termination().isDone();
            print("restarts", runtime.restartTotal(), "restarts");
            print("escalations", runtime.escalationTotal(), "escalations");
            print("calls_while_down", callsWhileDown.sum(), "calls");
            print("half_openings", count(EventKind.CIRCUIT_HALF_OPENED), "times");
            print("trees_alive", alive ? 1 : 0, "trees");
            print("agents_that_work", answered.size(), "agents");
            print("all_work_again", workAgain < 0 ? -1 : workAgain / 1_000_000, "ms");
        } finally {
            server.stop(0);
        }
    }

    private void print(String figure, long value, String unit) {
        new Report("ours-" + mode.name().toLowerCase(Locale.ROOT), System.out)
                .value("outage." + figure, (double) value, unit, GROUPS * GROUP, 1);
    }

    private long count(EventKind kind) {
        LongAdder count = events.get(kind);
        return count == null ? 0 : count.sum();
    }

    /** Tells each message agent once a second to call. */
    private void tellFor(Duration time, AgentSupervisor root) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        do {
            for (int i = 1; i < GROUPS * GROUP; i += 2) {
                if (i / 2 % 10 == tenth % 10) {
                    tell(root, new AgentPid("root/group-" + i / GROUP + "/agent-" + i % GROUP));
                }
            }
            tenth++;
            Thread.sleep(100);
        } while (System.nanoTime() < end);
    }

    private static void tell(AgentSupervisor root, AgentPid pid) {
        try {
            root.tell(pid, "call");
        } catch (SupervisionException _) {
            // it is down: the next one
            return;
        }
    }
}
