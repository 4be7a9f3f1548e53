package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ChildStateException.Conflict;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the recorded cases do not show. */
class SupervisorMachineTest extends MachineFixture {
    @Test
    void belowAKilledSupervisorSupervisorsStopInOrderAndEndAsKilled() {
        SupervisorConfig inner =
                SupervisorConfig.builder("inner").children(agent("a"), agent("b")).build();
        SupervisorConfig grp = SupervisorConfig.builder("grp").children(inner).build();
        boot(SupervisorConfig.builder("root").children(grp).build());

        world.live("root/grp").exit(ExitReason.kill(), () -> {});
        world.runUntilQuiet();

        assertThat(world.takeEvents())
                .containsSubsequence(
                        "down root/grp#1 killed",
                        "down root/grp/inner/b#1 shutdown",
                        "down root/grp/inner/a#1 shutdown",
                        "down root/grp/inner#1 killed");
    }

    @Test
    void whoReportsTheExitThatIsOneTooManyIsAnsweredWhenTheSupervisorHasEnded() {
        SimulatedSupervisor root =
                boot(
                        SupervisorConfig.builder("root")
                                .intensity(RestartIntensity.never())
                                .children(agent("a"))
                                .build());

        ask(
                root,
                new Request.HandleAgentExit(
                        "a", Request.HandleAgentExit.CURRENT, ExitReason.error("seen outside")));
        world.runUntilQuiet();

        assertThat(answers).containsExactly(Optional.empty());
        assertThat(root.state()).isEqualTo(Instance.State.GONE);
    }

    @Test
    void aNewChildThatAStopKeepsFromStartingIsForgotten() {
        SimulatedSupervisor root = boot(SupervisorConfig.of("root"));
        Script.Call stopRoot =
                then -> {
                    root.stop();
                    then.run();
                };
        Script.Start stopped = new Script.Start(Script.Outcome.ERROR, List.of(stopRoot));
        world.bind(
                "root/late",
                new Script(List.of(stopped), Script.Outcome.OK, Script.OBEDIENT.stop()));

        ask(root, new Request.StartChild(agent("late")));
        world.runUntilQuiet();

        assertThat(answers.getFirst()).containsInstanceOf(SupervisorStoppedException.class);
        assertThat(root.child("late")).isNull();
        assertThat(root.state()).isEqualTo(Instance.State.GONE);
    }

    @Test
    void aRequestThatIsCarriedOutWhenTheStopArrivesIsAnsweredBeforeIt() {
        world.bind(
                "root/slow",
                new Script(
                        List.of(), Script.Outcome.OK, new Script.Stop.Slow(Duration.ofMillis(10))));
        SimulatedSupervisor root =
                boot(SupervisorConfig.builder("root").children(agent("slow")).build());

        ask(root, new Request.TerminateChild("slow"));
        world.after(Duration.ofMillis(5), root::stop);
        world.runUntilQuiet();

        assertThat(answers).containsExactly(Optional.empty());
        assertThat(world.takeEvents())
                .endsWith("down root/slow#1 shutdown", "down root#1 shutdown");
    }

    @Test
    void aChildThatBecomesTemporaryWhileItsGroupIsRestartingIsForgotten() {
        SupervisorConfig.Builder group =
                SupervisorConfig.builder("root").strategy(RestartStrategy.REST_FOR_ONE);
        AgentSpec once =
                AgentSpec.builder("flaky", "scripted").restart(RestartType.TEMPORARY).build();
        SupervisorConfig changed = group.children(agent("a"), once, agent("b")).build();
        Script.Call change =
                then -> {
                    ask((SimulatedSupervisor) world.live("root"), new Request.ChangeSpecs(changed));
                    then.run();
                };
        Script.Start failed = new Script.Start(Script.Outcome.ERROR, List.of(change));
        world.bind(
                "root/flaky",
                new Script(
                        List.of(new Script.Start(Script.Outcome.OK, List.of()), failed),
                        Script.Outcome.OK,
                        Script.OBEDIENT.stop()));
        SimulatedSupervisor root =
                boot(group.children(agent("a"), agent("flaky"), agent("b")).build());

        world.live("root/flaky").exit(ExitReason.error("x"), () -> {});
        world.runUntilQuiet();

        assertThat(root.children())
                .extracting(child -> child.spec().id())
                .containsExactly("a", "b");
        assertThat(world.takeEvents())
                .endsWith("start root/flaky#2 error", "start root/b#2 ok")
                .doesNotContain("start root/flaky#3 ok");
    }

