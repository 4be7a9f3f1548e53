package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.runtime.core.SimulatedSupervisor.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Plays the scenario of one recorded case in a {@link Simulation} and takes down what happens. */
final class Scenario {
    private final Simulation world = new Simulation(Simulation.IN_ORDER, null);
    private final List<String> async = new ArrayList<>();
    private @Nullable SimulatedSupervisor root;

    /** What one action came to; the fields are those of a recorded step. */
    record Step(
            String result,
            List<String> events,
            List<String> reports,
            List<String> tree,
            List<String> async) {}

    Step boot(JsonNode supervisor) {
        SupervisorConfig config;
        try {
            config = supervisor(supervisor, "root");
        } catch (IllegalArgumentException | NullPointerException refused) {
            return new Step(
                    "error invalid",
                    List.of("init root#1", "start root#1 error invalid"),
                    List.of(),
                    List.of(),
                    List.of());
        }
        SimulatedSupervisor booting = world.boot(config);
        root = booting;
        world.runUntilQuiet();
        ExitReason reason = booting.reason();
        boolean failed = booting.state() == Instance.State.NOT_STARTED && reason != null;
        return taken(failed ? "error " + Simulation.word(reason) : "ok");
    }

    Step perform(JsonNode action) {
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

    /** The end of the trace: how the root stands. */
    String end() {
        if (root == null) {
            return "not_started";
        }
        ExitReason reason = root.reason();
        return switch (root.state()) {
            case NOT_YET, STARTING, NOT_STARTED -> "not_started";
            case UP -> "running";
            case GONE -> "down " + (reason == null ? "?" : Simulation.word(reason));
        };
    }

    private Step taken(String result) {
        List<String> tree = new ArrayList<>();
        if (root != null && root.state() == Instance.State.UP) {
            describe(root, tree);
        }
        List<String> answers = List.copyOf(async);
        async.clear();
        return new Step(result, world.takeEvents(), world.takeReports(), tree, answers);
    }

    private static void describe(SimulatedSupervisor supervisor, List<String> tree) {
        tree.add("%s up [%s]".formatted(supervisor, counts(supervisor)));
        for (Child child = supervisor.firstChild(); child != null; child = child.next()) {
            if (child.state() != Child.State.UP) {
                tree.add(
                        "%s/%s %s"
                                .formatted(
                                        supervisor.path,
                                        child.spec().id(),
                                        child.state().name().toLowerCase(Locale.ROOT)));
                continue;
            }
            switch (SimulatedSupervisor.instance(child)) {
                case SimulatedSupervisor nested -> describe(nested, tree);
                case SimulatedAgent agent -> tree.add(agent + " up");
            }
        }
    }

    // ---- actions

    private String exit(JsonNode action, Runnable then) {
        Instance instance = world.live(action.get("p").asString());
        if (instance == null) {
            then.run();
            return "not_running";
        }
        instance.exit(reason(action.get("reason").asString()), then);
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
        String op = action.get("op").asString();
        Instance instance = world.live(action.get("sup").asString());
        ChildSpec spec = null;
        if (action.has("spec")) {
            JsonNode node = action.get("spec");
            try {
                spec = child(node, action.get("sup").asString());
            } catch (IllegalArgumentException | NullPointerException refused) {
                answer.accept(instance instanceof SimulatedSupervisor ? "invalid_spec" : "noproc");
                return;
            }
        }
        if (!(instance instanceof SimulatedSupervisor supervisor)) {
            answer.accept("noproc");
            return;
        }
        String id = action.has("id") ? action.get("id").asString() : "";
        switch (op) {
            case "start_child" ->
                    ask(
                            supervisor,
                            new Request.StartChild(spec),
                            answer,
                            () -> started(supervisor, action.get("spec").get("id").asString()));
            case "restart_child" ->
                    ask(
                            supervisor,
                            new Request.RestartChild(id),
                            answer,
                            () -> started(supervisor, id));
            case "terminate_child" ->
                    ask(supervisor, new Request.TerminateChild(id), answer, () -> "ok");
            case "delete_child" -> ask(supervisor, new Request.DeleteChild(id), answer, () -> "ok");
            case "which_children" -> query(supervisor, answer, () -> "ok " + which(supervisor));
            case "count_children" -> query(supervisor, answer, () -> "ok " + counts(supervisor));
            default -> throw new IllegalArgumentException("unknown op " + op);
        }
    }

    /** The words of an answer, made at the moment it is given. */
    private interface Answer {
        String words();
    }

    private static void ask(
            SimulatedSupervisor supervisor, Request request, Consumer<String> to, Answer whenDone) {
        Ticket ticket = refusal -> to.accept(refusal == null ? whenDone.words() : words(refusal));
        supervisor.tell(new Signal.Requested(request, ticket));
    }

    /**
     * The core has no ordered queries yet, but every request has its turn: one for a child that
     * cannot exist changes nothing, and its refusal is the moment to look.
     */
    private static void query(SimulatedSupervisor supervisor, Consumer<String> to, Answer look) {
        Ticket ticket =
                refusal ->
                        to.accept(
                                refusal instanceof ChildNotFoundException
                                        ? look.words()
                                        : words(refusal));
        supervisor.tell(new Signal.Requested(new Request.DeleteChild(""), ticket));
    }

    private static String words(@Nullable SupervisionException refusal) {
        return switch (refusal) {
            case ChildStartException failed -> "start_failed " + Simulation.word(failed.reason());
            case ChildStateException state -> state.conflict().name().toLowerCase(Locale.ROOT);
            case ChildNotFoundException _ -> "not_found";
            case SupervisorStoppedException _ -> "sup_exited";
            case null, default -> String.valueOf(refusal);
        };
    }

    private static String started(SimulatedSupervisor supervisor, String id) {
        Child child = supervisor.child(id);
        return child != null && child.state() == Child.State.UP
                ? "ok#" + child.run()
                : "ok_ignored";
    }

    private static String which(SimulatedSupervisor supervisor) {
        StringJoiner words = new StringJoiner(" ").setEmptyValue("-");
        for (Child child = supervisor.firstChild(); child != null; child = child.next()) {
            words.add(child.spec().id() + "=" + child.state().name().toLowerCase(Locale.ROOT));
        }
        return words.toString();
    }

    private static String counts(SimulatedSupervisor supervisor) {
        int specs = 0;
        int active = 0;
        int supervisors = 0;
        for (Child child = supervisor.firstChild(); child != null; child = child.next()) {
            specs++;
            active += child.isActive() ? 1 : 0;
            supervisors += child.spec() instanceof SupervisorConfig ? 1 : 0;
        }
        return "%d,%d,%d,%d".formatted(specs, active, supervisors, specs - supervisors);
    }

    // ---- reading the scenario

    private ChildSpec child(JsonNode node, String parentPath) {
        JsonNode id = node.get("id");
        String path = parentPath + "/" + (id == null ? "" : id.asString());
        return node.has("strategy") ? supervisor(node, path) : agent(node, path);
    }

    private AgentSpec agent(JsonNode node, String path) {
        world.bind(path, script(node));
        AgentSpec.Builder agent = AgentSpec.builder(text(node, "id"), "scripted");
        if (node.has("restart")) {
            agent.restart(word(RestartType.class, node.get("restart")));
        }
        if (node.has("shutdown")) {
            agent.shutdown(shutdown(node.get("shutdown")));
        }
        return agent.build();
    }

    private SupervisorConfig supervisor(JsonNode node, String path) {
        world.bind(path, script(node));
        List<ChildSpec> children = new ArrayList<>();
        for (JsonNode child : node.path("children")) {
            children.add(child(child, path));
        }
        SupervisorConfig.Builder supervisor =
                SupervisorConfig.builder(path.equals("root") ? "root" : text(node, "id"))
                        .strategy(word(RestartStrategy.class, node.get("strategy")))
                        .intensity(
                                new RestartIntensity(
                                        node.path("intensity").asInt(1),
                                        Duration.ofSeconds(node.path("period_s").asLong(5))))
                        .maxChildren(Integer.MAX_VALUE)
                        .children(children);
        if (node.has("restart")) {
            supervisor.restart(word(RestartType.class, node.get("restart")));
        }
        if (node.has("shutdown")) {
            supervisor.shutdown(shutdown(node.get("shutdown")));
        }
        return supervisor.build();
    }

    private static String text(JsonNode node, String name) {
        if (!node.has(name)) {
            throw new IllegalArgumentException("no " + name);
        }
        return node.get(name).asString();
    }

    private static <E extends Enum<E>> E word(Class<E> type, JsonNode node) {
        return Enum.valueOf(type, node.asString().toUpperCase(Locale.ROOT));
    }

    private static Shutdown shutdown(JsonNode node) {
        if (node.isNumber()) {
            return Shutdown.within(Duration.ofMillis(node.asLong()));
        }
        return switch (node.asString()) {
            case "brutal_kill" -> Shutdown.brutalKill();
            case "infinity" -> Shutdown.infinity();
            default -> throw new IllegalArgumentException("shutdown " + node);
        };
    }

    private static ExitReason reason(String word) {
        return switch (word) {
            case "normal" -> ExitReason.normal();
            case "shutdown" -> ExitReason.shutdown();
            case "shutdown_term" -> ExitReason.shutdown("term");
            case "kill" -> ExitReason.kill();
            case "error" -> ExitReason.error("error");
            default -> throw new IllegalArgumentException("reason " + word);
        };
    }

    private Script script(JsonNode node) {
        List<Script.Start> starts = new ArrayList<>();
        for (JsonNode start : node.path("starts")) {
            starts.add(
                    start.isObject()
                            ? new Script.Start(
                                    word(Script.Outcome.class, start.get("r")),
                                    calls(start.get("calls")))
                            : new Script.Start(word(Script.Outcome.class, start), List.of()));
        }
        Script.Outcome rest =
                node.has("starts_rest")
                        ? word(Script.Outcome.class, node.get("starts_rest"))
                        : Script.Outcome.OK;
        return new Script(starts, rest, onStop(node.get("on_stop")));
    }

    private Script.Stop onStop(@Nullable JsonNode node) {
        if (node == null) {
            return Script.OBEDIENT.stop();
        }
        if (node.has("slow_ms")) {
            return new Script.Stop.Slow(Duration.ofMillis(node.get("slow_ms").asLong()));
        }
        if (node.has("calls")) {
            return new Script.Stop.Calling(calls(node.get("calls")));
        }
        return switch (node.asString()) {
            case "hang" -> new Script.Stop.Hang();
            case "ok" -> Script.OBEDIENT.stop();
            default -> new Script.Stop.End(reason(node.asString()));
        };
    }

    private List<Script.Call> calls(JsonNode nodes) {
        List<Script.Call> calls = new ArrayList<>();
        for (JsonNode node : nodes) {
            calls.add(then -> call(node, then));
        }
        return calls;
    }

    private void call(JsonNode action, Runnable then) {
        String op = action.get("op").asString();
        if (op.equals("exit")) {
            exit(action, then);
            return;
        }
        int place = async.size(); // answers are listed in the order of the requests
        async.add(op + " no answer");
        request(action, answer -> async.set(place, op + " " + answer));
        then.run();
    }
}
