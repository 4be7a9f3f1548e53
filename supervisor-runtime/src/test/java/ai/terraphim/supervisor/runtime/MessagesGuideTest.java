package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentDown;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SystemMessage;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snippets of the guide page "Agents that talk to each other". */
@Timeout(60)
class MessagesGuideTest {

    static final class Writer implements MessageAgent {
        @Override
        public InitResult init(InitArgs args) {
            args.context().register("writer");
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) {
            context.log().log(Level.INFO, "writing {0}", message);
        }
    }

    record Orders(List<String> orders) {}

    static final class Ledger implements MessageAgent {
        private final List<String> orders = new ArrayList<>();

        @Override
        public Optional<Orders> stateToSave() {
            return Optional.of(new Orders(List.copyOf(orders)));
        }

        @Override
        public void handle(Object order, AgentContext context) {
            if (order.equals("orders")) {
                context.reply(List.copyOf(orders));
            } else {
                orders.add(order.toString());
            }
        }
    }

    static final class Foreman implements MessageAgent {
        @Override
        public void handle(Object message, AgentContext context) {
            switch (message) {
                case AgentPid worker -> context.monitor(worker);
                case AgentDown(var pid, var run, var reason) when !reason.isOrderly() ->
                        context.log().log(
                                Level.WARNING, "{0} run {1} failed: {2}", pid, run, reason);
                default -> {}
            }
        }
    }

    static final class Tab implements MessageAgent {
        @Override
        public InitResult init(InitArgs args) {
            AgentContext context = args.context();
            context.whereIs("browser").ifPresent(context::link);
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) {}
    }

    static final class Crawler implements LoopAgent {
        private boolean paused;

        @Override
        public void run(AgentContext context) throws Exception {
            while (!context.awaitStop(Duration.ofMillis(10))) {
                if (!paused) {
                    crawlOnePage();
                }
            }
        }

        @Override
        public void handleSystemMessage(SystemMessage message, AgentContext context) {
            switch (message) {
                case SystemMessage.SupervisorMessage(var text) -> paused = text.equals("pause");
                default -> LoopAgent.super.handleSystemMessage(message, context);
            }
        }

        @Override
        public Health healthCheck(AgentContext context) {
            return paused ? Health.bad("paused") : Health.good();
        }

        private void crawlOnePage() {}
    }

    private SupervisorRuntime runtime;
    private AgentSupervisor root;

    @BeforeEach
    void start() {
        runtime =
                SupervisorRuntime.builder("guide")
                        .factory(AgentFactory.of("writer", Writer::new))
                        .factory(AgentFactory.of("ledger", Ledger::new))
                        .factory(AgentFactory.of("foreman", Foreman::new))
                        .factory(AgentFactory.of("tab", Tab::new))
                        .factory(AgentFactory.of("crawler", Crawler::new))
                        .build();
        root = runtime.start(SupervisorConfig.of("root"));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    /** Runs something as a loop agent and gives what it returns. */
    private <T> T inAnAgent(Body<T> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        runtime.types()
                .register(
                        AgentFactory.of(
                                "body",
                                () ->
                                        (LoopAgent)
                                                context -> {
                                                    result.complete(body.run(context));
                                                    context.awaitStop(Duration.ofDays(1));
                                                }),
                        "the test");
        root.spawnAgent(AgentSpec.of("body", "body"));
        return result.join();
    }

    @FunctionalInterface
    interface Body<T> {
        T run(AgentContext context) throws Exception;
    }

    @Test
    void aMessageIsHandledOnce() {
        AgentPid ledger = root.spawnAgent(AgentSpec.of("ledger", "ledger"));
        String order = "a book";
        inAnAgent(context -> {
            for (int time = 0; time < 3; time++) {
                context.await(context.tellOnce(ledger, "order-17", order), Duration.ofSeconds(10));
            }
            return true;
        });
        assertThat(root.ask(ledger, "orders")).isEqualTo(List.of(order));
    }

    @Test
    void theWriterIsFoundByItsName() {
        root.spawnAgent(AgentSpec.of("writer", "writer"));
        inAnAgent(context -> {
            context.tell(new AgentPid("root/writer"), "a line");
            AgentRef writer = context.ref(new AgentPid("root/writer"));
            writer.tell("another line");
            context.whereIs("writer").ifPresent(pid -> context.tell(pid, "a line"));
            return true;
        });
        assertThat(root.whereIs("writer")).contains(new AgentPid("root/writer"));
        assertThat(runtime.deadLetterTotal()).isZero();
    }

    @Test
    void aQuestionIsAnswered() {
        MessageAgent counter = (message, context) -> context.reply(message.toString().length());
        runtime.types().register(AgentFactory.of("counter", () -> counter), "the test");
        root.spawnAgent(AgentSpec.of("counter", "counter"));
        assertThat(
                        this.<Object>inAnAgent(context -> {
                            Object length =
                                    context.ask(new AgentPid("root/counter"), "how long is this?");
                            return length;
                        }))
                .isEqualTo(17);
    }

    @Test
    void aLoopAgentWaitsForTheEndOfAnother() {
        AgentPid worker = root.spawnAgent(AgentSpec.of("worker", "writer"));
        root.tell(root.spawnAgent(AgentSpec.of("foreman", "foreman")), worker);
        CompletableFuture<AgentContext> watching = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(() -> {
                    watching.join();
                    root.handleAgentExit(worker, ExitReason.error("enough"));
                });
        AgentDown seen =
                inAnAgent(context -> {
                    watching.complete(context);
                    AgentDown down =
                            context.await(context.monitor(worker).down(), Duration.ofMinutes(5));
                    return down;
                });
        assertThat(seen.pid()).isEqualTo(worker);
    }

    @Test
    void aWriterCanBeToldToHandleAMessageAgain() {
        AgentSpec writer = AgentSpec.builder("writer", "writer").redeliver(3).build();
        assertThat(writer.safeguards().redeliver()).hasValue(3);
    }

    @Test
    void aTabFallsWithItsBrowser() {
        AgentPid browser = root.spawnAgent(AgentSpec.of("browser", "foreman"));
        root.register("browser", browser);
        AgentPid tab = root.spawnAgent(AgentSpec.of("tab", "tab"));
        root.handleAgentExit(browser, ExitReason.error("out of memory"));
        await().until(() -> root.child(tab).orElseThrow().run() == 2);
        assertThat(root.child(tab).orElseThrow().lastExit().orElseThrow())
                .hasToString("error: out of memory");
    }

    @Test
    void aPausedCrawlerIsUnhealthy() {
        AgentPid crawler = root.spawnAgent(AgentSpec.of("crawler", "crawler"));
        root.send(crawler, new SystemMessage.SupervisorMessage("pause"));
        root.send(crawler, new SystemMessage.HealthCheck());
        await().until(() -> root.child(crawler).orElseThrow().lastHealthCheck().isPresent());
        assertThat(root.child(crawler).orElseThrow().lastHealthCheck().orElseThrow().health())
                .isEqualTo(Health.bad("paused"));
    }

    @Test
    void theGuideShowsNothingElse() throws IOException {
        String source =
                packed(
                        Files.readString(
                                Path.of(
                                        "src/test/java/ai/terraphim/supervisor/runtime/MessagesGuideTest.java")));
        List<String> snippets =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(Path.of("../docs/guide/messages.md")))
                        .results()
                        .map(found -> found.group(1))
                        .toList();
        assertThat(snippets)
                .isNotEmpty()
                .allSatisfy(snippet -> assertThat(source).contains(packed(snippet)));
    }

    private static String packed(String code) {
        return code.replaceAll("\\s+", "");
    }
}
