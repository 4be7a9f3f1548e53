package ai.terraphim.supervisor.testkit;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.api.DependencyInfo.State;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of calls, agents and restarts while a dependency fails and recovers. */
class DependencyTest {
    private static final String KEY = "llm:host/model";
    private static final int TRIALS = 2;

    /** Something outside the tree, which fails if it is told to. */
    private static final class Provider {
        boolean down;
        Duration takes = ofMillis(100);
        int underWay;
        int mostUnderWay;

        /** When those calls began that came to an end. */
        final List<Instant> begun = new ArrayList<>();

        final Set<AgentPid> answered = new HashSet<>();

        String answer(AgentContext context) throws Exception {
            Instant now = context.now();
            mostUnderWay = Math.max(mostUnderWay, ++underWay);
            try {
                context.sleep(takes);
            } finally {
                underWay--;
            }
            begun.add(now); // not those that were interrupted
            if (down) {
                throw new IOException("503");
            }
            answered.add(context.pid());
            return "answer";
        }
    }

    private final Provider provider = new Provider();

    private final AgentFactory<?> loop =
            AgentFactory.of(
                    "loop",
                    () ->
                            (LoopAgent)
                                    context -> {
                                        while (!context.awaitStop(ofMillis(500))) {
                                            context.guarded(KEY, () -> provider.answer(context));
                                        }
                                    });

    private final AgentFactory<?> handler =
            AgentFactory.of(
                    "handler",
                    () ->
                            (MessageAgent)
                                    (_, context) ->
                                            context.guarded(KEY, () -> provider.answer(context)));

    private static DependencyConfig.Builder dependency() {
        return DependencyConfig.builder(KEY)
                .window(4)
                .minimumCalls(2)
                .openFor(ofSeconds(10))
                .trialCalls(TRIALS);
    }

    private AgentSupervisor start(Simulation sim, DependencyConfig config, AgentSpec... agents) {
        return sim.dependency(config)
                .start(SupervisorConfig.builder("root").children(agents).build(), loop, handler);
    }

    private static DependencyInfo info(Simulation sim) {
        return sim.call(() -> sim.runtime().dependencies().getFirst());
    }

    private static Stream<SupervisionEvent> events(Simulation sim, EventKind kind) {
        return sim.events().stream().filter(event -> event.kind() == kind);
    }

    private static AgentPid pid(String id) {
        return new AgentPid("root/" + id);
    }

