package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Agents while the store fails, under both policies; in simulated time. */
class OnStoreFailureTest {
    private static final AgentPid AGENT = new AgentPid("root/agent");
    private static final AgentStatus SUSPENDED = new AgentStatus.Suspended("store");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    record Count(int value) {}

    /** Counts messages, and saves the count when it is told to. */
    private final class Counter implements MessageAgent {
        private int count;

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            handled.add(message);
            count++;
            if (message.equals("save")) {
                context.checkpoint(new Count(count));
                saved.add(context.now());
            }
        }
    }

    private final List<Object> handled = new ArrayList<>();
    private final List<Instant> saved = new ArrayList<>();

    private static AgentSupervisor start(
            Simulation sim, OnStoreFailure policy, Supplier<SupervisedAgent> agent) {
        AgentSpec.Builder spec =
                AgentSpec.builder("agent", "agent")
                        .deadlines(
                                new Deadlines(
                                        Optional.empty(), Optional.of(Duration.ofMinutes(1))));
        return sim.onStoreFailure(policy)
                .start(
                        SupervisorConfig.builder("root").children(spec.build()).build(),
                        AgentFactory.of("agent", agent));
    }

    /** Makes something happen that the history is to have, which is how a failure is noticed. */
    private static void fail(Simulation sim, AgentSupervisor root) {
        sim.store().failing(true);
        root.handleAgentExit(AGENT, ExitReason.kill());
        sim.advance(SECOND);
    }

    private static AgentStatus status(AgentSupervisor root) {
        return root.child(AGENT).orElseThrow().status();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void messagesWaitUntilTheStoreWorks(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, OnStoreFailure.PAUSE, Counter::new);
            fail(sim, root);
            root.tell(AGENT, "one");
            root.tell(AGENT, "two");
            sim.advance(HOUR);
            assertThat(handled).isEmpty();
            assertThat(status(root)).isEqualTo(SUSPENDED);
            assertThat(sim.runtime().storeFailingSince()).isPresent();
            sim.store().failing(false);
            sim.advance(SECOND.multipliedBy(3));
            assertThat(handled).containsExactly("one", "two");
            assertThat(status(root)).isEqualTo(new AgentStatus.Running());
            assertThat(sim.runtime().storeFailingSince()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aCheckpointIsTriedAgainWhileDeadlinesStandStill(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, OnStoreFailure.PAUSE, Counter::new);
            Instant began = sim.now();
            if (seed % 2 == 0) {
                sim.store().failing(true);
            } else { // and the history goes on working, which says again and again that all is well
                sim.store().refusingCheckpoints(true);
            }
            root.tell(AGENT, "save");
            root.tell(AGENT, "after it");
            sim.advance(HOUR);
            assertThat(handled).containsExactly("save");
            assertThat(sim.events(EventKind.CHECKPOINT_FAILED).size()).isBetween(1, 3_600);
            sim.store().failing(false);
            sim.store().refusingCheckpoints(false);
            sim.advance(SECOND.multipliedBy(3));
            assertThat(saved).singleElement().matches(it -> it.isAfter(began.plus(HOUR)));
            assertThat(handled).containsExactly("save", "after it");
            assertThat(sim.events(EventKind.CHILD_RESTARTED)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aLoopIsHeldAndAStopEndsThat(long seed) {
        List<Instant> turns = new ArrayList<>();
        LoopAgent loop =
                context -> {
                    while (seed % 2 == 0 ? !context.awaitStop(SECOND) : !context.stopRequested()) {
                        if (seed % 2 == 1) {
                            context.sleep(SECOND);
                        }
                        turns.add(context.now());
                    }
                };
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, OnStoreFailure.PAUSE, () -> loop);
            sim.advance(SECOND.multipliedBy(10));
            fail(sim, root);
            int before = turns.size();
            sim.advance(HOUR);
            assertThat(turns).hasSizeBetween(before, before + 1); // it may have slept before
            assertThat(status(root)).isEqualTo(SUSPENDED);
            sim.store().failing(false);
            sim.advance(SECOND.multipliedBy(10));
            assertThat(turns.size()).isGreaterThan(before + 5);
            fail(sim, root);
            sim.advance(HOUR);
            Instant asked = sim.now();
            sim.store().failing(false); // or the supervisor could not remember the stop
            root.terminateChild("agent");
            assertThat(Duration.between(asked, sim.now())).isLessThan(SECOND);
            assertThat(status(root)).isEqualTo(new AgentStatus.Stopped());
        }
    }

    @Test
    void withoutThePolicyAgentsGoOn() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, OnStoreFailure.CONTINUE, Counter::new);
            fail(sim, root);
            root.tell(AGENT, "one");
            sim.runUntilIdle();
            assertThat(handled).containsExactly("one");
            assertThat(status(root)).isEqualTo(new AgentStatus.Running());
        }
    }

    @Test
    void aCheckpointThatIsRefusedIsAFailureOfTheStore() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, OnStoreFailure.CONTINUE, Counter::new);
            sim.store().refusingCheckpoints(true);
            root.tell(AGENT, "save");
            sim.advance(SECOND.multipliedBy(2));
            assertThat(sim.events(EventKind.STORE_FAILED)).hasSize(1);
            assertThat(sim.events(EventKind.STORE_RECOVERED)).hasSize(1);
            assertThat(sim.events(EventKind.CHILD_RESTARTED)).hasSize(1);
        }
    }
}
