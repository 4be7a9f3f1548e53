package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.conformance.Answers;
import ai.terraphim.supervisor.runtime.conformance.Operation;
import ai.terraphim.supervisor.runtime.conformance.Player;
import ai.terraphim.supervisor.runtime.conformance.ScenarioReader;
import ai.terraphim.supervisor.runtime.conformance.Words;
import ai.terraphim.supervisor.runtime.core.SimulatedSupervisor.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Plays the scenario of one recorded case in a {@link Simulation} and takes down what happens. */
public final class Scenario implements Player {
    private final Simulation world = new Simulation(Simulation.IN_ORDER, null);
    private final ScenarioReader reader =
            new ScenarioReader(world::bind, this::call, UnaryOperator.identity());
    private final Answers async = new Answers();
    private @Nullable SimulatedSupervisor root;

    @Override
    public Step boot(JsonNode supervisor) {
        SupervisorConfig config;
        try {
            config = reader.root(supervisor);
        } catch (IllegalArgumentException refused) {
            return Step.REFUSED;
        }
        SimulatedSupervisor booting = world.boot(config);
        root = booting;
        world.runUntilQuiet();
        ExitReason reason = booting.reason();
        boolean failed = booting.state() == Instance.State.NOT_STARTED && reason != null;
        return taken(failed ? "error " + Words.of(reason) : "ok");
    }

    @Override
    public Step perform(JsonNode action) {
        String[] result = {"no answer"};
        switch (action.get("op").asString()) {
            case "exit" -> result[0] = exit(action, () -> {});
            case "stop" -> result[0] = stop();
            case "advance_ms" -> {
                world.advance(Duration.ofMillis(action.get("ms").asLong()));
                result[0] = "ok";
            }
            default -> request(action, answer -> result[0] = answer);
        }
        world.runUntilQuiet();
        return taken(result[0]);
    }

    @Override
    public String end() {
        if (root == null) {
            return "not_started";
        }
        ExitReason reason = root.reason();
        return switch (root.state()) {
            case NOT_YET, STARTING, NOT_STARTED -> "not_started";
            case UP -> "running";
            case GONE -> "down " + (reason == null ? "?" : Words.of(reason));
        };
    }

    @Override
    public Optional<String> limit() {
        return reader.limit();
    }

    private Step taken(String result) {
        List<String> tree = new ArrayList<>();
        if (root != null && root.state() == Instance.State.UP) {
            describe(root, tree);
        }
        return new Step(result, world.takeEvents(), world.takeReports(), tree, async.take());
    }

    private static void describe(SimulatedSupervisor supervisor, List<String> tree) {
        tree.add("%s up [%s]".formatted(supervisor, Words.of(supervisor.counts())));
        for (Child child : supervisor.children()) {
            if (child.state() != Child.State.UP) {
                tree.add("%s %s".formatted(supervisor.path(child), Words.of(child.state())));
                continue;
            }
            switch (SimulatedSupervisor.instance(child)) {
                case SimulatedSupervisor nested -> describe(nested, tree);
                case SimulatedAgent agent -> tree.add(agent + " up");
            }
        }
    }

    // ---- actions

    /** An action of a callback, which goes on afterwards. */
    private Script.Call call(JsonNode action) {
        String op = action.get("op").asString();
        return then -> {
            if (op.equals("exit")) {
                exit(action, then);
            } else {
                request(action, async.expect(op));
                then.run();
            }
        };
    }

    private String exit(JsonNode action, Runnable then) {
        Instance instance = world.live(action.get("p").asString());
        if (instance == null) {
            then.run();
            return "not_running";
        }
        instance.exit(Words.reason(action.get("reason").asString()), then);
        return "ok";
    }

    private String stop() {
        if (root == null || root.state() != Instance.State.UP) {
            return "not_running";
        }
        root.stop();
        return "ok";
    }

    private void request(JsonNode action, Consumer<String> answer) {
        Operation operation;
        try {
            operation = reader.operation(action);
        } catch (IllegalArgumentException refused) {
            operation = null;
        }
        if (!(world.live(action.get("sup").asString()) instanceof SimulatedSupervisor supervisor)) {
            answer.accept("noproc");
        } else if (operation == null) {
            answer.accept("invalid_spec");
        } else {
            ask(supervisor, request(operation, supervisor), answer);
        }
    }

    private static Request request(Operation operation, SimulatedSupervisor supervisor) {
        return switch (operation) {
            case Operation.StartChild(var spec) -> new Request.StartChild(spec);
            case Operation.StartInstance(var key) -> {
                supervisor.nameNextInstance(key);
                yield new Request.StartInstance(Map.of());
            }
            case Operation.RestartChild(var id) -> new Request.RestartChild(id);
            case Operation.TerminateChild(var id) -> new Request.TerminateChild(id);
            case Operation.TerminateInstance(var key) ->
                    new Request.StopAgent(supervisor.idOfKey(key));
            case Operation.DeleteChild(var id) -> new Request.DeleteChild(id);
            case Operation.WhichChildren _ -> new Request.WhichChildren();
            case Operation.CountChildren _ -> new Request.CountChildren();
        };
    }

    private static void ask(SimulatedSupervisor supervisor, Request request, Consumer<String> to) {
        supervisor.tell(
                new Signal.Requested(
                        request,
                        new Ticket() {
                            @Override
                            public void done(Answer answer) {
                                to.accept(words(supervisor, answer));
                            }

                            @Override
                            public void refused(SupervisionException error) {
                                to.accept(Words.of(error));
                            }
                        }));
    }

    private static String words(SimulatedSupervisor supervisor, Answer answer) {
        return switch (answer) {
            case Answer.Done _ -> "ok";
            case Answer.Started(Child child) ->
                    child.state() == Child.State.UP ? "ok#" + child.run() : "ok_ignored";
            case Answer.Counted(ChildCounts counts) -> "ok " + Words.of(counts);
            case Answer.Listed _ -> "ok " + which(supervisor);
        };
    }

    private static String which(SimulatedSupervisor supervisor) {
        boolean pool = supervisor.isPool();
        List<String> words =
                supervisor.children().stream()
                        .map(child ->
                                Words.child(supervisor.name(child), Words.of(child.state()), pool))
                        .toList();
        return Words.children(words, pool);
    }
}
