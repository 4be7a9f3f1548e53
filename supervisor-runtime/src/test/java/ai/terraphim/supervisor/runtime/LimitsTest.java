package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much a runtime holds, and what is removed by itself. */
@Timeout(60)
class LimitsTest {
    private SupervisorRuntime runtime;

    private AgentSupervisor start(int maxAgents, SupervisorConfig root) {
        runtime =
                SupervisorRuntime.builder("test")
                        .factory(
                                AgentFactory.of("waiting", () -> (MessageAgent) LimitsTest::handle))
                        .maxAgents(maxAgents)
                        .build();
        return runtime.start(root);
    }

    private static void handle(Object message, AgentContext context) throws Exception {
        if (message instanceof CompletableFuture<?> gate) {
            context.await(gate, Duration.ofMinutes(1));
        }
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static AgentSpec agent(String id) {
        return AgentSpec.of(id, "waiting");
    }

    @Test
    void noMoreAgentsThanTheRuntimeMayHave() {
        AgentSupervisor root =
                start(
                        3,
                        SupervisorConfig.builder("root")
                                .children(
                                        agent("a"),
                                        SupervisorConfig.builder("nest")
                                                .children(agent("b"))
                                                .build())
                                .build());
        SupervisorConfig two =
                SupervisorConfig.builder("two").children(agent("d"), agent("e")).build();
        assertThatThrownBy(() -> root.startChild(two))
                .isInstanceOfSatisfying(
                        LimitExceededException.class,
                        e -> {
                            assertThat(e.category()).isEqualTo(ErrorCategory.POLICY);
                            assertThat(e.isRecoverable()).isTrue();
                            assertThat(e)
                                    .hasMessageContainingAll(
                                            "no room for root/two",
                                            "has 2 agents",
                                            "limit is 3",
                                            "raise maxAgents");
                        });
        AgentPid c = root.spawnAgent(agent("c"));
        assertThatThrownBy(() -> root.spawnAgent(agent("d")))
                .isInstanceOf(LimitExceededException.class);
        root.terminateChild("c");
        assertThatThrownBy(() -> root.spawnAgent(agent("d")))
                .as("down is not gone")
                .isInstanceOf(LimitExceededException.class);
        root.startChild(SupervisorConfig.of("empty"));
        root.stopAgent(c);
        root.terminateChild("nest"); // its agents leave the tree
        root.startChild(two);
        assertThat(root.children()).hasSize(4);
    }

    @Test
    void otherSpecsMustFindRoomAsWell() {
        AgentSupervisor root =
                start(3, SupervisorConfig.builder("root").children(agent("a")).build());
        SupervisorConfig four =
                SupervisorConfig.builder("root")
                        .children(agent("a"), agent("b"), agent("c"), agent("d"))
                        .build();
        for (int i = 0; i < 3; i++) { // what is refused takes no room
            assertThatThrownBy(() -> root.changeSpecs(four))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContainingAll("no room for root/b, c, d", "has 1 agents");
        }
        assertThat(root.children()).hasSize(1);
        root.changeSpecs(SupervisorConfig.builder("root").children(agent("b"), agent("c")).build());
        assertThat(root.children()).hasSize(3);
        assertThatThrownBy(() -> root.spawnAgent(agent("d")))
                .isInstanceOf(LimitExceededException.class);
        root.deleteChild("c");
        root.spawnAgent(agent("d"));
    }

    @Test
    void deadLettersAreToldOfAndCountedBeforeAndAfterTheClose() {
        List<String> told = new CopyOnWriteArrayList<>();
        AgentSupervisor root = start(3, SupervisorConfig.of("root"));
        runtime.addListener(event -> {
            if (event.kind() == EventKind.DEAD_LETTER) {
                told.add(event.reason());
            }
        });
        AgentPid nobody = new AgentPid("root/nobody");
        for (int i = 0; i < 15; i++) {
            assertThatThrownBy(() -> root.tell(nobody, "hello"))
                    .isInstanceOf(ChildNotFoundException.class);
        }
        runtime.close();
        assertThat(told).last().isEqualTo("5 more messages found no receiver");
        for (int i = 0; i < 15; i++) {
            assertThatThrownBy(() -> root.tell(nobody, "hello"))
                    .isInstanceOf(ChildNotFoundException.class);
        }
        assertThat(runtime.deadLetterTotal()).isEqualTo(30);
    }

    @Test
    void aStartThatFailsOrIsRefusedTakesNoRoom() {
        AgentSupervisor root = start(1, SupervisorConfig.of("root"));
        runtime.types()
                .register(
                        AgentFactory.of(
                                "stillborn",
                                () -> {
                                    throw new IllegalStateException("not today");
                                }),
                        "the test");
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> root.spawnAgent(AgentSpec.of("x", "stillborn")))
                    .hasMessageContaining("not today");
        }
        root.spawnAgent(agent("a"));
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> root.spawnAgent(agent("a")))
                    .hasMessageContaining("runs already");
        }
        root.stopAgent(new AgentPid("root/a"));
        root.spawnAgent(agent("b"));
    }

    @Test
    void severalSupervisorsTogetherDoNotPassTheLimit() {
        AgentSupervisor root =
                start(
                        50,
                        SupervisorConfig.builder("root")
                                .children(
                                        IntStream.range(0, 4)
                                                .mapToObj(i -> SupervisorConfig.of("s" + i))
                                                .toList())
                                .build());
        AtomicInteger spawned = new AtomicInteger();
        List<Thread> spawners =
                root.children().stream()
                        .map(child ->
                                Thread.ofVirtual()
                                        .start(() -> {
                                            AgentSupervisor supervisor =
                                                    runtime.supervisor(
                                                                    new SupervisorId(
                                                                            child.pid().path()))
                                                            .orElseThrow();
                                            for (int i = 0; i < 30; i++) {
                                                try {
                                                    supervisor.spawnAgent(agent("a" + i));
                                                    spawned.incrementAndGet();
                                                } catch (LimitExceededException e) {
                                                    assertThat(e).hasMessageContaining("no room");
                                                }
                                            }
                                        }))
                        .toList();
        for (Thread spawner : spawners) {
            join(spawner);
        }
        assertThat(spawned).hasValue(50);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTreeThatIsTooLargeIsNotStarted() {
        assertThatThrownBy(() ->
                        start(
                                1,
                                SupervisorConfig.builder("root")
                                        .children(agent("a"), agent("b"))
                                        .build()))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContainingAll("root has 2 agents", "limit is 1", "raise maxAgents");
        assertThat(runtime.root()).isEmpty();
    }

    @Test
    void anAgentMayHaveAMailboxOfItsOwnSize() {
        AgentSupervisor root =
                start(
                        10,
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.builder("a", "waiting").mailbox(2).build())
                                .build());
        AgentPid a = new AgentPid("root/a");
        CompletableFuture<Void> gate = new CompletableFuture<>();
        root.tell(a, gate);
        assertThatThrownBy(
                        () -> { // the gate may be in hand by now, or still in the mailbox
                            for (int i = 0; i < 3; i++) {
                                root.tell(a, i);
                            }
                        })
                .isInstanceOf(MailboxFullException.class)
                .hasMessageContaining("the mailbox of root/a is full with 2 messages");
        gate.complete(null);
    }

    @Test
    void aFinishedTransientIsRemovedIfItsSpecSaysSo() {
        AgentSupervisor root = start(10, SupervisorConfig.of("root"));
        AgentSpec.Builder spec =
                AgentSpec.builder("job", "waiting")
                        .restart(RestartType.TRANSIENT)
                        .removeFinished(true);
        AgentPid job = root.spawnAgent(spec.build());
        root.tell(job, new CompletableFuture<>()); // cut short by the crash
        root.handleAgentExit(job, ExitReason.error("crash"));
        assertThat(root.child(job).orElseThrow().run()).as("a crash is no finish").isEqualTo(2);
        root.terminateChild("job");
        assertThat(root.child(job)).as("nor is a stop by hand").isPresent();
        root.restartChild("job");
        root.send(job, new SystemMessage.Shutdown());
        await().until(() -> root.child(job).isEmpty());
        root.spawnAgent(spec.build());
    }

    @Test
    void onlyATransientCanBeRemovedWhenItHasFinished() {
        start(1, SupervisorConfig.of("root"));
        assertThatThrownBy(() -> AgentSpec.builder("a", "waiting").removeFinished(true).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'a'", "make it transient");
        assertThatThrownBy(() -> AgentSpec.builder("a", "waiting").mailbox(0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'a'", "mailbox must be 1 or more, was 0");
    }
}