    private static AgentSpec handler(String id) {
        return AgentSpec.builder(id, "handler").needs(KEY).build();
    }

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
                                                    context.guarded(
                                                            KEY, () -> provider.answer(context));
                                                } catch (IOException e) {
                                                    caught.add(String.valueOf(e.getMessage()));
                                                }
                                            }
                                        });
        provider.down = true;
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.dependency(dependency().build())
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
            assertThat(events(sim, EventKind.CIRCUIT_OPENED))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.path()).isEqualTo(KEY);
                        assertThat(event.reason())
                                .isEqualTo(
                                        "100% of the last 2 calls failed, the last with IOException: 503");
                        assertThat(event.detail()).contains("Provider.answer");
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
                                                context.guarded(
                                                        KEY, () -> provider.answer(context));
                                            } catch (IOException e) {
                                                throw message.equals("wrap")
                                                        ? new UncheckedIOException("asking", e)
                                                        : new IllegalStateException("own");
                                            }
                                        });
        provider.down = true;
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.dependency(dependency().minimumCalls(4).build())
                            .start(
                                    SupervisorConfig.builder("root")
                                            .children(AgentSpec.of("a", "wrapping"))
                                            .build(),
                                    wrapping);
            root.tell(pid("a"), "wrap");
            root.tell(pid("a"), "own");
            sim.advance(ofSeconds(1));
            assertThat(events(sim, EventKind.CHILD_EXITED).map(SupervisionEvent::reason))
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
                    start(
                            sim,
                            dependency().build(),
                            AgentSpec.of("a", "loop"),
                            AgentSpec.of("b", "loop"),
                            AgentSpec.of("c", "loop"));
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

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whoIsStoppedWhileItWaitsLeavesTheQueue(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    start(
                            sim,
                            dependency().build(),
                            AgentSpec.of("a", "loop"),
                            AgentSpec.of("b", "loop"),
                            handler("c"),
                            handler("d"));
            sim.call(() -> {
                sim.runtime().forceOpen(KEY);
                return root;
            });
            root.tell(pid("c"), "work");
            root.tell(pid("d"), "work");
            sim.advance(ofSeconds(5));
            assertThat(info(sim).suspended()).isEqualTo(4);
            assertThat(root.children())
                    .allSatisfy(child ->
                            assertThat(child.status()).isEqualTo(new AgentStatus.Suspended(KEY)));
            root.terminateChild("a");
            root.terminateChild("c");
            root.handleAgentExit(pid("d"), ExitReason.kill());
            sim.settle(ofSeconds(1));
            sim.runUntilIdle();
            assertThat(sim.trace()).contains("stop a", "stop c", "exit d killed");
            // d is up again, and suspended for the message that it has not handled
            assertThat(info(sim).suspended()).isEqualTo(2);
            assertThat(provider.begun).isEmpty();
            sim.call(() -> {
                sim.runtime().reset(KEY);
                return root;
            });
            sim.advance(ofSeconds(5));
            assertThat(provider.answered).containsExactlyInAnyOrder(pid("b"), pid("d"));
            assertThat(info(sim).suspended()).isZero();
        }
    }

    @Test
    void aChildWhoseDependencyIsOpenIsRestartedInItsTurnAndNotCounted() {
        provider.down = true;
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.dependency(dependency().build())
                            .start(
                                    SupervisorConfig.builder("root")
                                            .intensity(RestartIntensity.never())
                                            .children(
                                                    AgentSpec.of("a", "loop"),
                                                    AgentSpec.of("b", "loop"))
                                            .build(),
                                    loop);
            sim.advance(ofMinutes(2));
            assertThat(root.children())
                    .extracting(child -> child.status().word())
                    .containsExactly("suspended", "suspended");
            provider.down = false;
            sim.advance(ofSeconds(15));
            assertThat(root.children())
                    .extracting(child -> child.status().word())
                    .containsExactly("running", "running");
            assertThat(events(sim, EventKind.SUPERVISOR_ESCALATED)).isEmpty();
            assertThat(events(sim, EventKind.CHILD_SUSPENDED).count())
                    .isEqualTo(events(sim, EventKind.CHILD_RESUMED).count());
        }
    }

    @Test
    void theClocksOfAnAgentStandStillWhileItIsSuspended() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            dependency().build(),
                            AgentSpec.builder("a", "loop")
                                    .progress(ProgressLimits.within(ofSeconds(20)))
                                    .build(),
                            AgentSpec.builder("b", "handler")
                                    .deadlines(Deadlines.NONE.message(ofSeconds(5)))
                                    .build(),
                            AgentSpec.builder("c", "handler")
                                    .needs(KEY)
                                    .health(HealthChecks.every(ofSeconds(5)))
                                    .build());
            sim.call(() -> {
                sim.runtime().forceOpen(KEY);
                return root;
            });
            root.tell(pid("b"), "work");
            root.tell(pid("c"), "work");
            sim.advance(ofMinutes(10));
            assertThat(root.children())
                    .allSatisfy(child -> {
                        assertThat(child.status()).isEqualTo(new AgentStatus.Suspended(KEY));
                        assertThat(child.run()).isEqualTo(1);
                    });
            assertThat(info(sim).suspensions()).isEqualTo(3);
            sim.call(() -> {
                sim.runtime().reset(KEY);
                return root;
            });
            sim.advance(ofSeconds(5));
            assertThat(provider.answered).contains(pid("a"), pid("b"), pid("c"));
        }
    }

    @Test
    void theRateLimitHoldsForEveryWindowAndTheBulkheadForEveryMoment() {
        provider.takes = ofMillis(700);
        try (var sim = Simulation.seeded(1)) {
            start(
                    sim,
                    dependency().rateLimit(5, ofSeconds(10)).bulkhead(2).build(),
                    AgentSpec.of("a", "loop"),
                    AgentSpec.of("b", "loop"),
                    AgentSpec.of("c", "loop"));
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
            start(sim, dependency().slowCall(ofSeconds(2)).build(), AgentSpec.of("a", "loop"));
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
            sim.dependency(dependency().build());
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
            sim.dependency(dependency().build())
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

    /** Operators, stops, kills and a provider that comes and goes, in many orders. */
    @Test
    void nobodyIsForgottenWhateverHappens() {
        Campaign.of("DependencyTest", 150).run(this::play);
    }

    private void play(long seed) {
        Provider fresh = new Provider();
        Random random = new Random(seed);
        DependencyConfig.Builder config = dependency();
        if (random.nextBoolean()) {
            config.bulkhead(1 + random.nextInt(3));
        }
        if (random.nextInt(3) == 0) {
            config.rateLimit(4, ofSeconds(2));
        }
        AgentFactory<?> asking =
                AgentFactory.of(
                        "loop",
                        () ->
                                (LoopAgent)
                                        context -> {
                                            while (!context.awaitStop(ofMillis(500))) {
                                                context.guarded(KEY, () -> fresh.answer(context));
                                            }
                                        });
        AgentFactory<?> answering =
                AgentFactory.of(
                        "handler",
                        () ->
                                (MessageAgent)
                                        (message, context) -> {
                                            if (message.equals("call")) {
                                                context.guarded(KEY, () -> fresh.answer(context));
                                            }
                                        });
        List<String> loops = List.of("a", "b", "c");
        List<String> handlers = List.of("d", "e", "f");
        List<String> all = Stream.concat(loops.stream(), handlers.stream()).toList();
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    sim.dependency(config.build())
                            .start(
                                    SupervisorConfig.builder("root")
                                            .intensity(new RestartIntensity(10_000, ofMinutes(1)))
                                            .children(
                                                    Stream.concat(
                                                                    loops.stream()
                                                                            .map(id ->
                                                                                    AgentSpec.of(
                                                                                            id,
                                                                                            "loop")),
                                                                    handlers.stream()
                                                                            .map(
                                                                                    DependencyTest
                                                                                            ::handler))
                                                            .toArray(AgentSpec[]::new))
                                            .build(),
                                    asking,
                                    answering);
            for (int step = 0; step < 60; step++) {
                String id = all.get(random.nextInt(all.size()));
                switch (random.nextInt(9)) {
                    case 0 -> fresh.down = random.nextBoolean();
                    case 1 -> operate(sim, "stop", () -> root.terminateChild(id));
                    case 2 -> operate(sim, "start", () -> root.restartChild(id));
                    case 3 ->
                            operate(
                                    sim,
                                    "kill",
                                    () -> root.handleAgentExit(pid(id), ExitReason.kill()));
                    case 4 -> operate(sim, "open", () -> sim.runtime().forceOpen(KEY));
                    case 5 -> operate(sim, "reset", () -> sim.runtime().reset(KEY));
                    default -> {
                        for (String handler : handlers) {
                            operate(
                                    sim,
                                    "tell",
                                    () ->
                                            root.tell(
                                                    pid(handler),
                                                    random.nextBoolean() ? "call" : "rest"));
                        }
                        sim.advance(ofMillis(random.nextInt(4_000)));
                    }
                }
            }
            sim.advance(ofSeconds(1));
            fresh.down = false;
            operate(sim, "reset", () -> sim.runtime().reset(KEY));
            all.forEach(id -> operate(sim, "start", () -> root.restartChild(id)));
            sim.advance(ofSeconds(1));
            fresh.answered.clear();
            handlers.forEach(id -> operate(sim, "tell", () -> root.tell(pid(id), "call")));
            sim.advance(ofMinutes(2));
            assertThat(fresh.answered).containsAll(all.stream().map(DependencyTest::pid).toList());
            assertThat(info(sim).suspended()).isZero();
            if (config.build().bulkhead().isPresent()) {
                assertThat(fresh.mostUnderWay)
                        .isLessThanOrEqualTo(config.build().bulkhead().getAsInt());
            }
            assertThatTrialsWereFew(sim.events(), fresh.begun);
            root.stop();
            assertThat(info(sim))
                    .satisfies(info -> {
                        assertThat(info.inFlight()).isZero();
                        assertThat(info.waiting()).isZero();
                        assertThat(info.suspended()).isZero();
                    });
        }
    }

    /** What is refused because of the state that a child is in is fine. */
    private static void operate(Simulation sim, String name, Runnable operation) {
        sim.run(
                name,
                () -> {
                    try {
                        operation.run();
                    } catch (SupervisionException _) {
                        // refused
                    }
                });
    }

    private static void assertThatTrialsWereFew(
            List<SupervisionEvent> events, List<Instant> calls) {
        Instant halfOpen = null;
        for (SupervisionEvent event : events) {
            if (event.path().equals(KEY)) {
                if (halfOpen != null) {
                    Instant from = halfOpen;
                    assertThat(
                                    calls.stream()
                                            .filter(at ->
                                                    !at.isBefore(from) && at.isBefore(event.at())))
                            .hasSizeLessThanOrEqualTo(TRIALS);
                }
                halfOpen = event.kind() == EventKind.CIRCUIT_HALF_OPENED ? event.at() : null;
            }
        }
    }

    /** As a provider does that accepts connections and is dead behind them. */
    @Test
    void callsThatNobodyAnswersOpenTheCircuitAndDoNotHoldUpTheTrial() {
        provider.takes = Duration.ofDays(1);
        try (var sim = Simulation.seeded(1)) {
            AgentSpec.Builder spec = AgentSpec.builder("a", "loop").shutdown(Shutdown.brutalKill());
            start(
                    sim,
                    dependency().slowCall(ofSeconds(3)).build(),
                    spec.build(),
                    AgentSpec.builder("b", "loop").shutdown(Shutdown.brutalKill()).build(),
                    AgentSpec.builder("c", "loop").shutdown(Shutdown.brutalKill()).build());
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
