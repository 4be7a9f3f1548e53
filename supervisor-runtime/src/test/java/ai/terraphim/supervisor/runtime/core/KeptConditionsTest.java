package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the end of the JVM does not make good: children that are put aside, and used budgets. */
class KeptConditionsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private Simulation world = new Simulation(Simulation.IN_ORDER, null);
    private SimulatedSupervisor root;
    private SupervisorConfig config;

    private void boot(SupervisorConfig config) {
        this.config = config;
        root = world.boot(config);
        world.runFor(Duration.ZERO);
    }

    /** The JVM is killed, is down for a time, and the same tree starts again. */
    private void killJvm(Duration down) {
        world = world.afterAKill(down);
        boot(config);
    }

    private void crash(String... ids) {
        for (String id : ids) {
            Objects.requireNonNull(world.live("root/" + id)).exit(ExitReason.error("x"), () -> {});
            world.runFor(Duration.ZERO);
        }
    }

    private void ask(Request request) {
        root.tell(
                new Signal.Requested(
                        request,
                        new SimulatedSupervisor.Ticket() {
                            @Override
                            public void done(Answer answer) {}

                            @Override
                            public void refused(SupervisionException e) {}
                        }));
        world.runFor(Duration.ZERO);
    }

    private List<String> states() {
        return root.children().stream()
                .map(child -> child.spec().id() + " " + child.state())
                .toList();
    }

    private Map<String, Condition> kept() {
        return world.kept("root");
    }

    private static AgentSpec spec(String id, int restarts, Duration window, Exhaustion end) {
        return AgentSpec.builder(id, "test")
                .budget(new RestartBudget(new RestartIntensity(restarts, window), MINUTE, end))
                .build();
    }

    private static SupervisorConfig tree(ChildSpec... children) {
        return SupervisorConfig.builder("root").children(children).build();
    }

    // ---- put aside

    @Test
    void aParkedChildIsStillParkedUntilSomebodyRestartsIt() {
        boot(tree(spec("a", 1, MINUTE, Exhaustion.park()), AgentSpec.of("b", "test")));
        crash("a", "a");
        killJvm(Duration.ofDays(1));
        assertThat(states()).containsExactly("a PARKED", "b UP");
        assertThat(world.takeEvents()).contains("still parked root/a");
        assertThat(Objects.requireNonNull(root.child("a")).failure())
                .hasToString("error: more than 1 restarts in 1m: error: x");

        killJvm(SECOND);
        ask(new Request.RestartAgent("a"));
        assertThat(states()).containsExactly("a UP", "b UP");
        assertThat(kept()).isEmpty();
        crash("a");
        assertThat(states()).containsExactly("a UP", "b UP");
    }

    @Test
    void aChildThatIsParkedForATimeComesBackWhenThatIsOver() {
        boot(tree(spec("a", 0, MINUTE, Exhaustion.park(Duration.ofMinutes(10)))));
        crash("a");
        world.runFor(Duration.ofMinutes(4));
        killJvm(MINUTE);
        world.runFor(Duration.ofMinutes(5).minusNanos(1));
        assertThat(states()).containsExactly("a PARKED");
        world.runFor(Duration.ofNanos(1));
        assertThat(states()).containsExactly("a UP");
        assertThat(kept()).isEmpty();
    }

    @Test
    void aChildCoolsUntilItsTimeAndKeepsItsStep() {
        boot(tree(spec("a", 0, MINUTE, Exhaustion.coolDown(MINUTE, Duration.ofMinutes(3)))));
        crash("a");
        for (Duration time : List.of(MINUTE, MINUTE.multipliedBy(2), MINUTE.multipliedBy(3))) {
            world.runFor(SECOND);
            killJvm(SECOND);
            world.runFor(time.minusSeconds(2).minusNanos(1));
            assertThat(states()).containsExactly("a COOLING");
            world.runFor(Duration.ofNanos(1));
            assertThat(states()).containsExactly("a UP");
            killJvm(SECOND); // in the trial, which is had again
            world.runFor(Duration.ZERO);
            assertThat(states()).containsExactly("a UP");
            crash("a");
            assertThat(states()).containsExactly("a COOLING");
        }
    }

    @Test
    void aTimeThatIsOverWhenTheJvmIsBackIsFollowedByTheTrialAfterTheBoot() {
        world.bind(
                "root/a",
                new Script(
                        List.of(Script.Start.OK, new Script.Start(Script.Outcome.ERROR, List.of())),
                        Script.Outcome.OK,
                        Script.OBEDIENT.stop()));
        boot(
                tree(
                        spec("a", 0, MINUTE, Exhaustion.coolDown(MINUTE, Duration.ofMinutes(3))),
                        AgentSpec.of("b", "test")));
        crash("a");
        killJvm(Duration.ofDays(1));
        assertThat(states())
                .as("a trial that fails to start is no failure of the boot")
                .containsExactly("a COOLING", "b UP");
        world.runFor(Duration.ofMinutes(2).minusNanos(1));
        assertThat(states()).containsExactly("a COOLING", "b UP");
        world.runFor(Duration.ofNanos(1));
        assertThat(states()).containsExactly("a UP", "b UP");
    }

    @Test
    void aTrialThatIsHealthyClosesTheMatter() {
        boot(tree(spec("a", 1, SECOND, Exhaustion.coolDown(MINUTE, Duration.ofMinutes(3)))));
        crash("a", "a");
        world.runFor(MINUTE);
        assertThat(states()).containsExactly("a UP");
        assertThat(kept()).hasSize(1);
        world.runFor(MINUTE);
        assertThat(kept()).isEmpty();
        killJvm(SECOND);
        crash("a");
        assertThat(states()).containsExactly("a UP");
    }

    @Test
    void aSupervisorsOwnExhaustionIsKeptToo() {
        boot(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1, MINUTE))
                        .onExhaustion(Exhaustion.park())
                        .children(AgentSpec.of("a", "test"), AgentSpec.of("b", "test"))
                        .build());
        crash("a");
        assertThat(kept()).as("the supervisor's window is not kept").isEmpty();
        crash("a");
        killJvm(SECOND);
        assertThat(states()).containsExactly("a PARKED", "b UP");
    }

    @Test
    void aParkedChildStaysOutOfAGroupRestartAfterwards() {
        boot(
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.ONE_FOR_ALL)
                        .children(
                                AgentSpec.of("a", "test"), spec("b", 0, MINUTE, Exhaustion.park()))
                        .build());
        crash("b");
        killJvm(SECOND);
        crash("a");
        assertThat(states()).containsExactly("a UP", "b PARKED");
    }

    @Test
    void aStopByHandTakesItOut() {
        boot(tree(spec("a", 1, MINUTE, Exhaustion.park())));
        crash("a", "a");
        ask(new Request.TerminateChild("a"));
        assertThat(kept().values()).extracting(Condition::aside).containsOnlyNulls();
        ask(new Request.RestartChild("a"));
        assertThat(kept()).isEmpty();
    }

    @Test
    void aChildThatIsForgottenLeavesNothing() {
        boot(tree(spec("a", 0, MINUTE, Exhaustion.park())));
        crash("a");
        ask(new Request.StopAgent("a"));
        assertThat(kept()).isEmpty();
    }

    @Test
    void anOrderlyEndIsNoStopByHand() {
        boot(tree(spec("a", 0, MINUTE, Exhaustion.park())));
        crash("a");
        root.stop();
        world.runFor(MINUTE);
        killJvm(SECOND);
        assertThat(states()).containsExactly("a PARKED");
    }

    @Test
    void whatIsNotPutAsideAnyMoreStarts() {
        boot(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(0, MINUTE))
                        .onExhaustion(Exhaustion.park())
                        .children(AgentSpec.of("a", "test"))
                        .build());
        crash("a");
        config = tree(AgentSpec.of("a", "test"));
        killJvm(SECOND);
        assertThat(states()).containsExactly("a UP");
        assertThat(kept()).isEmpty();
    }

    // ---- budgets

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void aBudgetIsNotRefilled(int before) {
        boot(tree(spec("a", 5, MINUTE, Exhaustion.park())));
        for (int i = 0; i < before; i++) {
            crash("a");
        }
        killJvm(SECOND);
        for (int i = before; i < 5; i++) {
            crash("a");
        }
        assertThat(states()).containsExactly("a UP");
        crash("a");
        assertThat(states()).containsExactly("a PARKED");
    }

    @Test
    void aSupervisorThatIsKilledAgainAndAgainStillExhaustsIt() {
        boot(tree(spec("a", 5, MINUTE, Exhaustion.park())));
        for (int i = 0; i < 6; i++) {
            assertThat(states()).containsExactly("a UP");
            world.runFor(SECOND);
            crash("a");
            killJvm(SECOND);
        }
        assertThat(states()).containsExactly("a PARKED");
    }

    @Test
    void restartsLeaveTheWindowWhileTheJvmIsDownAndShortRunsInARowStay() {
        boot(tree(spec("a", 2, MINUTE, Exhaustion.park())));
        crash("a", "a");
        killJvm(Duration.ofDays(1));
        assertThat(kept().values()).containsExactly(new Condition(null, 2, List.of()));
        crash("a"); // it was not healthy in between
        assertThat(states()).containsExactly("a PARKED");
    }

    @Test
    void aHealthyRunMakesTheRunsGoodAndTheWindowTheRestarts() {
        boot(tree(spec("a", 2, Duration.ofMinutes(5), Exhaustion.park())));
        crash("a", "a");
        world.runFor(MINUTE);
        assertThat(kept().values())
                .extracting(Condition::shortRuns, it -> it.restarts().size())
                .containsExactly(tuple(0, 2));
        world.runFor(Duration.ofMinutes(4));
        assertThat(kept()).as("one window ago still counts").isNotEmpty();
        world.runFor(Duration.ofNanos(1));
        assertThat(kept()).isEmpty();
        killJvm(SECOND);
        crash("a", "a");
        assertThat(states()).containsExactly("a UP");
    }

    @Test
    void whoMakesTheSupervisorGiveUpBeginsAnewAndItsSiblingsDoNot() {
        boot(
                tree(
                        spec("a", 1, MINUTE, Exhaustion.escalate()),
                        spec("b", 1, MINUTE, Exhaustion.park())));
        crash("b", "a", "a");
        assertThat(root.state()).isEqualTo(Instance.State.GONE);
        killJvm(SECOND);
        crash("a");
        assertThat(states()).containsExactly("a UP", "b UP");
        crash("b");
        assertThat(states()).containsExactly("a UP", "b PARKED");
    }

    @Test
    void ofAVeryLargeBudgetTheNewestRestartsAreKept() {
        boot(tree(spec("a", 1_500, MINUTE, Exhaustion.park())));
        for (int i = 0; i < 1_200; i++) {
            crash("a");
        }
        assertThat(kept().values())
                .singleElement()
                .satisfies(it -> assertThat(it.restarts()).hasSize(1_000));
    }

    @Test
    void ofChildrenWithoutABudgetNothingIsEverTold() {
        boot(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(100, MINUTE))
                        .children(AgentSpec.of("a", "test"))
                        .build());
        crash("a", "a", "a");
        assertThat(kept()).isEmpty();
    }

    // ---- both, by chance

    /** Crashes, kills of the JVM and operators at random moments, beside a model of the rule. */
    @Test
    void whateverHappensTheRuleIsFollowed() {
        for (long seed = 0; seed < 500; seed++) {
            play(seed);
        }
    }

    private void play(long seed) {
        Random random = new Random(seed);
        world = new Simulation(Simulation.IN_ORDER, null);
        AgentSpec a = spec("a", random.nextInt(4), duration(random), Exhaustion.park());
        AgentSpec b = spec("b", random.nextInt(3), duration(random), cooling(random));
        AgentSpec c =
                spec("c", random.nextInt(3), duration(random), Exhaustion.park(duration(random)));
        List<Model> models = List.of(new Model(a), new Model(b), new Model(c));
        boot(tree(a, b, c));
        for (int step = 0; step < 100; step++) {
            Model model = models.get(random.nextInt(3));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    if (model.state.equals("UP")) {
                        crash(model.id);
                        model.crash(world.nowNanos());
                    }
                }
                case 3, 4, 5 -> world.runFor(duration(random));
                case 6 -> {
                    Duration down = random.nextBoolean() ? Duration.ZERO : duration(random);
                    long killedAt = world.nowNanos();
                    killJvm(down);
                    models.forEach(it -> it.killed(killedAt, world.nowNanos()));
                }
                default -> {
                    if (random.nextInt(8) == 0) {
                        ask(new Request.RestartAgent(model.id));
                        model.restart(world.nowNanos());
                    }
                }
            }
            models.forEach(it -> it.pass(world.nowNanos()));
            assertThat(states())
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(models.stream().map(it -> it.id + " " + it.state).toList());
        }
    }

    /** The rule in other words: a child with a budget whose runs begin and end at once. */
    private static final class Model {
        final String id;
        String state = "UP";
        private final RestartBudget budget;
        private final List<Long> window = new ArrayList<>();
        private long upSince;
        private long jvmSince;
        private int shortRuns;
        private boolean trial;
        private Duration cooled = Duration.ZERO;
        private long due;

        Model(AgentSpec spec) {
            this.id = spec.id();
            this.budget = spec.restarts().budget().orElseThrow();
        }

        void crash(long now) {
            runsUntil(now);
            window.removeIf(it -> now - it > budget.intensity().timeWindow().toNanos());
            int most = budget.intensity().maxRestarts();
            if (!trial && window.size() < most) {
                window.add(now);
                if (++shortRuns <= most) {
                    upSince = now;
                    return;
                }
            }
            switch (budget.onExhaustion()) {
                case Exhaustion.Park(var after) -> {
                    state = "PARKED";
                    due = after.map(it -> now + it.toNanos()).orElse(Long.MAX_VALUE);
                }
                case Exhaustion.CoolDown(var time, var max) -> {
                    state = "COOLING";
                    Duration twice = trial ? cooled.multipliedBy(2) : time;
                    cooled = twice.compareTo(max) > 0 ? max : twice;
                    due = now + cooled.toNanos();
                }
                case Exhaustion.Escalate _ -> throw new AssertionError();
            }
        }

        private void runsUntil(long now) {
            if (state.equals("UP") && now - upSince >= MINUTE.toNanos()) {
                shortRuns = 0;
                trial = false;
            }
        }

        void killed(long at, long up) {
            runsUntil(at);
            upSince = up;
            jvmSince = up;
        }

        void restart(long now) {
            runsUntil(now);
            if (!state.equals("UP")) {
                forgive();
            }
            upSince = now;
        }

        void pass(long now) {
            if (!state.equals("UP") && due <= now) {
                boolean cooled = state.equals("COOLING");
                if (!cooled) {
                    forgive();
                }
                state = "UP";
                trial = cooled;
                upSince = Math.max(due, jvmSince);
            }
        }

        private void forgive() {
            state = "UP";
            trial = false;
            shortRuns = 0;
            window.clear();
        }
    }

    private static Duration duration(Random random) {
        return Duration.ofSeconds(1 + random.nextInt(180));
    }

    private static Exhaustion cooling(Random random) {
        Duration time = duration(random);
        return Exhaustion.coolDown(time, time.multipliedBy(1 + random.nextInt(4)));
    }
}
