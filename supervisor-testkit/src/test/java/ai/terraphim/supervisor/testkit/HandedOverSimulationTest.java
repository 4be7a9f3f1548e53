package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Agents that begin from states which the store has handed over at the start. */
class HandedOverSimulationTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final AgentSpec COUNTER = AgentSpec.of("counter", "counter");
    private static final SupervisorConfig INNER =
            SupervisorConfig.builder("inner")
                    .intensity(new RestartIntensity(0, SECOND))
                    .children(COUNTER)
                    .build();
    private static final SupervisorConfig MID =
            SupervisorConfig.builder("mid").children(INNER).build();

    private final Store store = new Store();

    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    /** Tells who has asked, and may have deleted what it had handed over. */
    private static final class Store extends SurvivingStore {
        private final List<String> asked = new ArrayList<>();
        private boolean deleted;

        @Override
        public CompletionStage<StoredCheckpoints> checkpoints(AgentPid pid) {
            asked.add(pid.path());
            return deleted
                    ? CompletableFuture.completedFuture(StoredCheckpoints.NONE)
                    : super.checkpoints(pid);
        }
    }

    record Count(int value) {}

    /** Adds up what it is told, and saves it each time. */
    private static final class Counter implements MessageAgent {
        private int value;

        @Override
        public InitResult init(InitArgs args) {
            value = args.context().restored(Count.class).map(Count::value).orElse(0);
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message instanceof Integer number) {
                value += number;
                context.checkpoint(new Count(value));
            } else if (message.equals("crash")) {
                throw new IllegalStateException("told to");
            } else {
                context.reply(value);
            }
        }
    }

    private static final AgentFactory<NoConfig> COUNTERS = AgentFactory.of("counter", Counter::new);

    /** What happens while the last child of the root begins. */
    private interface Meanwhile {
        void happens(InitArgs args) throws Exception;
    }

    private static AgentFactory<NoConfig> slow(Meanwhile meanwhile) {
        return AgentFactory.of(
                "slow",
                () ->
                        new MessageAgent() {
                            @Override
                            public InitResult init(InitArgs args) throws Exception {
                                meanwhile.happens(args);
                                args.context().sleep(SECOND);
                                return InitResult.ok();
                            }

                            @Override
                            public void handle(Object message, AgentContext context) {}
                        });
    }

    private static SupervisorConfig tree(ChildSpec... children) {
        return SupervisorConfig.builder("root").children(children).build();
    }

    /** A life in which an agent saves a seven. */
    private void saveSeven(SupervisorConfig tree, AgentPid counter) {
        try (var sim = Simulation.life(1, store, SimulatedHost.BEGIN)) {
            sim.start(tree, COUNTERS).tell(counter, 7);
            sim.runUntilIdle();
        }
        store.asked.clear();
    }

    private Simulation secondLife(long seed) {
        return Simulation.life(seed, store, SimulatedHost.BEGIN.plusSeconds(60));
    }

    @Test
    void anAgentBeginsFromItWithoutAskingAndGoesOnFromItsNumber() {
        AgentPid counter = new AgentPid("root/counter");
        saveSeven(tree(COUNTER), counter);
        try (var sim = secondLife(1)) {
            AgentSupervisor root = sim.start(tree(COUNTER), COUNTERS);
            assertThat(root.ask(counter, "value", SECOND)).isEqualTo(7);
            assertThat(store.asked).isEmpty();
            assertThat(sim.events(EventKind.CHILD_STARTED))
                    .extracting(SupervisionEvent::detail)
                    .anyMatch(detail -> detail.startsWith("restored the checkpoint of run 1, "));
            root.tell(counter, 1);
            sim.runUntilIdle();
            assertThat(store.recover().states().newest("root/counter"))
                    .get()
                    .returns(2L, StoredCheckpoint::number);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whoIsMadeAnewWhileTheTreeStartsBeginsFromWhatItHasSavedMeanwhile(long seed) {
        SupervisorConfig tree = tree(MID, AgentSpec.of("slow", "slow"));
        AgentPid counter = new AgentPid("root/mid/inner/counter");
        saveSeven(tree(MID), counter);
        try (var sim = secondLife(seed)) {
            AgentSupervisor root =
                    sim.start(
                            tree,
                            COUNTERS,
                            slow(args -> {
                                args.context().tell(counter, 5);
                                args.context().tell(counter, "crash");
                            }));
            assertThat(sim.events(EventKind.CHILD_RESTARTED))
                    .extracting(SupervisionEvent::path)
                    .containsExactly("root/mid/inner");
            assertThat(root.ask(counter, "value", SECOND)).isEqualTo(12);
            assertThat(store.asked).containsExactly(counter.path()); // but not at the start
        }
    }

    @Test
    void whoIsAddedWhileTheTreeStartsAsksBecauseItsStateMayHaveBeenDeleted() {
        SupervisorConfig mid = SupervisorConfig.of("mid");
        List<AgentPid> added =
                List.of(new AgentPid("root/mid/counter"), new AgentPid("root/mid/inner/counter"));
        for (AgentPid counter : added) {
            saveSeven(
                    tree(SupervisorConfig.builder("mid").children(COUNTER, INNER).build()),
                    counter);
        }
        try (var sim = secondLife(1)) {
            AgentSupervisor root =
                    sim.start(
                            tree(mid, AgentSpec.of("slow", "slow")),
                            COUNTERS,
                            slow(_ -> {
                                store.deleted = true;
                                AgentSupervisor there =
                                        sim.runtime()
                                                .supervisor(new SupervisorId("root/mid"))
                                                .orElseThrow();
                                there.startChild(COUNTER);
                                there.startChild(INNER);
                            }));
            for (AgentPid counter : added) {
                assertThat(root.ask(counter, "value", SECOND)).as(counter.path()).isEqualTo(0);
            }
        }
    }

    @Test
    void whoBeginsWhenTheTreeIsUpAsks() {
        AgentPid counter = new AgentPid("root/counter");
        SupervisorConfig tree =
                tree(
                        AgentSpec.builder("counter", "counter")
                                .budget(RestartBudget.of(0, Duration.ofHours(1), Exhaustion.park()))
                                .build());
        try (var sim = Simulation.life(1, store, SimulatedHost.BEGIN)) {
            AgentSupervisor root = sim.start(tree, COUNTERS);
            root.tell(counter, 7);
            root.tell(counter, "crash");
            sim.runUntilIdle();
        }
        store.asked.clear();
        try (var sim = secondLife(1)) {
            AgentSupervisor root = sim.start(tree, COUNTERS); // it is still parked
            root.restartAgent(counter);
            assertThat(root.ask(counter, "value", SECOND)).isEqualTo(7);
            assertThat(store.asked).containsExactly("root/counter");
        }
    }
}