    // ---- starts that are not awaited

    @Test
    void siblingsOfAnAsyncChildDoNotWaitForItsStart() {
        SimulatedSupervisor root = boot(of(hanging("a"), agent("b")));

        assertThat(root.state()).isEqualTo(Instance.State.UP);
        assertThat(states(root)).containsExactly("a#1 STARTING", "b#1 UP");
        assertThat(root.counts()).isEqualTo(new ChildCounts(2, 1, 0, 2));
    }

    @Test
    void aRequestToStartAnAsyncChildIsAnsweredAtOnce() {
        SimulatedSupervisor root = boot(of());
        AgentSpec late = hanging("late");

        ask(root, new Request.StartChild(late));
        world.runUntilQuiet();
        ask(root, new Request.StartChild(late));
        ask(root, new Request.RestartChild("late"));
        ask(root, new Request.RestartAgent("late"));
        world.runUntilQuiet();

        assertThat(answers).hasSize(4);
        assertThat(List.of(answers.get(0), answers.get(3))).containsOnly(Optional.empty());
        assertThat(conflicts()).containsExactly(Conflict.ALREADY_STARTED, Conflict.RUNNING);
        assertThat(states(root)).containsExactly("late#2 STARTING");
    }

    @Test
    void theFailedStartOfAnAsyncChildIsRetriedAndDoesNotFailTheBoot() {
        starts("a", Script.Outcome.ERROR, Script.Outcome.OK);

        SimulatedSupervisor root = boot(of(async("a"), agent("b")));

        assertThat(states(root)).containsExactly("a#2 UP", "b#1 UP");
        assertThat(world.takeReports()).containsExactly("root start_error a error");
    }

    @Test
    void everyFailedStartOfAnAsyncChildCountsAsARestart() {
        starts("a", Script.Outcome.OK, Script.Outcome.ERROR);
        SimulatedSupervisor root =
                boot(
                        SupervisorConfig.builder("root")
                                .intensity(new RestartIntensity(2, Duration.ofSeconds(5)))
                                .children(async("a"))
                                .build());

        world.live("root/a").exit(ExitReason.error("x"), () -> {});
        world.runUntilQuiet();

        assertThat(root.state()).isEqualTo(Instance.State.GONE);
        assertThat(world.takeReports())
                .containsExactly(
                        "root child_terminated a x",
                        "root start_error a error",
                        "root start_error a error",
                        "root shutdown a max_intensity");
    }

    @Test
    void theFailedStartOfATemporaryAsyncChildForgetsItAndAnIgnoredOneIsDown() {
        starts("once", Script.Outcome.ERROR, Script.Outcome.OK);
        starts("idle", Script.Outcome.IGNORE, Script.Outcome.OK);
        AgentSpec once =
                AgentSpec.builder("once", "scripted")
                        .restart(RestartType.TEMPORARY)
                        .start(StartMode.ASYNC)
                        .build();

        assertThat(states(boot(of(once, async("idle"))))).containsExactly("idle#1 DOWN");
    }

    @Test
    void theFailedStartOfAnAsyncChildRestartsItsGroup() {
        starts("a", Script.Outcome.ERROR, Script.Outcome.OK);
        boot(
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.REST_FOR_ONE)
                        .children(async("a"), agent("b"))
                        .build());

