package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backoff, budgets, what follows their exhaustion, and restarts that wait for a dependency. */
class WaitingRestartsTest extends MachineFixture {
    private static final Backoff ONE_TWO_FOUR =
            Backoff.builder(Duration.ofSeconds(1)).max(Duration.ofSeconds(4)).jitter(0).build();
    private static final Duration SECOND = Duration.ofSeconds(1);

    // ---- backoff

    @Test
    void eachFailureInARowWaitsLongerUpToTheMaximum() {
        boot(lenient(RestartStrategy.ONE_FOR_ONE, waiting("a")));

        for (int failure = 1; failure <= 4; failure++) {
            crash("a");
            world.runFor(Duration.ofSeconds(4));
        }

        assertThat(eventsWith("backoff"))
                .containsExactly(
                        "backoff root/a PT1S",
                        "backoff root/a PT2S",
                        "backoff root/a PT4S",
                        "backoff root/a PT4S");
    }

    @Test
    void aHealthyRunEndsTheRow() {
        boot(lenient(RestartStrategy.ONE_FOR_ONE, waiting("a")));
        crash("a");
        world.runFor(SECOND.plus(ONE_TWO_FOUR.resetAfter()));
        crash("a");
        world.runFor(Duration.ZERO);

        assertThat(eventsWith("backoff"))
                .containsExactly("backoff root/a PT1S", "backoff root/a PT1S");
    }

    @Test
    void aRestartThatFailsToStartWaitsLonger() {
        world.bind(
                "root/a",
                new Script(
                        List.of(Script.Start.OK, failing(), failing()),
                        Script.Outcome.OK,
                        Script.OBEDIENT.stop()));
        SimulatedSupervisor root = boot(lenient(RestartStrategy.ONE_FOR_ONE, waiting("a")));
        crash("a");
        world.runFor(Duration.ofSeconds(7));

        assertThat(eventsWith("backoff"))
                .containsExactly(
                        "backoff root/a PT1S", "backoff root/a PT2S", "backoff root/a PT4S");
        assertThat(states(root)).containsExactly("a#4 UP");
    }

