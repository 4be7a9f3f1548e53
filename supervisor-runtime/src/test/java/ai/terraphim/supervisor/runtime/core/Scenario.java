package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.runtime.conformance.Player;
import ai.terraphim.supervisor.runtime.core.SimulatedSupervisor.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Plays the scenario of one recorded case in a {@link Simulation} and takes down what happens. */
public final class Scenario implements Player {
    private final Simulation world = new Simulation(Simulation.IN_ORDER, null);
    private final List<String> async = new ArrayList<>();
    private final Map<String, JsonNode> templates = new HashMap<>();
    private @Nullable SimulatedSupervisor root;

    @Override
    public Step boot(JsonNode supervisor) {
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
        tree.add("%s up [%s]".formatted(supervisor, words(supervisor.counts())));
        for (Child child : supervisor.children()) {
            if (child.state() != Child.State.UP) {
                tree.add("%s %s".formatted(supervisor.path(child), word(child.state())));
                continue;
            }
            switch (SimulatedSupervisor.instance(child)) {
                case SimulatedSupervisor nested -> describe(nested, tree);
                case SimulatedAgent agent -> tree.add(agent + " up");
            }
        }
    }

    private static String word(Child.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static String words(ChildCounts counts) {
        return "%d,%d,%d,%d"
                .formatted(counts.specs(), counts.active(), counts.supervisors(), counts.workers());
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
        if (action.has("key")) {
            String key = action.get("key").asString();
            if (op.equals("start_child")) {
                bindInstance(supervisor.path, key, action);
                supervisor.nameNextInstance(key);
                ask(supervisor, new Request.StartInstance(Map.of()), answer);
            } else {
                ask(supervisor, new Request.StopAgent(supervisor.idOfKey(key)), answer);
            }
            return;
        }
        String id = action.path("id").asString("");
        Request request =
                switch (op) {
                    case "start_child" -> new Request.StartChild(Objects.requireNonNull(spec));
                    case "restart_child" -> new Request.RestartChild(id);
                    case "terminate_child" -> new Request.TerminateChild(id);
                    case "delete_child" -> new Request.DeleteChild(id);
                    case "which_children" -> new Request.WhichChildren();
                    case "count_children" -> new Request.CountChildren();
                    default -> throw new IllegalArgumentException("unknown op " + op);
                };
        ask(supervisor, request, answer);
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
                                to.accept(words(error));
                            }
                        }));
    }

    private static String words(SimulatedSupervisor supervisor, Answer answer) {
        return switch (answer) {
            case Answer.Done _ -> "ok";
            case Answer.Started(Child child) ->
                    child.state() == Child.State.UP ? "ok#" + child.run() : "ok_ignored";
            case Answer.Counted(ChildCounts counts) -> "ok " + words(counts);
            case Answer.Listed _ -> "ok " + which(supervisor);
        };
    }

    private static String which(SimulatedSupervisor supervisor) {
        StringJoiner words = new StringJoiner(" ").setEmptyValue("-");
        for (Child child : supervisor.children()) {
            boolean nameless = supervisor.isPool() && child.state() == Child.State.RESTARTING;
            words.add((nameless ? "_" : supervisor.name(child)) + "=" + word(child.state()));
        }
        return words.toString();
    }

    private static String words(SupervisionException refusal) {
        return switch (refusal) {
            case ChildStartException failed -> "start_failed " + Simulation.word(failed.reason());
            case ChildStateException state -> state.conflict().name().toLowerCase(Locale.ROOT);
            case ChildNotFoundException _ -> "not_found";
            case ConfigurationException _ -> "invalid_spec";
            case SupervisorStoppedException _ -> "sup_exited";
            default -> refusal.toString();
        };
    }

    // ---- reading the scenario

    private ChildSpec child(JsonNode node, String parentPath) {
        JsonNode id = node.get("id");
        String path = parentPath + "/" + (id == null ? "" : id.asString());
        return node.has("strategy") ? supervisor(node, path) : agent(node, path);
    }

    /** The scripts of an instance, and of all below it, are the template's but for its own. */
    private void bindInstance(String pool, String key, JsonNode action) {
        ObjectNode node = (ObjectNode) templates.get(pool).deepCopy();
        node.put("id", key);
        for (String field : List.of("starts", "starts_rest", "on_stop")) {
            if (action.has(field)) {
                node.set(field, action.get(field));
            }
        }
        child(node, pool);
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
        return agent.significant(node.path("significant").asBoolean(false)).build();
    }

    private SupervisorConfig supervisor(JsonNode node, String path) {
        world.bind(path, script(node));
        List<ChildSpec> children = new ArrayList<>();
        for (JsonNode child : node.path("children")) {
            children.add(child(child, path));
        }
        if (word(RestartStrategy.class, node.get("strategy")) == RestartStrategy.SIMPLE_ONE_FOR_ONE
                && !children.isEmpty()) {
            templates.put(path, node.get("children").get(0));
        }
        SupervisorConfig.Builder supervisor =
                SupervisorConfig.builder(path.equals("root") ? "root" : text(node, "id"))
                        .strategy(word(RestartStrategy.class, node.get("strategy")))
                        .intensity(
                                new RestartIntensity(
                                        node.path("intensity").asInt(1),
                                        Duration.ofSeconds(node.path("period_s").asLong(5))))
                        .significant(node.path("significant").asBoolean(false))
                        .maxChildren(Integer.MAX_VALUE)
                        .children(children);
        if (node.has("auto_shutdown")) {
            supervisor.autoShutdown(word(AutoShutdown.class, node.get("auto_shutdown")));
        }
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
