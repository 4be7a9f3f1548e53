package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.core.SimulatedSupervisor.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the tests of a single machine have in common: a world, and a root that is asked for things.
 */
abstract class MachineFixture {
    final Simulation world = new Simulation(Simulation.IN_ORDER, null);

    /** What came of the requests, in the order of the answers: the refusal, if it was one. */
    final List<Optional<SupervisionException>> answers = new ArrayList<>();

    final SimulatedSupervisor boot(SupervisorConfig config) {
        SimulatedSupervisor root = world.boot(config);
        world.runUntilQuiet();
        return root;
    }

    final void ask(SimulatedSupervisor supervisor, Request request) {
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

    /** Where its children stand, in start order. */
    static List<String> states(SimulatedSupervisor supervisor) {
        return supervisor.children().stream()
                .map(child -> child.spec().id() + "#" + child.run() + " " + child.state())
                .toList();
    }
}
