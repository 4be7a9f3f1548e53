package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.core.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes specs of what a scenario says of supervisors and agents, and binds the scripts that it
 * finds on the way to their paths. A spec that is refused throws IllegalArgumentException.
 */
public final class ScenarioReader {
    private final BiConsumer<String, Script> binding;
    private final Function<JsonNode, Script.Call> calls;
    private final UnaryOperator<List<ChildSpec>> staff;
    private final Map<String, JsonNode> templates = new HashMap<>();
    private @Nullable String limit;

    /**
     * A reader that has read nothing yet.
     *
     * @param binding is told each script with its path, whose first one counts
     * @param calls makes an action to be carried out inside a callback
     * @param staff makes the children of a supervisor that is no pool of those it is said to have
     */
    public ScenarioReader(
            BiConsumer<String, Script> binding,
            Function<JsonNode, Script.Call> calls,
            UnaryOperator<List<ChildSpec>> staff) {
        this.binding = binding;
        this.calls = calls;
        this.staff = staff;
    }

    /** Why what was read cannot be given to a Java program as it is, if so. */
    public Optional<String> limit() {
        return Optional.ofNullable(limit);
    }

    public SupervisorConfig root(JsonNode node) {
        return supervisor("root", node, "root").build();
    }

    /** What an action asks of a supervisor. */
    public Operation operation(JsonNode action) {
        String supervisor = action.get("sup").asString();
        String op = action.get("op").asString();
        if (action.has("key")) {
            return onInstance(op, action, supervisor);
        }
        String id = action.path("id").asString("");
        return switch (op) {
            case "start_child" -> new Operation.StartChild(child(action.get("spec"), supervisor));
            case "restart_child" -> new Operation.RestartChild(id);
            case "terminate_child" -> new Operation.TerminateChild(id);
            case "delete_child" -> new Operation.DeleteChild(id);
            case "which_children" -> new Operation.WhichChildren();
            case "count_children" -> new Operation.CountChildren();
            default -> throw new IllegalStateException("unknown op in " + action);
        };
    }

    private Operation onInstance(String op, JsonNode action, String pool) {
        String key = action.get("key").asString();
        return switch (op) {
            case "start_child" -> {
                bindInstance(action, pool);
                yield new Operation.StartInstance(key);
            }
            case "terminate_child" -> new Operation.TerminateInstance(key);
            default -> throw new IllegalStateException("unknown op in " + action);
        };
    }

    /** The scripts of an instance are the template's but for what the action says. */
    private void bindInstance(JsonNode action, String pool) {
        ObjectNode node =
                templates.containsKey(pool)
                        ? (ObjectNode) templates.get(pool).deepCopy()
                        : JsonNodeFactory.instance.objectNode();
        node.set("id", action.get("key"));
        for (String field : List.of("starts", "starts_rest", "on_stop")) {
            if (action.has(field)) {
                node.set(field, action.get(field));
            }
        }
        child(node, pool);
    }

    private ChildSpec child(JsonNode node, String parent) {
        if (!node.has("id")) {
            throw new IllegalArgumentException("no id in " + node);
        }
        String id = node.get("id").asString();
        String path = parent + "/" + id;
        return node.has("strategy") ? nested(id, node, path) : agent(id, node, path);
    }

    private AgentSpec agent(String id, JsonNode node, String path) {
        binding.accept(path, script(node));
        AgentSpec.Builder agent =
                AgentSpec.builder(id, "scripted").deadlines(Deadlines.NONE); // as in OTP
        with(node, "restart", value -> agent.restart(word(RestartType.class, value)));
        with(node, "shutdown", value -> agent.shutdown(shutdown(value)));
        with(node, "significant", value -> agent.significant(flag(value)));
        return agent.build();
    }

    private SupervisorConfig nested(String id, JsonNode node, String path) {
        SupervisorConfig.Builder supervisor;
        try {
            supervisor = supervisor(id, node, path);
            supervisor.build();
        } catch (IllegalArgumentException refused) {
            throw unable(
                    "the reference refuses '%s' when it starts, we when it is made".formatted(id));
        }
        with(node, "restart", value -> supervisor.restart(word(RestartType.class, value)));
        with(node, "shutdown", value -> supervisor.shutdown(shutdown(value)));
        with(node, "significant", value -> supervisor.significant(flag(value)));
        return supervisor.build();
    }