    @Test
    void theFailureIsCountedWhenItHappensAndNotWhenTheWaitIsOver() {
        Backoff minute = Backoff.builder(Duration.ofMinutes(1)).jitter(0).build();
        SupervisorConfig config =
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1, Duration.ofMinutes(1)))
                        .children(spec("a").backoff(minute).build(), plain("b"))
                        .build();
        SimulatedSupervisor root = boot(config);

        crash("a");
        world.runFor(SECOND);
        crash("b"); // the second within a minute, though none has been carried out
        world.runFor(SECOND);

        assertThat(root.state()).isEqualTo(Instance.State.GONE);
    }

    @Test
    void aSiblingOfOneForOneDoesNotWait() {
        SimulatedSupervisor root =
                boot(lenient(RestartStrategy.ONE_FOR_ONE, waiting("a"), plain("b")));
        crash("a");
        crash("b");
        world.runFor(Duration.ZERO);

        assertThat(states(root)).containsExactly("a#1 BACKOFF", "b#2 UP");
    }

    @Test
    void aGroupIsDownWhileItsRestartWaits() {
        SimulatedSupervisor root =
                boot(lenient(RestartStrategy.REST_FOR_ONE, plain("a"), waiting("b"), plain("c")));
        crash("b");
        world.runFor(Duration.ofMillis(999));
        assertThat(states(root)).containsExactly("a#1 UP", "b#1 BACKOFF", "c#1 DOWN");

        world.runFor(Duration.ofMillis(1));
        assertThat(states(root)).containsExactly("a#1 UP", "b#2 UP", "c#2 UP");
    }

    @Test
    void aGroupWaitsForTheLongestOfItsMembers() {
        SimulatedSupervisor root =
                boot(lenient(RestartStrategy.ONE_FOR_ALL, plain("a"), waiting("b")));
        crash("b");
        world.runFor(SECOND);
        crash("a"); // has no backoff itself, but b failed a moment ago
        world.runFor(Duration.ofMillis(999));
        assertThat(states(root)).containsExactly("a#2 BACKOFF", "b#2 DOWN");

        world.runFor(Duration.ofMillis(1));
        assertThat(states(root)).containsExactly("a#3 UP", "b#3 UP");
    }

    @Test
    void aCrashInAGroupThatWaitsIsMergedAndNotCounted() {
        SupervisorConfig config =
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.REST_FOR_ONE)
                        .intensity(new RestartIntensity(1, Duration.ofSeconds(1)))
                        .children(
                                plain("a"),
                                spec("b")
                                        .backoff(
                                                Backoff.builder(SECOND)
                                                        .jitter(0)
                                                        .max(SECOND)
                                                        .allowImmortal(true)
                                                        .build())
                                        .build())
                        .build();
        SimulatedSupervisor root = boot(config);
        crash("b");
        world.runFor(Duration.ofMillis(500));
        crash("a");
        world.runFor(Duration.ofMillis(499));
        assertThat(states(root)).containsExactly("a#1 BACKOFF", "b#1 DOWN");

        world.runFor(Duration.ofMillis(1));
        assertThat(states(root)).containsExactly("a#2 UP", "b#2 UP");
    }

    @Test
    void aRestartByHandCutsTheWaitOfTheWholeGroupShort() {
        SimulatedSupervisor root =
                boot(lenient(RestartStrategy.ONE_FOR_ALL, plain("a"), waiting("b")));
        crash("b");
        world.runFor(Duration.ZERO);
        ask(root, new Request.RestartAgent("b"));
        world.runFor(Duration.ZERO);

        assertThat(states(root)).containsExactly("a#2 UP", "b#2 UP");
        world.runFor(Duration.ofMinutes(1));
        assertThat(states(root)).containsExactly("a#2 UP", "b#2 UP");
    }

    @ParameterizedTest
    @EnumSource(
            value = RestartStrategy.class,
            names = {"ONE_FOR_ALL", "REST_FOR_ONE"})
    void whenTheChildThatAGroupWaitsForIsStoppedTheOthersComeBack(RestartStrategy strategy) {
        SimulatedSupervisor root = boot(lenient(strategy, waiting("a"), plain("b")));
        crash("a");
        world.runFor(Duration.ZERO);
        ask(root, new Request.TerminateChild("a"));
        world.runFor(Duration.ofMinutes(1));

        assertThat(states(root)).containsExactly("a#1 DOWN", "b#2 UP");
    }

    @ParameterizedTest
    @EnumSource(
            value = RestartStrategy.class,
            names = {"ONE_FOR_ALL", "REST_FOR_ONE"})
    void orWhenItIsRemoved(RestartStrategy strategy) {
        SimulatedSupervisor root = boot(lenient(strategy, waiting("a"), plain("b")));
        crash("a");
        world.runFor(Duration.ZERO);
        ask(root, new Request.StopAgent("a"));
        world.runFor(Duration.ofMinutes(1));

        assertThat(states(root)).containsExactly("b#2 UP");
    }

    @Test
    void aChildThatWaitsIsNotRestartedByRestartChild() {
        SimulatedSupervisor root = boot(lenient(RestartStrategy.ONE_FOR_ONE, waiting("a")));
        crash("a");
        ask(root, new Request.RestartChild("a"));
        world.runFor(Duration.ZERO);

        assertThat(answers.getFirst().map(e -> ((ChildStateException) e).conflict()))
                .contains(ChildStateException.Conflict.RESTARTING);
    }

    @Test
    void aStopOfTheSupervisorDoesNotWaitForARestart() {
        SimulatedSupervisor root =
                boot(lenient(RestartStrategy.ONE_FOR_ONE, plain("a"), waiting("b")));
        crash("b");
        world.runFor(Duration.ZERO);
        root.stop();
        world.runFor(Duration.ZERO);

        assertThat(root.state()).isEqualTo(Instance.State.GONE);
        assertThat(world.isEmpty()).isTrue();
    }

    // ---- budgets and exhaustion

    @Test
    void aNoisyChildWithABudgetLeavesThatOfItsSiblingsAlone() {
        SupervisorConfig config =
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1, Duration.ofMinutes(1)))
                        .children(
                                spec("noisy").budget(budget(5, Exhaustion.park())).build(),
                                plain("b"))
                        .build();
        SimulatedSupervisor root = boot(config);
        for (int i = 0; i < 6; i++) {
            crash("noisy");
            world.runFor(Duration.ZERO);
        }
        crash("b");
        world.runFor(Duration.ZERO);

        assertThat(states(root)).containsExactly("noisy#6 PARKED", "b#2 UP");
    }

    @Test
    void shortRunsInARowUseUpTheBudgetWhateverTheTimeBetweenThem() {
        SimulatedSupervisor root =
                boot(
                        lenient(
                                RestartStrategy.ONE_FOR_ONE,
                                spec("a").budget(budget(2, Exhaustion.park())).build()));
        for (int i = 0; i < 3; i++) {
            world.runFor(Duration.ofSeconds(59)); // never two within the window of one second
            crash("a");
        }
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#3 PARKED");
    }

    @Test
    void healthyRunsBetweenDoNotUseItUp() {
        SimulatedSupervisor root =
                boot(
                        lenient(
                                RestartStrategy.ONE_FOR_ONE,
                                spec("a").budget(budget(2, Exhaustion.park())).build()));
        for (int i = 0; i < 20; i++) {
            world.runFor(Duration.ofSeconds(60));
            crash("a");
        }
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#21 UP");
    }

    @Test
    void anExhaustedBudgetMayMakeTheSupervisorGiveUp() {
        SimulatedSupervisor root =
                boot(
                        lenient(
                                RestartStrategy.ONE_FOR_ONE,
                                spec("a").budget(budget(1, Exhaustion.escalate())).build()));
        crash("a");
        world.runFor(Duration.ZERO);
        crash("a");
        world.runFor(Duration.ZERO);

        assertThat(root.state()).isEqualTo(Instance.State.GONE);
        assertThat(root.reason()).isEqualTo(ExitReason.shutdown());
    }

    @Test
    void aSupervisorMayParkWhoeverExceedsItsIntensity() {
        SimulatedSupervisor root = boot(oneRestart(Exhaustion.park(), plain("a"), plain("b")));
        crash("a");
        world.runFor(Duration.ZERO);
        crash("a");
        world.runFor(Duration.ZERO);
        crash("b"); // what has filled the window is out of the way
        world.runFor(Duration.ZERO);

        assertThat(states(root)).containsExactly("a#2 PARKED", "b#2 UP");
        assertThat(eventsWith("parked")).containsExactly("parked root/a");
    }

    @Test
    void aParkedChildStaysOutOfGroupRestarts() {
        SupervisorConfig config =
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.ONE_FOR_ALL)
                        .children(
                                plain("a"), spec("b").budget(budget(0, Exhaustion.park())).build())
                        .build();
        SimulatedSupervisor root = boot(config);
        crash("b"); // too often, and the others are restarted without it
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#2 UP", "b#1 PARKED");

        crash("a");
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#3 UP", "b#1 PARKED");
    }

    @Test
    void anOperatorBringsAParkedChildBackWithACleanRecord() {
        for (Request back : List.of(new Request.RestartAgent("a"), new Request.RestartChild("a"))) {
            SimulatedSupervisor root = boot(oneRestart(Exhaustion.park(), plain("a")));
            crash("a");
            world.runFor(Duration.ZERO);
            crash("a");
            world.runFor(Duration.ZERO);
            ask(root, back);
            world.runFor(Duration.ZERO);
            assertThat(states(root)).first().asString().endsWith("UP");

            crash("a");
            world.runFor(Duration.ZERO);
            assertThat(states(root)).first().asString().endsWith("UP");
            root.stop();
            world.runUntilQuiet();
        }
    }

    @Test
    void aParkedChildMayComeBackByItself() {
        SimulatedSupervisor root =
                boot(oneRestart(Exhaustion.park(Duration.ofMinutes(10)), plain("a")));
        crash("a");
        world.runFor(Duration.ZERO);
        crash("a");
        world.runFor(Duration.ofMinutes(10).minusNanos(1));
        assertThat(states(root)).containsExactly("a#2 PARKED");

        world.runFor(Duration.ofNanos(1));
        assertThat(states(root)).containsExactly("a#3 UP");
    }

    @Test
    void aFailedTrialPutsTheChildAsideForLongerAndAHealthyOneClosesTheMatter() {
        SimulatedSupervisor root =
                boot(
                        oneRestart(
                                Exhaustion.coolDown(Duration.ofMinutes(1), Duration.ofMinutes(3)),
                                plain("a")));
        crash("a");
        world.runFor(Duration.ZERO);
        crash("a");
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#2 COOLING");

        for (Duration time :
                List.of(Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(3))) {
            world.runFor(time.minusNanos(1));
            assertThat(states(root)).first().asString().endsWith("COOLING");
            world.runFor(Duration.ofNanos(1));
            assertThat(states(root)).first().asString().endsWith("UP");
            crash("a");
            world.runFor(Duration.ZERO);
        }
        world.runFor(Duration.ofMinutes(3).plus(SECOND)); // a trial that lasts for the window
        crash("a");
        world.runFor(Duration.ZERO);
        assertThat(states(root)).first().asString().endsWith("UP");
    }

    @Test
    void aMessageToStopParksForGood() {
        SimulatedSupervisor root =
                boot(oneRestart(Exhaustion.park(Duration.ofMinutes(1)), plain("a")));
        crash("a");
        world.runFor(Duration.ZERO);
        crash("a");
        ask(root, new Request.TerminateChild("a"));
        world.runFor(Duration.ofHours(1));

        assertThat(states(root)).containsExactly("a#2 DOWN");
    }

    // ---- dependencies

    @Test
    void aFailureThatAnOpenDependencyIsToBlameForIsNeitherCountedNorRestarted() {
        SimulatedSupervisor root = boot(oneRestart(Exhaustion.escalate(), plain("a"), plain("b")));
        world.open("llm");
        for (String id : List.of("a", "b")) {
            exit(id, new ExitReason.Dependency("llm", new Failure("", "refused", "")));
        }
        world.runFor(Duration.ofHours(1));
        assertThat(states(root)).containsExactly("a#1 SUSPENDED", "b#1 SUSPENDED");

        world.close("llm");
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#2 UP", "b#2 UP");
    }

    @Test
    void aDependencyThatOthersCanWorkWithIsToBlameThreeTimes() {
        SimulatedSupervisor root = boot(oneRestart(Exhaustion.escalate(), plain("a")));
        for (int i = 0; i < 4; i++) {
            exit("a", new ExitReason.Dependency("llm", new Failure("", "400", "")));
            world.runFor(Duration.ZERO);
        }
        assertThat(states(root)).containsExactly("a#5 UP");

        exit("a", new ExitReason.Dependency("llm", new Failure("", "400", "")));
        world.runFor(Duration.ZERO);
        assertThat(root.state()).isEqualTo(Instance.State.GONE);
    }

    @Test
    void aGroupWaitsForADependency() {
        SimulatedSupervisor root =
                boot(lenient(RestartStrategy.ONE_FOR_ALL, plain("a"), plain("b")));
        world.open("llm");
        exit("b", new ExitReason.Dependency("llm", new Failure("", "refused", "")));
        world.runFor(SECOND);
        assertThat(states(root)).containsExactly("a#1 DOWN", "b#1 SUSPENDED");

        world.close("llm");
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#2 UP", "b#2 UP");
    }

    // ---- deadlines

    @Test
    void aStartThatTakesTooLongFails() {
        SimulatedSupervisor root = hangingInItsSecondStart();
        world.runFor(Duration.ofMillis(999));
        assertThat(states(root)).containsExactly("a#2 STARTING");

        world.runFor(Duration.ofMillis(1));
        assertThat(states(root)).containsExactly("a#3 UP");
    }

    @Test
    void theTimeForAStartStandsStillWhileTheChildWaits() {
        SimulatedSupervisor root = hangingInItsSecondStart();
        Child a = root.children().getFirst();
        world.runFor(Duration.ofMillis(400));
        root.tell(new Signal.StartPaused(a, 1)); // of another run
        root.tell(new Signal.StartPaused(a, 2));
        world.runFor(Duration.ofHours(1));
        assertThat(states(root)).containsExactly("a#2 STARTING");

        root.tell(new Signal.StartResumed(a, 2));
        world.runFor(Duration.ofMillis(599));
        assertThat(states(root)).containsExactly("a#2 STARTING");

        world.runFor(Duration.ofMillis(1));
        assertThat(states(root)).containsExactly("a#3 UP");
    }

    @Test
    void aTimerThatRingsWhileTheTimeBeginsToStandStillDoesNoHarm() {
        SimulatedSupervisor root = hangingInItsSecondStart();
        Child a = root.children().getFirst();
        world.runFor(Duration.ofMillis(999));
        root.tell(new Signal.StartPaused(a, 2));
        root.tell(new Signal.StartResumed(a, 2));
        root.tell(new Signal.Overdue(a, 2));
        world.runFor(Duration.ZERO);
        assertThat(states(root)).containsExactly("a#2 STARTING");

        root.tell(new Signal.StartPaused(a, 2));
        root.tell(new Signal.Overdue(a, 2));
        world.runFor(SECOND);
        assertThat(states(root)).containsExactly("a#2 STARTING");
    }

    @Test
    void aStopHasItsOwnTimeWhileAStartStandsStill() {
        SimulatedSupervisor root = hangingInItsSecondStart();
        Child a = root.children().getFirst();
        root.tell(new Signal.StartPaused(a, 2));
        world.runFor(SECOND);
        root.stop();
        root.tell(new Signal.StartResumed(a, 2)); // the stop has ended its wait
        world.runFor(Duration.ofMillis(4_999));
        assertThat(root.state()).isEqualTo(Instance.State.UP);

        world.runFor(Duration.ofMillis(1));
        assertThat(root.state()).isEqualTo(Instance.State.GONE);
    }

    // ---- what they are made of

    /** A child that has a second for each start, and whose second start does not end. */
    private SimulatedSupervisor hangingInItsSecondStart() {
        Script.Start hang = new Script.Start(Script.Outcome.OK, List.of(_ -> {}));
        world.bind(
                "root/a",
                new Script(
                        List.of(Script.Start.OK, hang), Script.Outcome.OK, Script.OBEDIENT.stop()));
        SimulatedSupervisor root =
                boot(
                        lenient(
                                RestartStrategy.ONE_FOR_ONE,
                                spec("a").deadlines(Deadlines.DEFAULT.init(SECOND)).build()));
        crash("a");
        world.runFor(Duration.ZERO);
        return root;
    }

    private static RestartBudget budget(int maxRestarts, Exhaustion onExhaustion) {
        return RestartBudget.of(maxRestarts, SECOND, onExhaustion);
    }

    private static SupervisorConfig lenient(RestartStrategy strategy, ChildSpec... children) {
        return SupervisorConfig.builder("root")
                .strategy(strategy)
                .intensity(new RestartIntensity(20, Duration.ofHours(1)))
                .children(children)
                .build();
    }

    private static SupervisorConfig oneRestart(Exhaustion onExhaustion, ChildSpec... children) {
        return SupervisorConfig.builder("root")
                .intensity(new RestartIntensity(1, SECOND))
                .onExhaustion(onExhaustion)
                .children(children)
                .build();
    }

    private static AgentSpec.Builder spec(String id) {
        return AgentSpec.builder(id, "scripted");
    }

    private static AgentSpec plain(String id) {
        return spec(id).build();
    }

    private static AgentSpec waiting(String id) {
        return spec(id).backoff(ONE_TWO_FOUR).build();
    }

    private static Script.Start failing() {
        return new Script.Start(Script.Outcome.ERROR, List.of());
    }

    private void crash(String id) {
        exit(id, ExitReason.error("x"));
    }

    private void exit(String id, ExitReason reason) {
        Instance instance = world.live("root/" + id);
        assertThat(instance).as("an instance of %s", id).isNotNull();
        instance.exit(reason, () -> {});
    }

    private List<String> eventsWith(String word) {
        return world.takeEvents().stream().filter(line -> line.startsWith(word + " ")).toList();
    }
}