        assertThat(world.takeEvents())
                .containsSubsequence(
                        "start root/a#1 error",
                        "start root/b#1 ok",
                        "down root/b#1 shutdown",
                        "start root/a#2 ok",
                        "start root/b#2 ok");
    }

    @Test
    void aChildThatIsStillStartingIsStoppedInItsTurnAndWithinItsOwnTime() {
        SimulatedSupervisor root = boot(of(agent("a"), hanging("b"), agent("c")));

        root.stop();
        world.runUntilQuiet();

        assertThat(world.nowNanos()).isEqualTo(Duration.ofSeconds(5).toNanos());
        assertThat(world.takeEvents())
                .endsWith(
                        "down root/c#1 shutdown",
                        "down root/b#1 killed",
                        "down root/a#1 shutdown",
                        "down root#1 shutdown");
    }

    @Test
    void aChildThatComesUpWhileItIsStoppedIsAskedAgain() {
        Script.Call wait = then -> world.after(Duration.ofMillis(10), then);
        world.bind(
                "root/a",
                new Script(
                        List.of(new Script.Start(Script.Outcome.OK, List.of(wait))),
                        Script.Outcome.OK,
                        Script.OBEDIENT.stop()));
        SimulatedSupervisor root = boot(of());

        ask(root, new Request.StartChild(async("a")));
        ask(root, new Request.TerminateChild("a"));
        world.runUntilQuiet();

        assertThat(answers).containsExactly(Optional.empty(), Optional.empty());
        assertThat(states(root)).containsExactly("a#1 DOWN");
        assertThat(world.takeEvents()).endsWith("down root/a#1 shutdown");
        assertThat(world.nowNanos()).isEqualTo(Duration.ofMillis(10).toNanos());
    }

    @Test
    void newsOfAnOlderStartIsDropped() {
        SimulatedSupervisor root = boot(of(hanging("a")));
        ask(root, new Request.RestartAgent("a"));
        world.runUntilQuiet();

        Child child = root.children().getFirst();
        root.tell(new Signal.Started(child, 1, InitResult.ok()));
        root.tell(new Signal.StartFailed(child, 1, ExitReason.error("x"), List.of()));
        world.runUntilQuiet();

        assertThat(states(root)).containsExactly("a#2 STARTING");
    }

    @Test
    void aNestedSupervisorMayBeAsyncToo() {
        hangs("inner/a");
        AgentSpec hanging = AgentSpec.builder("a", "scripted").deadlines(Deadlines.NONE).build();
        SupervisorConfig inner =
                SupervisorConfig.builder("inner").start(StartMode.ASYNC).children(hanging).build();
        SimulatedSupervisor root =
                boot(SupervisorConfig.builder("root").children(inner, agent("b")).build());
        assertThat(states(root)).containsExactly("inner#1 STARTING", "b#1 UP");

        root.stop();
        world.runUntilQuiet();

        assertThat(world.isEmpty()).isTrue();
        assertThat(root.state()).isEqualTo(Instance.State.GONE);
    }

    @Test
    void instancesOfAnAsyncTemplateStartAndStopSideBySide() {
        hangs("1");
        hangs("2");
        SimulatedSupervisor root =
                boot(
                        SupervisorConfig.builder("root")
                                .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                                .children(async("template"))
                                .build());
        ask(root, new Request.StartInstance(Map.of()));
        ask(root, new Request.StartInstance(Map.of()));
        world.runUntilQuiet();
        assertThat(answers).containsExactly(Optional.empty(), Optional.empty());
        assertThat(states(root)).containsExactly("1#1 STARTING", "2#1 STARTING");

        root.stop();
        world.runUntilQuiet();

        assertThat(world.isEmpty()).isTrue();
        assertThat(world.nowNanos()).isEqualTo(Duration.ofSeconds(5).toNanos());
        assertThat(world.takeReports()).containsExactly("root shutdown_error *2 killed");
    }

    private static SupervisorConfig of(AgentSpec... children) {
        return SupervisorConfig.builder("root").children(children).build();
    }

    private static AgentSpec async(String id) {
        return AgentSpec.builder(id, "scripted").start(StartMode.ASYNC).build();
    }

    private AgentSpec hanging(String id) {
        hangs(id);
        return async(id);
    }

    /** No start of the agent at this path below the root ever comes to an end. */
    private void hangs(String path) {
        Script.Start hang = new Script.Start(Script.Outcome.OK, List.of(_ -> {}));
        world.bind(
                "root/" + path,
                new Script(List.of(hang, hang), Script.Outcome.OK, Script.OBEDIENT.stop()));
    }

    private void starts(String id, Script.Outcome first, Script.Outcome later) {
        world.bind(
                "root/" + id,
                new Script(
                        List.of(new Script.Start(first, List.of())),
                        later,
                        Script.OBEDIENT.stop()));
    }

    private List<Conflict> conflicts() {
        return answers.stream()
                .flatMap(Optional::stream)
                .map(error -> ((ChildStateException) error).conflict())
                .toList();
    }

    private static AgentSpec agent(String id) {
        return AgentSpec.of(id, "scripted");
    }
}
