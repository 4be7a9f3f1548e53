package ai.terraphim.supervisor.testkit;

import static ai.terraphim.supervisor.testkit.FlakyProvider.KEY;
import static ai.terraphim.supervisor.testkit.FlakyProvider.TRIALS;
import static ai.terraphim.supervisor.testkit.FlakyProvider.circuit;
import static ai.terraphim.supervisor.testkit.FlakyProvider.info;
import static ai.terraphim.supervisor.testkit.FlakyProvider.pid;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Operators, stops, kills and a provider that comes and goes, in many orders. */
class RandomOutagesTest {

    @Test
    void nobodyIsForgottenWhateverHappens() {
        Campaign.of("RandomOutagesTest", Seeds.of(150, 20_000)).run(this::play);
    }

    private void play(long seed) {
        FlakyProvider provider = new FlakyProvider();
        Random random = new Random(seed);
        DependencyConfig.Builder config = circuit();
        if (random.nextBoolean()) {
            config.bulkhead(1 + random.nextInt(3));
        }
        if (random.nextInt(3) == 0) {
            config.rateLimit(4, ofSeconds(2));
        }
        List<String> loops = List.of("a", "b", "c");
        List<String> handlers = List.of("d", "e", "f");
        List<String> all = Stream.concat(loops.stream(), handlers.stream()).toList();
        AgentSpec[] agents =
                Stream.concat(
                                loops.stream().map(FlakyProvider::loop),
                                handlers.stream().map(FlakyProvider::handler))
                        .toArray(AgentSpec[]::new);
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    provider.start(
                            sim,
                            config.build(),
                            SupervisorConfig.builder("root")
                                    .intensity(new RestartIntensity(10_000, ofMinutes(1)))
                                    .children(agents)
                                    .build());
            for (int step = 0; step < 60; step++) {
                String id = all.get(random.nextInt(all.size()));
                switch (random.nextInt(9)) {
                    case 0 -> provider.down = random.nextBoolean();
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
            provider.down = false;
            operate(sim, "reset", () -> sim.runtime().reset(KEY));
            all.forEach(id -> operate(sim, "start", () -> root.restartChild(id)));
            sim.advance(ofSeconds(1));
            provider.answered.clear();
            handlers.forEach(id -> operate(sim, "tell", () -> root.tell(pid(id), "call")));
            sim.advance(ofMinutes(2));
            assertThat(provider.answered)
                    .containsAll(all.stream().map(FlakyProvider::pid).toList());
            assertThat(info(sim).suspended()).isZero();
            if (config.build().bulkhead().isPresent()) {
                assertThat(provider.mostUnderWay)
                        .isLessThanOrEqualTo(config.build().bulkhead().getAsInt());
            }
            assertThatTrialsWereFew(sim.events(), provider.begun);
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
}
