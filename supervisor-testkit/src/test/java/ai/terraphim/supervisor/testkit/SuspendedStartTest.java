package ai.terraphim.supervisor.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An {@code init} that needs a dependency which is open. */
class SuspendedStartTest {
    private static final String KEY = "llm:host/model";
    private static final AgentPid CALLER = new AgentPid("root/caller");
    private static final Duration BEFORE_THE_CALL = ofSeconds(2);

    /** How long the dependency takes to answer. */
    private Duration answer = ofSeconds(1);

    /** Its first run starts without the dependency, all later ones call it. */
    private final class Caller implements LoopAgent {
        @Override
        public InitResult init(InitArgs args) throws Exception {
            AgentContext context = args.context();
            if (context.run() > 1) {
                context.sleep(BEFORE_THE_CALL);
                context.guarded(
                        KEY,
                        () -> {
                            context.sleep(answer);
                            return "answer";
                        });
            }
            return InitResult.ok();
        }

        @Override
        public void run(AgentContext context) {
            context.awaitStop(ofMinutes(60));
        }
    }

    /** The agent is up, then its dependency opens and it crashes. */
    private AgentSupervisor restarted(Simulation sim, StartMode mode) {
        AgentSupervisor root =
                sim.dependency(DependencyConfig.of(KEY))
                        .start(
                                SupervisorConfig.builder("root")
                                        .children(
                                                AgentSpec.builder("caller", "caller")
                                                        .start(mode)
                                                        .deadlines(
                                                                Deadlines.NONE.init(ofSeconds(5)))
                                                        .build())
                                        .build(),
                                AgentFactory.of("caller", Caller::new));
        sim.settle(ofSeconds(1));
        sim.run("operator", () -> sim.runtime().forceOpen(KEY));
        sim.crash(CALLER);
        sim.advance(BEFORE_THE_CALL);
        return root;
    }

    private static Instant when(Simulation sim, EventKind kind) {
        return sim.events(kind).stream()
                .filter(event -> event.run() == 2)
                .map(SupervisionEvent::at)
                .findFirst()
                .orElseThrow(() -> new AssertionError(kind + " in " + sim.trace()));
    }

    @ParameterizedTest
    @EnumSource
    void itsDeadlineStandsStillWhileItWaits(StartMode mode) {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = restarted(sim, mode);
            sim.advance(ofSeconds(50));
            assertThat(root.child(CALLER).orElseThrow().status().word()).isEqualTo("starting");

            sim.run("operator", () -> sim.runtime().reset(KEY));
            sim.advance(ofSeconds(3));

            assertThat(root.child(CALLER).orElseThrow())
                    .satisfies(caller -> {
                        assertThat(caller.status().word()).isEqualTo("running");
                        assertThat(caller.run()).isEqualTo(2);
                    });
        }
    }

    @ParameterizedTest
    @EnumSource
    void andGoesOnWithWhatWasLeftOfIt(StartMode mode) {
        answer = ofMinutes(10);
        try (var sim = Simulation.seeded(1)) {
            restarted(sim, mode);
            sim.advance(ofMinutes(10));
            sim.run("operator", () -> sim.runtime().reset(KEY));
            sim.advance(ofMinutes(1));

            assertThat(
                            Duration.between(
                                    when(sim, EventKind.CHILD_SUSPENDED),
                                    when(sim, EventKind.CHILD_RESUMED)))
                    .isGreaterThanOrEqualTo(ofMinutes(10));
            assertThat(
                            Duration.between(
                                    when(sim, EventKind.CHILD_RESUMED),
                                    when(sim, EventKind.CHILD_OVERDUE)))
                    .isEqualTo(ofSeconds(5).minus(BEFORE_THE_CALL));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStopEndsTheWaitAndHasItsOwnTime(StartMode mode) {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = restarted(sim, mode);
            sim.advance(ofMinutes(10));
            sim.run("operator", root::stop);
            sim.advance(ofSeconds(1));

            assertThat(sim.runtime().termination()).isDone();
            assertThat(sim.events(EventKind.CHILD_OVERDUE)).isEmpty();
        }
    }
}
