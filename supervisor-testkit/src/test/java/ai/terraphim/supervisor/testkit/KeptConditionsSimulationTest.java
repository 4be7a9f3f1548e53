package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Budgets, and children that are put aside, over several lives of the JVM; the whole runtime. */
class KeptConditionsSimulationTest {
    private static final AgentPid A = new AgentPid("root/a");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Instant BEGIN = SimulatedHost.BEGIN;
    private static final AgentFactory<NoConfig> CRASHES =
            AgentFactory.of(
                    "crashes",
                    () ->
                            (MessageAgent)
                                    (_, _) -> {
                                        throw new IllegalStateException("told to");
                                    });

    private SurvivingStore store = new SurvivingStore();

    @BeforeEach
    void begin() {
        store = new SurvivingStore();
    }

    private static AgentSpec spec(String id, int restarts, Exhaustion end) {
        return AgentSpec.builder(id, "crashes")
                .budget(RestartBudget.of(restarts, Duration.ofHours(1), end))
                .build();
    }

    private static SupervisorConfig tree(AgentSpec... children) {
        return SupervisorConfig.builder("root").children(children).build();
    }

    private static AgentStatus status(AgentSupervisor root, AgentPid pid) {
        return root.child(pid).orElseThrow().status();
    }

    private static String word(AgentSupervisor root) {
        return status(root, A).word();
    }

