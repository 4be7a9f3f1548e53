package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.runtime.core.SimulatedSupervisor.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the recorded cases do not show. */
class SupervisorMachineTest {
    private final Simulation world = new Simulation(Simulation.IN_ORDER, null);
    private final List<Optional<SupervisionException>> answers = new ArrayList<>();

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

    private SimulatedSupervisor boot(SupervisorConfig config) {
        SimulatedSupervisor root = world.boot(config);
        world.runUntilQuiet();
        return root;
    }

    private void ask(SimulatedSupervisor supervisor, Request request) {
        supervisor.tell(
                new Signal.Requested(
                        request,
                        new Ticket() {
                            @Override
                            public void done(Answer answer) {
                                answers.add(Optional.empty());
                            }

                            @Override
                            public void refused(SupervisionException error) {
                                answers.add(Optional.of(error));
                            }
                        }));
    }

    private static AgentSpec agent(String id) {
        return AgentSpec.of(id, "scripted");
    }
}
