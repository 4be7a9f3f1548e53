package ai.terraphim.supervisor.testkit;

import static ai.terraphim.supervisor.testkit.FlakyProvider.KEY;
import static ai.terraphim.supervisor.testkit.FlakyProvider.circuit;
import static ai.terraphim.supervisor.testkit.FlakyProvider.info;
import static ai.terraphim.supervisor.testkit.FlakyProvider.loop;
import static ai.terraphim.supervisor.testkit.FlakyProvider.pid;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.DependencyInfo.State;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What calls through a guard do, and what they do to the circuit. */
class DependencyTest {
    private final FlakyProvider provider = new FlakyProvider();

    @Test
    void anAgentThatCatchesTheFailureGoesOnAndWaitsWhenTheCircuitOpens() {
        List<String> caught = new ArrayList<>();
        AgentFactory<?> careful =
                AgentFactory.of(
                        "careful",
                        () ->
                                (LoopAgent)
                                        context -> {
                                            while (!context.stopRequested()) {
                                                try {
                                                    provider.call(context);
                                                } catch (IOException e) {
                                                    caught.add(String.valueOf(e.getMessage()));
                                                }
                                            }
                                        });
        provider.down = true;
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.dependency(circuit().build())
                            .start(
                                    SupervisorConfig.builder("root")
                                            .children(AgentSpec.of("a", "careful"))
                                            .build(),
                                    careful);
            sim.advance(ofSeconds(5));
            assertThat(caught).containsExactly("503", "503");
            assertThat(root.child(pid("a")).orElseThrow().status())
                    .isEqualTo(new AgentStatus.Suspended(KEY));
            assertThat(info(sim).state()).isEqualTo(State.OPEN);
            assertThat(info(sim).failureRate()).hasValue(1);
            assertThat(sim.events(EventKind.CIRCUIT_OPENED))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.path()).isEqualTo(KEY);
                        assertThat(event.reason())
                                .isEqualTo(
                                        "100% of the last 2 calls failed, the last with IOException: 503");
                        assertThat(event.detail()).contains("FlakyProvider.answer");
                    });
            provider.down = false;
            sim.advance(ofSeconds(10));
            assertThat(info(sim).state()).isEqualTo(State.CLOSED);
            assertThat(root.child(pid("a")).orElseThrow().run()).isEqualTo(1);
        }
    }

    @Test
    void aFailureThatEndsARunSaysWhichDependencyItWasOf() {
        AgentFactory<?> wrapping =
                AgentFactory.of(
                        "wrapping",
                        () ->
                                (MessageAgent)
                                        (message, context) -> {
                                            try {
                                                provider.call(context);
                                            } catch (IOException e) {
                                                throw message.equals("wrap")
                                                        ? new UncheckedIOException("asking", e)
                                                        : new IllegalStateException("own");
                                            }
                                        });
        provider.down = true;
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.dependency(circuit().minimumCalls(4).build())
                            .start(
                                    SupervisorConfig.builder("root")
                                            .children(AgentSpec.of("a", "wrapping"))
                                            .build(),
                                    wrapping);
            root.tell(pid("a"), "wrap");
            root.tell(pid("a"), "own");
            sim.advance(ofSeconds(1));
            assertThat(sim.events(EventKind.CHILD_EXITED))
                    .extracting(SupervisionEvent::reason)
                    .containsExactly(
                            "dependency llm:host/model: UncheckedIOException: asking",
                            "error: IllegalStateException: own");
        }
    }

    @Test
    void callsThatEndBecauseTheAgentEndsDoNotCount() {
        provider.takes = ofMinutes(5);
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    provider.start(sim, circuit().build(), loop("a"), loop("b"), loop("c"));
            sim.advance(ofSeconds(10));
            assertThat(info(sim).inFlight()).isEqualTo(3);
            root.terminateChild("a");
            root.restartAgent(pid("b"));
            root.handleAgentExit(pid("c"), ExitReason.kill());
            sim.runUntilIdle();
            assertThat(info(sim))
                    .satisfies(info -> {
                        assertThat(info.calls()).isZero();
                        assertThat(info.inFlight()).isZero();
                        assertThat(info.state()).isEqualTo(State.CLOSED);
                    });
        }
    }

    @Test
    void theRateLimitHoldsForEveryWindowAndTheBulkheadForEveryMoment() {
        provider.takes = ofMillis(700);
        try (var sim = Simulation.seeded(1)) {
            provider.start(
                    sim,
                    circuit().rateLimit(5, ofSeconds(10)).bulkhead(2).build(),
                    loop("a"),
                    loop("b"),
                    loop("c"));
            sim.advance(ofMinutes(1));
            assertThat(provider.mostUnderWay).isEqualTo(2);
            assertThat(provider.begun.size()).isBetween(25, 30);
            for (int i = 5; i < provider.begun.size(); i++) {
                assertThat(Duration.between(provider.begun.get(i - 5), provider.begun.get(i)))
                        .isGreaterThanOrEqualTo(ofSeconds(10));
            }
            assertThat(provider.answered).hasSize(3);
        }
    }

    @Test
    void aCallThatIsTooSlowHasFailed() {
        provider.takes = ofSeconds(3);
        try (var sim = Simulation.seeded(1)) {
            provider.start(sim, circuit().slowCall(ofSeconds(2)).build(), loop("a"));
            sim.advance(ofSeconds(8));
            assertThat(info(sim).state()).isEqualTo(State.OPEN);
            assertThat(info(sim).lastFailure())
                    .isEqualTo("TimeoutException: no answer for 2000 ms");
        }
    }

    @Test
    void anUnknownDependencyIsRefusedAtOnce() {
        AgentFactory<?> wrong =
                AgentFactory.of(
                        "wrong", () -> (LoopAgent) context -> context.guarded("llm:hst", () -> 1));
        try (var sim = Simulation.seeded(1)) {
            sim.dependency(circuit().build());
            assertThatThrownBy(() ->
                            sim.start(
                                    SupervisorConfig.builder("root")
                                            .children(
                                                    AgentSpec.builder("a", "wrong")
                                                            .needs("llm:host/modell")
                                                            .build())
                                            .build(),
                                    wrong))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage(
                            "agent 'a': needs: there is no dependency 'llm:host/modell'; did you mean 'llm:host/model'? the dependencies are: llm:host/model");
        }
        try (var sim = Simulation.seeded(1)) {
            sim.dependency(circuit().build())
                    .start(
                            SupervisorConfig.builder("root")
                                    .intensity(RestartIntensity.never())
                                    .children(AgentSpec.of("a", "wrong"))
                                    .build(),
                            wrong);
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .anySatisfy(line ->
                            assertThat(line)
                                    .contains("ConfigurationException")
                                    .contains("there is no dependency 'llm:hst'"));
        }
    }

    /** As a provider does that accepts connections and is dead behind them. */
    @Test
    void callsThatNobodyAnswersOpenTheCircuitAndDoNotHoldUpTheTrial() {
        provider.takes = Duration.ofDays(1);
        try (var sim = Simulation.seeded(1)) {
            provider.start(
                    sim,
                    circuit().slowCall(ofSeconds(3)).build(),
                    Stream.of("a", "b", "c")
                            .map(id -> AgentSpec.builder(id, "loop"))
                            .map(spec -> spec.shutdown(Shutdown.brutalKill()).build())
                            .toArray(AgentSpec[]::new));
            sim.advance(ofSeconds(4));
            assertThat(info(sim).state()).isEqualTo(State.OPEN);
            assertThat(info(sim).lastFailure()).contains("no answer for 3000 ms");

            sim.run("operator", () -> sim.runtime().root().orElseThrow().restartAgent(pid("a")));
            sim.advance(ofSeconds(10)); // on trial, and as silent as before
            assertThat(info(sim).state()).isEqualTo(State.HALF_OPEN);
            sim.run("operator", () -> sim.runtime().root().orElseThrow().restartAgent(pid("b")));
            sim.advance(ofSeconds(4));
            assertThat(info(sim).state()).isEqualTo(State.OPEN);
        }
    }
}