    /** A life in which the agent cools from a time on, for a minute. */
    private void coolFrom(SupervisorConfig tree, Instant begin) {
        try (var sim = Simulation.life(1, store, begin)) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            root.tell(A, "crash");
            sim.runUntilIdle();
            assertThat(word(root)).isEqualTo("cooling");
        }
    }

    @Test
    void anAgentThatIsPutAsideIsSoAfterAnOrderlyEndAndTheHistorySaysSo() {
        SupervisorConfig tree = tree(spec("a", 0, Exhaustion.park()));
        try (var sim = Simulation.life(1, store, BEGIN)) {
            sim.start(tree, CRASHES).tell(A, "crash");
            sim.runUntilIdle();
        }
        try (var sim = Simulation.life(2, store, BEGIN.plus(SECOND))) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            String why = "more than 0 restarts in 1h: error: IllegalStateException: told to";
            assertThat(status(root, A)).isEqualTo(new AgentStatus.Parked(ExitReason.error(why)));
            assertThat(sim.events(EventKind.CHILD_PARKED))
                    .extracting(SupervisionEvent::path, SupervisionEvent::reason)
                    .containsExactly(tuple("root/a", "still, since before the start: " + why));
            root.restartAgent(A);
            assertThat(word(root)).isEqualTo("running");
            assertThat(store.condition("root/a")).isNull();
        }
    }

    @Test
    void aTimeIsThatOfTheClockOnTheWall() {
        SupervisorConfig tree = tree(spec("a", 0, Exhaustion.coolDown(MINUTE, MINUTE)));
        coolFrom(tree, BEGIN);
        try (var sim = Simulation.life(2, store, BEGIN.plusSeconds(50))) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            sim.advance(Duration.ofSeconds(10).minusNanos(1));
            assertThat(word(root)).isEqualTo("cooling");
            sim.advance(Duration.ofNanos(1));
            assertThat(word(root)).isEqualTo("running");
        }
    }

    @Test
    void ofAClockThatWasSetBackItWaitsAllOfItsTimeAndNoMore() {
        SupervisorConfig tree = tree(spec("a", 0, Exhaustion.coolDown(MINUTE, MINUTE)));
        coolFrom(tree, BEGIN);
        Instant earlier = BEGIN.minus(Duration.ofDays(365));
        try (var sim = Simulation.life(2, store, earlier)) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            sim.advance(Duration.ofSeconds(40));
            assertThat(word(root)).isEqualTo("cooling");
        }
        try (var sim = Simulation.life(3, store, earlier.plusSeconds(50))) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            sim.advance(Duration.ofSeconds(10).minusNanos(1));
            assertThat(word(root)).isEqualTo("cooling");
            sim.advance(Duration.ofNanos(1));
            assertThat(word(root)).isEqualTo("running");
        }
    }

    @Test
    void ofAClockThatWasSetForwardOrAJvmThatWasDownTheTimeIsOver() {
        SupervisorConfig tree = tree(spec("a", 0, Exhaustion.coolDown(MINUTE, MINUTE)));
        coolFrom(tree, BEGIN);
        try (var sim = Simulation.life(2, store, Instant.parse("2500-01-01T00:00:00Z"))) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            sim.advance(Duration.ZERO);
            assertThat(word(root)).isEqualTo("running");
        }
    }

    @Test
    void restartsOfTheFutureCountAsNow() {
        SupervisorConfig tree = tree(spec("a", 2, Exhaustion.park()));
        try (var sim = Simulation.life(1, store, BEGIN)) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            root.tell(A, "crash");
            sim.advance(MINUTE); // it was healthy, so that the window alone decides
            root.tell(A, "crash");
            sim.advance(MINUTE);
        }
        Instant earlier = BEGIN.minus(Duration.ofDays(1));
        try (var sim = Simulation.life(2, store, earlier)) {
            sim.start(tree, CRASHES);
            sim.advance(Duration.ofHours(1));
            assertThat(store.condition("root/a").restarts()).containsOnly(earlier);
            sim.advance(Duration.ofNanos(1));
            assertThat(store.condition("root/a")).as("the window is over").isNull();
        }
    }

    @Test
    void aSpecThatHasChangedStartsWithACleanRecord() {
        coolFrom(tree(spec("a", 0, Exhaustion.coolDown(MINUTE, MINUTE))), BEGIN);
        try (var sim = Simulation.life(2, store, BEGIN)) {
            AgentSupervisor root = sim.start(tree(spec("a", 1, Exhaustion.park())), CRASHES);
            assertThat(word(root)).isEqualTo("running");
            assertThat(store.condition("root/a")).isNull();
            root.tell(A, "crash");
            sim.runUntilIdle();
            assertThat(word(root)).isEqualTo("running");
        }
    }

    @Test
    void whatASlowStoreHasNotTakenYetIsReplacedByWhatIsNewer() {
        try (var sim = Simulation.life(1, store, BEGIN)) {
            AgentSupervisor root = sim.start(tree(spec("a", 100, Exhaustion.park())), CRASHES);
            sim.store().delay(Duration.ofSeconds(10));
            for (int i = 0; i < 50; i++) {
                root.tell(A, "crash");
                sim.runUntilIdle();
            }
            assertThat(store.writes()).as("one is under way").isEqualTo(1);
            sim.advance(Duration.ofSeconds(10));
            assertThat(store.writes()).isEqualTo(2);
            assertThat(store.condition("root/a").shortRuns()).isEqualTo(50);
        }
    }

    @Test
    void whatWaitsIsHandedOverWhenTheRuntimeEnds() {
        try (var sim = Simulation.life(1, store, BEGIN)) {
            AgentSupervisor root = sim.start(tree(spec("a", 1, Exhaustion.park())), CRASHES);
            sim.store().delay(Duration.ofDays(1));
            root.tell(A, "crash");
            sim.runUntilIdle();
            root.tell(A, "crash");
            sim.runUntilIdle();
        }
        assertThat(store.condition("root/a").aside()).isPresent();
    }

    @Test
    void aSupervisorThatIsRestartedLeavesNothingOfItsChildrenBehind() {
        Campaign.of("KeptConditionsSimulationTest", Seeds.of(100, 5_000)).run(this::restartInner);
    }

    /** The inner supervisor ends while its child is being put aside, and the store is slow. */
    private void restartInner(long seed) {
        store = new SurvivingStore();
        Random random = new Random(seed);
        AgentPid inner = new AgentPid("root/inner");
        AgentPid agent = new AgentPid("root/inner/a");
        SupervisorConfig tree =
                SupervisorConfig.builder("root")
                        .children(
                                SupervisorConfig.builder("inner")
                                        .children(spec("a", 1, Exhaustion.park()))
                                        .build())
                        .build();
        try (var sim = Simulation.life(seed, store, BEGIN)) {
            AgentSupervisor root = sim.start(tree, CRASHES);
            sim.store().delay(Duration.ofMillis(random.nextInt(3)));
            for (int i = 0; i < 2; i++) {
                root.tell(agent, "crash");
                sim.runUntilIdle();
            }
            for (int i = random.nextInt(40); i > 0; i--) {
                sim.step();
            }
            root.handleAgentExit(
                    inner, random.nextBoolean() ? ExitReason.kill() : ExitReason.error("x"));
            sim.advance(SECOND);
            assertThat(sim.supervisor("root/inner").orElseThrow().children())
                    .extracting(info -> info.status().word())
                    .containsExactly("running");
            assertThat(store.condition("root/inner/a")).isNull();
        }
    }

    @Test
    void howeverTheStoreFailsItKnowsTheNewestInTheEnd() {
        Campaign.of("KeptConditionsSimulationTest", Seeds.of(100, 5_000)).run(this::failStore);
    }

    private void failStore(long seed) {
        store = new SurvivingStore();
        Random random = new Random(seed);
        List<String> ids = List.of("a", "b", "c");
        try (var sim = Simulation.life(seed, store, BEGIN)) {
            AgentSupervisor root =
                    sim.start(
                            tree(
                                    spec("a", 3, Exhaustion.park()),
                                    spec("b", 2, Exhaustion.coolDown(MINUTE, MINUTE)),
                                    spec("c", 1, Exhaustion.park(MINUTE))),
                            CRASHES);
            for (int step = 0; step < 60; step++) {
                AgentPid pid = new AgentPid("root/" + ids.get(random.nextInt(3)));
                switch (random.nextInt(6)) {
                    case 0 -> sim.store().failing(random.nextBoolean());
                    case 1 -> sim.store().delay(Duration.ofMillis(random.nextInt(2_000)));
                    case 2 -> sim.advance(Duration.ofSeconds(random.nextInt(40)));
                    case 3 -> {
                        if (random.nextInt(5) == 0) {
                            root.restartAgent(pid);
                        }
                    }
                    default -> {
                        try {
                            root.tell(pid, "crash");
                        } catch (ChildNotFoundException _) {
                            // it is put aside
                        }
                    }
                }
            }
            sim.store().failing(false);
            sim.store().delay(Duration.ZERO);
            sim.advance(Duration.ofSeconds(5));
            for (String id : ids) {
                AgentPid pid = new AgentPid("root/" + id);
                Optional<Aside> aside =
                        Optional.ofNullable(store.condition(pid.path()))
                                .flatMap(StoredCondition::aside);
                switch (word(root, pid)) {
                    case "parked" ->
                            assertThat(aside.map(Aside::kind)).as(id).contains(Kind.PARKED);
                    case "cooling" ->
                            assertThat(aside.map(Aside::kind)).as(id).contains(Kind.COOLING);
                    default -> assertThat(aside.map(Aside::kind)).isNotEqualTo(Kind.PARKED);
                }
            }
            sim.advance(Duration.ofDays(1));
            for (String id : ids) {
                if (word(root, new AgentPid("root/" + id)).equals("running")) {
                    assertThat(store.condition("root/" + id)).as(id).isNull();
                }
            }
        }
    }

    private static String word(AgentSupervisor root, AgentPid pid) {
        return status(root, pid).word();
    }

    @Test
    void aRuntimeThatIsKilledAgainAndAgainStillExhaustsTheBudget() {
        Campaign.of("KeptConditionsSimulationTest", Seeds.of(100, 5_000)).run(this::kill);
    }

    /** Kills in the middle of anything: each may cost one failure that was not counted yet. */
    private void kill(long seed) {
        store = new SurvivingStore();
        Random random = new Random(seed);
        int restarts = random.nextInt(5);
        SupervisorConfig tree =
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(100, MINUTE))
                        .children(spec("a", restarts, Exhaustion.park()))
                        .build();
        Instant begin = BEGIN;
        int failures = 0;
        int kills = 0;
        boolean parked = false;
        while (!parked) {
            var sim = Simulation.life(random.nextLong(), store, begin); // left when it is killed
            AgentSupervisor root = sim.start(tree, CRASHES);
            parked = word(root).equals("parked");
            for (int crash = random.nextInt(3); crash > 0 && !parked; crash--) {
                root.tell(A, "crash");
                failures++;
                sim.runUntilIdle();
                parked = word(root).equals("parked");
            }
            if (!parked) {
                root.tell(A, "crash");
                failures++;
                kills++;
                for (int i = random.nextInt(30); i > 0; i--) {
                    sim.step();
                }
            }
            begin = Objects.requireNonNull(sim.now()).plusMillis(random.nextInt(5_000));
            assertThat(failures).isLessThanOrEqualTo(restarts + 1 + kills);
        }
        try (var sim = Simulation.life(seed, store, begin)) {
            assertThat(word(sim.start(tree, CRASHES))).isEqualTo("parked");
        }
    }
}
