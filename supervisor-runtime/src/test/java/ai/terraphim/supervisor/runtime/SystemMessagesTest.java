package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentDown;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.HealthReport;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.SynchronousQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** System messages and health, for both kinds of agent, on real threads. */
@Timeout(60)
class SystemMessagesTest {
    private static final AgentPid A = new SupervisorId("root").child("a");

    private final List<String> trace = new CopyOnWriteArrayList<>();
    private final SynchronousQueue<Health> health = new SynchronousQueue<>();
    private SupervisorRuntime runtime;
    private AgentSupervisor root;

    /** Message agents do nothing by themselves. */
    private class Resting implements MessageAgent {
        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message instanceof CompletionStage<?> gate) {
                trace.add("waiting");
                context.await(gate, Duration.ofMinutes(1));
            } else {
                trace.add("message " + message);
            }
        }

        @Override
        public void stop(AgentContext context) {
            trace.add("stop");
        }
    }

    /** Loop agents wait in all three ways in turn. */
    private class Waiting implements LoopAgent {
        @Override
        public void run(AgentContext context) throws Exception {
            CompletableFuture<Void> never = new CompletableFuture<>();
            switch ((int) (context.run() % 3)) {
                case 0 -> context.sleep(Duration.ofMinutes(1));
                case 1 -> context.awaitStop(Duration.ofMinutes(1));
                default -> context.await(never, Duration.ofMinutes(1));
            }
        }

        @Override
        public void stop(AgentContext context) {
            trace.add("stop");
        }
    }

    private void start(RestartType restart, AgentFactory<?> factory) {
        runtime = SupervisorRuntime.builder("test").factory(factory).build();
        root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.builder("a", "a").restart(restart).build())
                                .build());
    }

    private void startKind(String kind, RestartType restart) {
        start(
                restart,
                kind.equals("message")
                        ? AgentFactory.of("a", Resting::new)
                        : AgentFactory.of("a", Waiting::new));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private SupervisedAgentInfo info() {
        return root.child(A).orElseThrow();
    }

    private void awaitRun(long run) {
        await().until(() -> info().run() == run && info().status().word().equals("running"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"message", "loop"})
    void shutdownEndsTheRunInAnOrderlyWay(String kind) {
        startKind(kind, RestartType.TRANSIENT);
        CompletionStage<AgentDown> down = root.monitor(A).down();
        root.send(A, new SystemMessage.Shutdown());
        assertThat(down.toCompletableFuture().join().reason()).isEqualTo(ExitReason.shutdown());
        await().until(() -> info().status().word().equals("stopped"));
        assertThat(trace).containsExactly("stop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"message", "loop"})
    void aPermanentAgentComesBackAfterAShutdown(String kind) {
        startKind(kind, RestartType.PERMANENT);
        root.send(A, new SystemMessage.Shutdown());
        awaitRun(2);
    }

    @ParameterizedTest
    @EnumSource(RestartType.class)
    void restartStartsTheAgentAgainWhateverItsType(RestartType restart) {
        startKind(restart == RestartType.TRANSIENT ? "loop" : "message", restart);
        root.send(A, new SystemMessage.Restart());
        awaitRun(2);
        root.send(A, new SystemMessage.Restart());
        awaitRun(3);
        assertThat(root.restartHistory()).as("not counted").isEmpty();
    }

    @Test
    void systemMessagesComeBeforeOrdinaryOnes() {
        start(
                RestartType.PERMANENT,
                AgentFactory.of(
                        "a",
                        () ->
                                new Resting() {
                                    @Override
                                    public void handleSystemMessage(
                                            SystemMessage message, AgentContext context) {
                                        trace.add("system " + message);
                                    }
                                }));
        CompletableFuture<Void> gate = new CompletableFuture<>();
        root.tell(A, gate);
        await().until(() -> trace.contains("waiting"));
        root.tell(A, 1);
        root.tell(A, 2);
        root.send(A, new SystemMessage.SupervisorMessage("pause"));
        root.send(A, new SystemMessage.StatusUpdate(A, new AgentStatus.Stopping()));
        gate.complete(null);
        await().until(() -> trace.contains("message 2"));
        assertThat(trace)
                .containsExactly(
                        "waiting",
                        "system SupervisorMessage[text=pause]",
                        "system StatusUpdate[pid=root/a, status=Stopping[]]",
                        "message 1",
                        "message 2");
    }

    @Test
    void aLoopAgentHandlesThemOnItsOwnThreadAndMayWaitMeanwhile() {
        CompletableFuture<Thread> body = new CompletableFuture<>();
        List<Thread> handlers = new CopyOnWriteArrayList<>();
        start(
                RestartType.PERMANENT,
                AgentFactory.of(
                        "a",
                        () ->
                                new LoopAgent() {
                                    @Override
                                    public void run(AgentContext context) throws Exception {
                                        body.complete(Thread.currentThread());
                                        context.sleep(Duration.ofMinutes(1));
                                    }

                                    @Override
                                    public void handleSystemMessage(
                                            SystemMessage message, AgentContext context) {
                                        context.awaitStop(Duration.ofMillis(1));
                                        handlers.add(Thread.currentThread());
                                    }
                                }));
        root.send(A, new SystemMessage.SupervisorMessage("one"));
        root.send(A, new SystemMessage.SupervisorMessage("two"));
        await().until(() -> handlers.size() == 2);
        assertThat(handlers).containsOnly(body.join());
    }

    @ParameterizedTest
    @ValueSource(strings = {"message", "loop"})
    void aHealthCheckIsPublished(String kind) throws Exception {
        start(
                RestartType.PERMANENT,
                kind.equals("message")
                        ? AgentFactory.of(
                                "a",
                                () ->
                                        new Resting() {
                                            @Override
                                            public Health healthCheck(AgentContext context)
                                                    throws Exception {
                                                return health.take();
                                            }
                                        })
                        : AgentFactory.of(
                                "a",
                                () ->
                                        new Waiting() {
                                            @Override
                                            public Health healthCheck(AgentContext context)
                                                    throws Exception {
                                                return health.take();
                                            }
                                        }));
        assertThat(info().lastHealthCheck()).isEmpty();
        root.send(A, new SystemMessage.HealthCheck());
        health.put(Health.bad("no provider"));
        await().until(() -> info().lastHealthCheck().isPresent());
        HealthReport report = info().lastHealthCheck().orElseThrow();
        assertThat(report.run()).isEqualTo(1);
        assertThat(report.health()).isEqualTo(Health.bad("no provider"));
        root.send(A, new SystemMessage.HealthCheck());
        health.put(Health.good());
        await().until(() -> info().lastHealthCheck().orElseThrow().health().equals(Health.good()));
        assertThat(info().run()).isEqualTo(1);
        assertThat(root.children().getFirst().lastHealthCheck()).isPresent();
    }

    @Test
    void aHealthCheckThatThrowsIsAnUnhealthyAgentAndNoCrash() {
        start(
                RestartType.PERMANENT,
                AgentFactory.of(
                        "a",
                        () ->
                                new Resting() {
                                    @Override
                                    public Health healthCheck(AgentContext context) {
                                        throw new IllegalStateException("no socket");
                                    }
                                }));
        root.send(A, new SystemMessage.HealthCheck());
        await().until(() -> info().lastHealthCheck().isPresent());
        assertThat(info().lastHealthCheck().orElseThrow().health())
                .isEqualTo(Health.bad("IllegalStateException: no socket"));
        assertThat(info().run()).isEqualTo(1);
    }

    @Test
    void whatAHandlerThrowsIsACrash() {
        start(
                RestartType.PERMANENT,
                AgentFactory.of(
                        "a",
                        () ->
                                new Waiting() {
                                    @Override
                                    public void handleSystemMessage(
                                            SystemMessage message, AgentContext context) {
                                        throw new IllegalStateException("cannot");
                                    }
                                }));
        root.send(A, new SystemMessage.SupervisorMessage("go"));
        awaitRun(2);
        assertThat(info().lastExit().orElseThrow())
                .hasToString("error: IllegalStateException: cannot");
    }

    @Test
    void onlySoManyWaitAndThoseThatAreNotHeardAreDeadLetters() {
        startKind("message", RestartType.PERMANENT);
        root.tell(A, new CompletableFuture<Void>());
        await().until(() -> trace.contains("waiting"));
        IntStream.range(0, 100)
                .forEach(i -> root.send(A, new SystemMessage.SupervisorMessage("" + i)));
        assertThatThrownBy(() -> root.send(A, new SystemMessage.SupervisorMessage("more")))
                .isInstanceOf(MailboxFullException.class)
                .hasMessageContainingAll("root/a", "100", "send later");
        root.terminateChild("a");
        await().until(() -> runtime.deadLetterTotal() == 100);
        assertThatThrownBy(() -> root.send(A, new SystemMessage.Restart()))
                .isInstanceOf(ChildNotFoundException.class)
                .hasMessageContainingAll("root/a", "restart it first");
        assertThat(runtime.deadLetterTotal()).isEqualTo(101);
    }
}
