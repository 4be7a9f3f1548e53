package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.testkit.Simulation;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Asks supervisors of the runtime for what a scenario wants of them. Waits for the answers. */
final class Client {
    private final Simulation sim;
    private final ScenarioReader reader;
    private final Journal journal;
    private final TreeView view;

    Client(Simulation sim, ScenarioReader reader, Journal journal, TreeView view) {
        this.sim = sim;
        this.reader = reader;
        this.journal = journal;
        this.view = view;
    }

    /** Carries out a request and gives the answer. On a thread of the simulation. */
    String ask(JsonNode action) {
        String name = action.get("sup").asString();
        SupervisorId id = new SupervisorId(journal.names.path(name));
        AgentSupervisor supervisor = sim.runtime().supervisor(id).orElse(null);
        try {
            Operation operation = reader.operation(action);
            return supervisor == null ? "noproc" : carryOut(operation, supervisor, name);
        } catch (IllegalArgumentException refused) {
            return supervisor == null ? "noproc" : "invalid_spec";
        } catch (SupervisionException refusal) {
            return Words.of(refusal);
        }
    }

    private String carryOut(Operation operation, AgentSupervisor supervisor, String name) {
        return switch (operation) {
            case Operation.StartChild(var spec) ->
                    start(name + "/" + spec.id(), () -> supervisor.startChild(spec));
            case Operation.StartInstance(var key) -> startInstance(supervisor, name, key);
            case Operation.RestartChild(var id) ->
                    start(name + "/" + id, () -> supervisor.restartChild(id));
            case Operation.TerminateChild(var id) -> {
                supervisor.terminateChild(id);
                yield "ok";
            }
            case Operation.TerminateInstance(var key) -> {
                supervisor.stopAgent(new AgentPid(journal.names.path(name + "/" + key)));
                yield "ok";
            }
            case Operation.DeleteChild(var id) -> {
                supervisor.deleteChild(id);
                yield "ok";
            }
            case Operation.WhichChildren _ -> "ok " + view.children(supervisor);
            case Operation.CountChildren _ -> "ok " + Words.of(supervisor.countChildren());
        };
    }

    private String startInstance(AgentSupervisor pool, String name, String key) {
        journal.names.await(name, key);
        try {
            return start(name + "/" + key, () -> pool.startInstance(Map.of()));
        } finally {
            journal.names.awaitNoMore(name, key); // if the request was refused
        }
    }

    private String start(String child, Runnable start) {
        try {
            start.run();
            return journal.answer(child);
        } catch (ChildStartException failed) {
            return "start_failed " + journal.whyNot(child, failed.reason());
        }
    }
}
