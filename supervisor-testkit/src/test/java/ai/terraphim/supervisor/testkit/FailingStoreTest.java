package ai.terraphim.supervisor.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.runtime.InMemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The history while the store fails, and when it works again; in simulated time. */
class FailingStoreTest {
    private static final AgentPid AGENT = new AgentPid("root/a");

    static LongStream seeds() {
        return LongStream.range(0, 30);
    }

    private static AgentSupervisor start(Simulation sim) {
        return sim.start(
                SupervisorConfig.builder("root").children(AgentSpec.of("a", "t")).build(),
                AgentFactory.of(
                        "t",
                        () ->
                                (MessageAgent)
                                        (message, context) -> {
                                            throw new IllegalStateException("told to");
                                        }));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatHappenedWhileTheStoreFailedIsAppendedInOrderWhenItWorksAgain(long seed)
            throws Exception {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim);
            if (seed % 2 == 0) {
                sim.store().delay(Duration.ofMillis(300));
            }
            for (int i = 0; i < 3; i++) {
                sim.store().failing(i == 1);
                root.tell(AGENT, "crash");
                sim.advance(Duration.ofMinutes(1));
                root.tell(AGENT, "crash");
                sim.advance(Duration.ofMinutes(1));
            }
            List<SupervisionEvent> stored =
                    sim.call(() ->
                            sim.store()
                                    .history(HistoryQuery.newest(100))
                                    .toCompletableFuture()
                                    .get());
            assertThat(stored).isEqualTo(sim.events());
            assertThat(stored.stream().filter(it -> it.kind() == EventKind.STORE_FAILED))
                    .hasSize(1);
            assertThat(stored.stream().filter(it -> it.kind() == EventKind.STORE_RECOVERED))
                    .singleElement()
                    .satisfies(it -> assertThat(it.reason()).contains("none is missing"));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aRuntimeEndsWithItsWholeHistoryIfTheStoreWorksAgainJustThen(long seed) throws Exception {
        InMemoryStore store = new InMemoryStore();
        try (var sim = Simulation.life(seed, store, SimulatedHost.BEGIN)) {
            AgentSupervisor root = start(sim);
            sim.store().failing(true);
            sim.store().delay(Duration.ofMillis(500)); // each second try is under way
            root.tell(AGENT, "crash");
            sim.advance(Duration.ofMillis(1_000 + 100 * seed));
            sim.store().failing(false);
            sim.store().delay(Duration.ZERO);
        }
        assertThat(store.history(HistoryQuery.newest(100)).toCompletableFuture().get())
                .hasSizeGreaterThan(5)
                .extracting(SupervisionEvent::seq)
                .satisfies(it -> assertThat(it.getLast()).isEqualTo(it.size()));
    }

    record Count(int value) {}

    @ParameterizedTest
    @MethodSource("seeds")
    void aStateThatCouldNotBeSavedIsSavedAtItsNextTime(long seed) throws Exception {
        try (var sim = Simulation.seeded(seed)) {
            class Counter implements MessageAgent {
                private int value;

                @Override
                public void handle(Object message, AgentContext context) {
                    value++;
                }

                @Override
                public Optional<Count> stateToSave() {
                    return Optional.of(new Count(value));
                }
            }
            var spec =
                    AgentSpec.builder("a", "t")
                            .checkpoints(Checkpoints.every(Duration.ofSeconds(5)))
                            .build();
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root").children(spec).build(),
                            AgentFactory.of("t", Counter::new));
            sim.store().failing(true);
            root.tell(AGENT, "count");
            sim.advance(Duration.ofSeconds(12));
            assertThat(sim.events())
                    .extracting(SupervisionEvent::kind)
                    .contains(EventKind.CHECKPOINT_FAILED, EventKind.STORE_FAILED)
                    .doesNotContain(EventKind.CHILD_EXITED);
            sim.store().failing(false);
            sim.advance(Duration.ofSeconds(6));
            var stored = sim.call(() -> sim.store().checkpoints(AGENT).toCompletableFuture().get());
            assertThat(new String(stored.newest().orElseThrow().snapshot().state(), UTF_8))
                    .contains("1");
        }
    }
}