    /** A supervisor by itself, without what concerns its parent. */
    private SupervisorConfig.Builder supervisor(String id, JsonNode node, String path) {
        binding.accept(path, script(node));
        List<ChildSpec> children = new ArrayList<>();
        for (JsonNode child : node.path("children")) {
            children.add(child(child, path));
        }
        RestartStrategy strategy = word(RestartStrategy.class, node.path("strategy"));
        if (strategy != RestartStrategy.SIMPLE_ONE_FOR_ONE) {
            children = staff.apply(children);
        } else if (!children.isEmpty()) {
            templates.putIfAbsent(path, node.get("children").get(0));
        }
        SupervisorConfig.Builder supervisor =
                SupervisorConfig.builder(id)
                        .strategy(strategy)
                        .intensity(intensity(node))
                        .maxChildren(Integer.MAX_VALUE)
                        .children(children);
        with(node, "auto_shutdown", it -> supervisor.autoShutdown(word(AutoShutdown.class, it)));
        return supervisor;
    }

    /** The reference's defaults are not ours. */
    private RestartIntensity intensity(JsonNode node) {
        return new RestartIntensity(
                number(node, "intensity", 1), Duration.ofSeconds(number(node, "period_s", 5)));
    }

    private Shutdown shutdown(JsonNode node) {
        if (node.isNumber()) {
            return Shutdown.within(Duration.ofMillis(node.asLong()));
        }
        return switch (node.asString("")) {
            case "brutal_kill" -> Shutdown.brutalKill();
            case "infinity" -> Shutdown.infinity();
            default -> throw unable("there is no Shutdown " + node);
        };
    }

    // ---- scripts

    private Script script(JsonNode node) {
        return new Script(
                node.path("starts").valueStream().map(this::start).toList(),
                node.has("starts_rest")
                        ? word(Script.Outcome.class, node.get("starts_rest"))
                        : Script.Outcome.OK,
                stop(node.path("on_stop")));
    }

    private Script.Start start(JsonNode node) {
        return node.isObject()
                ? new Script.Start(word(Script.Outcome.class, node.path("r")), calls(node))
                : new Script.Start(word(Script.Outcome.class, node), List.of());
    }

    private Script.Stop stop(JsonNode node) {
        if (node.has("slow_ms")) {
            return new Script.Stop.Slow(Duration.ofMillis(node.get("slow_ms").asLong()));
        }
        if (node.has("calls")) {
            return new Script.Stop.Calling(calls(node));
        }
        return switch (node.asString("ok")) {
            case "hang" -> new Script.Stop.Hang();
            case "ok" -> Script.OBEDIENT.stop();
            case String reason -> new Script.Stop.End(Words.reason(reason));
        };
    }

    private List<Script.Call> calls(JsonNode node) {
        return node.path("calls").valueStream().map(calls).toList();
    }

    // ---- fields

    private static void with(JsonNode node, String field, Consumer<JsonNode> then) {
        if (node.has(field)) {
            then.accept(node.get(field));
        }
    }

    private boolean flag(JsonNode node) {
        if (node.isBoolean()) {
            return node.asBoolean();
        }
        throw unable("%s is neither true nor false".formatted(node));
    }

    private int number(JsonNode node, String field, int otherwise) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isIntegralNumber()) {
            return value.asInt(otherwise);
        }
        throw unable("%s %s is no number".formatted(field, value));
    }

    private <E extends Enum<E>> E word(Class<E> type, JsonNode node) {
        return Stream.of(type.getEnumConstants())
                .filter(constant -> Words.of(constant).equals(node.asString("")))
                .findFirst()
                .orElseThrow(
                        () -> unable("there is no %s %s".formatted(type.getSimpleName(), node)));
    }

    /** The spec is to be refused, but not by the project that is under test. */
    private IllegalArgumentException unable(String why) {
        limit = limit == null ? why : limit;
        return new IllegalArgumentException(why);
    }
}
