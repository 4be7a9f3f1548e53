package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartRules;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Safeguards;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@link Node}s into specs and collects everything that is wrong on the way. A part that is
 * wrong reads as null or as its default, so that the rest can still be checked.
 */
final class TreeReader {
    private static final Set<String> AGENT_KEYS =
            ordered(
                    "id",
                    "type",
                    "name",
                    "restart",
                    "start",
                    "shutdown",
                    "significant",
                    "mailbox",
                    "remove_finished",
                    "config");
    private static final Set<String> SUPERVISOR_KEYS =
            ordered(
                    "id",
                    "strategy",
                    "intensity",
                    "restart",
                    "start",
                    "shutdown",
                    "significant",
                    "auto_shutdown",
                    "max_children",
                    "children");

    private final String source;
    private final AgentTypes types;
    private final Placeholders placeholders;
    private final List<Problem> problems = new ArrayList<>();

    TreeReader(String source, AgentTypes types, Placeholders placeholders) {
        this.source = source;
        this.types = types;
        this.placeholders = placeholders;
    }

    /** One mapping with its keys looked up; {@code path} is where it stands, as people read it. */
    private record Fields(String path, int line, Map<String, Node.Entry> entries) {
        boolean has(String key) {
            return entries.containsKey(key);
        }

        @Nullable Node get(String key) {
            Node.Entry entry = entries.get(key);
            return entry == null ? null : entry.value();
        }

        int line(String key) {
            Node.Entry entry = entries.get(key);
            return entry == null ? line : entry.line();
        }

        String path(String key) {
            return path.isEmpty() ? key : path + "." + key;
        }
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigurationException if anything was wrong, with all of it in the order of the
     *     lines
     */
    void throwProblems() {
        if (!problems.isEmpty()) {
            throw new ConfigurationException(
                    problems.stream().sorted(Comparator.comparingInt(Problem::line)).toList());
        }
    }

    void problem(int line, String path, String message) {
        problems.add(new Problem(source, line, path, message));
    }

    /** Reads the two keys of a tree file; null if something is wrong. */
    @Nullable TreeFile file(Node node) {
        Fields fields = fields(node, "");
        if (fields == null) {
            return null;
        }
        refuseUnknown(fields, ordered("runtime", "supervisor"), "the keys of a tree file are");
        String name = fields.has("runtime") ? text(fields, "runtime") : "main";
        if (name != null && !name.matches("[A-Za-z0-9_.-]+")) {
            problem(
                    fields.line("runtime"),
                    "runtime",
                    "may have letters, digits, '_', '.' and '-', was "
                            + RecordBinder.describe(name));
        }
        Node supervisor = fields.get("supervisor");
        if (supervisor == null) {
            problem(
                    fields.line(),
                    "supervisor",
                    "is missing; add supervisor: with id, strategy and children");
            return null;
        }
        Fields root = fields(supervisor, path(supervisor, "", "supervisor"));
        SupervisorConfig config = root == null ? null : supervisor(root, id(root));
        return name == null || config == null ? null : new TreeFile(name, config);
    }

    /**
     * Reads a child, agent or supervisor; null if something is wrong.
     *
     * @param parent the path of its supervisor
     * @param position where it stands, in case it has no id
     * @param lineOfId the ids of its siblings so far, to which its own is added
     */
    @Nullable ChildSpec child(
            Node node, String parent, String position, Map<String, Integer> lineOfId) {
        Fields fields = fields(node, path(node, parent + "/", position));
        if (fields == null) {
            return null;
        }
        String id = id(fields);
        Integer first = id == null ? null : lineOfId.putIfAbsent(id, fields.line("id"));
        if (first != null) {
            problem(
                    fields.line("id"),
                    fields.path("id"),
                    "is there twice: line "
                            + first
                            + " has a child with the id '"
                            + id
                            + "', too; give one of them another");
        }
        boolean isSupervisor = fields.has("strategy") || fields.has("children");
        if (fields.has("type") && isSupervisor) {
            problem(
                    fields.line("type"),
                    fields.path(),
                    "has both type and "
                            + (fields.has("children") ? "children" : "strategy")
                            + "; an agent has a type, a supervisor has strategy and children: remove one");
            return null;
        }
        if (isSupervisor) {
            return supervisor(fields, id);
        }
        if (!fields.has("type")) {
            problem(
                    fields.line(),
                    fields.path(),
                    "is neither an agent nor a supervisor; add type: for an agent, or children: for a supervisor");
            return null;
        }
        return agent(fields, id);
    }

    /** Reads what a new instance of a pool brings with it: its configuration, or nothing. */
    Map<String, Object> settings(Node node, String pool) {
        Fields fields = fields(node, pool);
        if (fields == null) {
            return Map.of();
        }
        refuseUnknown(fields, ordered("config"), "the keys of an instance of a pool are");
        return config(fields, new ArrayList<>());
    }

    /** The path of something that has an id, before the id is read properly. */
    private static String path(Node node, String parent, String position) {
        if (node instanceof Node.Mapping mapping) {
            for (Node.Entry entry : mapping.entries()) {
                if (entry.key().equals("id")
                        && entry.value() instanceof Node.Scalar id
                        && !id.text().isBlank()) {
                    return parent + id.text();
                }
            }
        }
        return position;
    }

    private @Nullable AgentSpec agent(Fields fields, @Nullable String id) {
        int before = problems.size();
        refuseUnknown(fields, AGENT_KEYS, "the keys of an agent are");
        String type = text(fields, "type");
        String name = fields.has("name") ? text(fields, "name") : id;
        RestartType restart = restart(fields);
        StartMode start = start(fields);
        Shutdown shutdown = shutdown(fields, Shutdown.DEFAULT);
        boolean significant = significant(fields, restart);
        OptionalInt mailbox =
                fields.has("mailbox")
                        ? OptionalInt.of(whole(fields, "mailbox", 1, 1))
                        : OptionalInt.empty();
        boolean removeFinished = removeFinished(fields, restart);
        Node configNode = fields.get("config");
        List<List<String>> unreadable = new ArrayList<>();
        Map<String, Object> config = config(fields, unreadable);
        if (type == null) {
            return null;
        }
        if (type.isBlank()) {
            problem(fields.line("type"), fields.path("type"), "is empty; name an agent type");
            return null;
        }
        // Also checked with a wrong id, under another: one look is to show everything.
        AgentSpec spec =
                new AgentSpec(
                        id == null ? "unnamed" : id,
                        type,
                        name == null ? "" : name,
                        config,
                        restart,
                        start,
                        shutdown,
                        significant,
                        mailbox,
                        removeFinished,
                        RestartRules.DEFAULT,
                        Safeguards.DEFAULT);
        for (Fault fault : types.check(spec).faults()) {
            if (!isConsequence(fault, unreadable)) {
                int line =
                        fault.steps().getFirst().equals("config") && configNode != null
                                ? line(fields.line("config"), configNode, fault.steps(), 1)
                                : fields.line(fault.steps().getFirst());
                problem(line, fields.path(fault.path()), fault.message());
            }
        }
        return id == null || problems.size() > before ? null : spec;
    }

    /**
     * A value that could not be read makes the record around it wrong as well, and that is not
     * worth a second line.
     */
    private static boolean isConsequence(Fault fault, List<List<String>> unreadable) {
        List<String> steps = fault.steps();
        return unreadable.stream()
                .anyMatch(path ->
                        path.size() >= steps.size() && path.subList(0, steps.size()).equals(steps));
    }

    /** The line of what the steps lead to, or of the last thing on the way there. */
    private static int line(int lineSoFar, Node node, List<String> steps, int next) {
        if (next == steps.size()) {
            return lineSoFar;
        }
        String step = steps.get(next);
        return switch (node) {
            case Node.Scalar _ -> lineSoFar;
            case Node.Mapping mapping -> {
                for (Node.Entry entry : mapping.entries()) {
                    if (entry.key().equals(step)) {
                        yield line(entry.line(), entry.value(), steps, next + 1);
                    }
                }
                yield lineSoFar;
            }
            case Node.Sequence sequence -> {
                int index = Integer.parseInt(step.substring(1, step.length() - 1));
                Node element = sequence.elements().get(index);
                yield line(element.line(), element, steps, next + 1);
            }
        };
    }

    private @Nullable SupervisorConfig supervisor(Fields fields, @Nullable String id) {
        int before = problems.size();
        refuseUnknown(fields, SUPERVISOR_KEYS, "the keys of a supervisor are");
        RestartStrategy strategy = strategy(fields);
        RestartIntensity intensity = intensity(fields);
        RestartType restart = restart(fields);
        StartMode start = start(fields);
        Shutdown shutdown = shutdown(fields, Shutdown.infinity());
        boolean significant = significant(fields, restart);
        AutoShutdown autoShutdown =
                word(fields, "auto_shutdown", AutoShutdown.values(), AutoShutdown.NEVER);
        int maxChildren = whole(fields, "max_children", SupervisorConfig.DEFAULT_MAX_CHILDREN, 1);
        List<ChildSpec> children = children(fields, maxChildren);
        checkTemplate(fields, strategy);
        if (autoShutdown == AutoShutdown.NEVER) {
            refuseSignificant(fields);
        }
        if (id == null || problems.size() > before) {
            return null;
        }
        return SupervisorConfig.builder(id)
                .strategy(strategy)
                .intensity(intensity)
                .restart(restart)
                .start(start)
                .shutdown(shutdown)
                .significant(significant)
                .autoShutdown(autoShutdown)
                .maxChildren(maxChildren)
                .children(children)
                .build();
    }

    private void checkTemplate(Fields fields, RestartStrategy strategy) {
        int count = elements(fields).size();
        if (strategy == RestartStrategy.SIMPLE_ONE_FOR_ONE && count != 1) {
            problem(
                    fields.line(fields.has("children") ? "children" : "strategy"),
                    fields.path("children"),
                    "are "
                            + count
                            + ", but a pool (simple_one_for_one) has exactly one child, the template of its instances");
        }
    }

    /** A child can be significant only for a supervisor that ends itself. */
    private void refuseSignificant(Fields fields) {
        for (Node node : elements(fields)) {
            if (node instanceof Node.Mapping child) {
                child.entries().stream()
                        .filter(entry -> entry.key().equals("significant") && isTrue(entry.value()))
                        .forEach(entry ->
                                problem(
                                        entry.line(),
                                        path(node, fields.path() + "/", fields.path("children"))
                                                + ".significant",
                                        "needs auto_shutdown: any_significant or all_significant in "
                                                + fields.path()
                                                + "; add it there, or remove this"));
            }
        }
    }

    private static boolean isTrue(Node node) {
        return node instanceof Node.Scalar scalar && scalar.text().equals("true");
    }

    private static List<Node> elements(Fields fields) {
        return fields.get("children") instanceof Node.Sequence list ? list.elements() : List.of();
    }

    private List<ChildSpec> children(Fields fields, int maxChildren) {
        Node node = fields.get("children");
        List<ChildSpec> children = new ArrayList<>();
        switch (node) {
            case null -> {}
            case Node.Scalar scalar when scalar.isEmpty() -> {}
            case Node.Sequence list -> {
                Map<String, Integer> lineOfId = new HashMap<>();
                for (int i = 0; i < list.elements().size(); i++) {
                    ChildSpec child =
                            child(
                                    list.elements().get(i),
                                    fields.path(),
                                    fields.path("children[" + i + "]"),
                                    lineOfId);
                    if (child != null) {
                        children.add(child);
                    }
                }
                if (list.elements().size() > maxChildren) {
                    problem(
                            fields.line("children"),
                            fields.path("children"),
                            "are "
                                    + list.elements().size()
                                    + ", but max_children is "
                                    + maxChildren
                                    + "; raise it");
                }
            }
            case Node.Scalar _, Node.Mapping _ ->
                    problem(
                            fields.line("children"),
                            fields.path("children"),
                            "must be a list, each child after a '- '");
        }
        return children;
    }

    private @Nullable String id(Fields fields) {
        if (!fields.has("id")) {
            problem(fields.line(), fields.path("id"), "is missing; every child has an id");
            return null;
        }
        String id = text(fields, "id");
        if (id == null) {
            return null;
        }
        try {
            return ChildSpec.checkId(id);
        } catch (IllegalArgumentException e) {
            problem(fields.line("id"), fields.path("id"), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private RestartStrategy strategy(Fields fields) {
        return word(fields, "strategy", RestartStrategy.values(), RestartStrategy.ONE_FOR_ONE);
    }

    private boolean significant(Fields fields, RestartType restart) {
        return flag(
                fields,
                "significant",
                restart != RestartType.PERMANENT,
                "is for a child that can be done, and a permanent one never is; make it transient or temporary");
    }

    private boolean removeFinished(Fields fields, RestartType restart) {
        return flag(
                fields,
                "remove_finished",
                restart == RestartType.TRANSIENT,
                "is for a transient agent: a permanent one is restarted, and a temporary one removed anyway; make it transient, or leave this out");
    }

    /** Reads true or false, false if it is absent; true is refused in words where it is not fit. */
    private boolean flag(Fields fields, String key, boolean fit, String otherwise) {
        String text = fields.has(key) ? text(fields, key) : null;
        if (text == null || text.equals("false")) {
            return false;
        }
        if (!text.equals("true") || !fit) {
            problem(
                    fields.line(key),
                    fields.path(key),
                    text.equals("true")
                            ? otherwise
                            : "must be true or false, was " + RecordBinder.describe(text));
            return false;
        }
        return true;
    }

    private RestartType restart(Fields fields) {
        return word(fields, "restart", RestartType.values(), RestartType.PERMANENT);
    }

    private StartMode start(Fields fields) {
        return word(fields, "start", StartMode.values(), StartMode.SYNC);
    }

    private <E extends Enum<E>> E word(Fields fields, String key, E[] constants, E otherwise) {
        Map<String, E> words =
                Arrays.stream(constants)
                        .collect(
                                Collectors.toMap(
                                        constant -> constant.name().toLowerCase(Locale.ROOT),
                                        Function.identity(),
                                        (a, _) -> a,
                                        LinkedHashMap::new));
        String word = fields.has(key) ? text(fields, key) : null;
        if (word == null) {
            return otherwise;
        }
        E constant = words.get(word);
        if (constant == null) {
            problem(
                    fields.line(key),
                    fields.path(key),
                    "was "
                            + RecordBinder.describe(word)
                            + Suggestion.among(words.keySet(), word, "the words are"));
            return otherwise;
        }
        return constant;
    }

    private Shutdown shutdown(Fields fields, Shutdown otherwise) {
        String word = fields.has("shutdown") ? text(fields, "shutdown") : null;
        return switch (word) {
            case null -> otherwise;
            case "brutal_kill" -> Shutdown.brutalKill();
            case "infinity" -> Shutdown.infinity();
            default -> {
                try {
                    yield Shutdown.within(Durations.parse(word));
                } catch (IllegalArgumentException e) {
                    problem(
                            fields.line("shutdown"),
                            fields.path("shutdown"),
                            e.getMessage() + "; or brutal_kill, or infinity");
                    yield otherwise;
                }
            }
        };
    }

    private RestartIntensity intensity(Fields fields) {
        Node node = fields.get("intensity");
        String path = fields.path("intensity");
        if (node instanceof Node.Mapping) {
            Fields inner = fields(node, path);
            if (inner == null) {
                return RestartIntensity.DEFAULT;
            }
            refuseUnknown(inner, ordered("max_restarts", "time_window"), "the keys are");
            return new RestartIntensity(
                    whole(inner, "max_restarts", RestartIntensity.DEFAULT.maxRestarts(), 0),
                    timeWindow(inner));
        }
        if (node == null) {
            return RestartIntensity.DEFAULT;
        }
        String word = node instanceof Node.Scalar ? text(fields, "intensity") : "";
        return switch (word) {
            case null -> RestartIntensity.DEFAULT;
            case "lenient" -> RestartIntensity.lenient();
            case "strict" -> RestartIntensity.strict();
            case "never" -> RestartIntensity.never();
            default -> {
                problem(
                        fields.line("intensity"),
                        path,
                        "must be { max_restarts: 5, time_window: 60s }, or one of the words lenient, strict, never");
                yield RestartIntensity.DEFAULT;
            }
        };
    }

    private Duration timeWindow(Fields fields) {
        String text = fields.has("time_window") ? text(fields, "time_window") : null;
        Duration otherwise = RestartIntensity.DEFAULT.timeWindow();
        if (text == null) {
            return otherwise;
        }
        try {
            Duration window = Durations.parse(text);
            if (window.isZero()) {
                throw new IllegalArgumentException("must be longer than zero, was '" + text + "'");
            }
            return window;
        } catch (IllegalArgumentException e) {
            problem(
                    fields.line("time_window"),
                    fields.path("time_window"),
                    String.valueOf(e.getMessage()));
            return otherwise;
        }
    }

    private int whole(Fields fields, String key, int otherwise, int least) {
        String text = fields.has(key) ? text(fields, key) : null;
        if (text == null) {
            return otherwise;
        }
        try {
            int number = (int) Numbers.read(text, int.class);
            if (number < least) {
                throw new IllegalArgumentException("must be " + least + " or more");
            }
            return number;
        } catch (IllegalArgumentException e) {
            problem(
                    fields.line(key),
                    fields.path(key),
                    e.getMessage() + ", was " + RecordBinder.describe(text));
            return otherwise;
        }
    }

    private Map<String, Object> config(Fields fields, List<List<String>> unreadable) {
        Node node = fields.get("config");
        if (node == null || (node instanceof Node.Scalar scalar && scalar.isEmpty())) {
            return Map.of();
        }
        if (node instanceof Node.Mapping mapping) {
            return object(mapping, fields.path("config"), List.of("config"), unreadable);
        }
        problem(
                fields.line("config"),
                fields.path("config"),
                "must be a mapping, as in config: { key: value }");
        unreadable.add(List.of("config"));
        return Map.of();
    }

    // A JSON null inside the map cannot be written in the type that the API gives a configuration.
    @SuppressWarnings("NullAway")
    private Map<String, Object> object(
            Node.Mapping mapping, String path, List<String> steps, List<List<String>> unreadable) {
        Map<String, Object> values = new LinkedHashMap<>();
        entries(mapping, path)
                .forEach((key, entry) ->
                        values.put(
                                key,
                                value(
                                        entry.value(),
                                        path + "." + key,
                                        plus(steps, key),
                                        unreadable)));
        return values;
    }

    private @Nullable Object value(
            Node node, String path, List<String> steps, List<List<String>> unreadable) {
        return switch (node) {
            case Node.Mapping mapping -> object(mapping, path, steps, unreadable);
            case Node.Sequence sequence -> {
                List<@Nullable Object> values = new ArrayList<>();
                for (int i = 0; i < sequence.elements().size(); i++) {
                    String step = "[" + i + "]";
                    values.add(
                            value(
                                    sequence.elements().get(i),
                                    path + step,
                                    plus(steps, step),
                                    unreadable));
                }
                yield values;
            }
            case Node.Scalar scalar -> {
                String text = text(scalar, scalar.line(), path);
                if (text == null) {
                    unreadable.add(steps);
                    yield scalar.text();
                }
                yield scalar.value() instanceof String ? text : scalar.value();
            }
        };
    }

    private static List<String> plus(List<String> steps, String step) {
        List<String> longer = new ArrayList<>(steps);
        longer.add(step);
        return longer;
    }

    /** What stands at a key, as written, with placeholders replaced; null if that is no text. */
    private @Nullable String text(Fields fields, String key) {
        Node node = fields.get(key);
        return node == null ? null : text(node, fields.line(key), fields.path(key));
    }

    private @Nullable String text(Node node, int line, String path) {
        if (!(node instanceof Node.Scalar scalar)) {
            problem(
                    line,
                    path,
                    "must be text, was "
                            + (node instanceof Node.Sequence ? "a list" : "a mapping"));
            return null;
        }
        if (!scalar.fault().isEmpty()) {
            problem(scalar.line(), path, scalar.fault());
            return null;
        }
        try {
            return placeholders.replaceIn(scalar.text());
        } catch (IllegalArgumentException e) {
            problem(scalar.line(), path, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable Fields fields(Node node, String path) {
        if (node instanceof Node.Mapping mapping) {
            return new Fields(path, mapping.line(), entries(mapping, path));
        }
        String fault = node instanceof Node.Scalar scalar ? scalar.fault() : "";
        problem(
                node.line(),
                path,
                fault.isEmpty() ? "must be a mapping with keys and values" : fault);
        return null;
    }

    private Map<String, Node.Entry> entries(Node.Mapping mapping, String path) {
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        for (Node.Entry entry : mapping.entries()) {
            Node.Entry first = entries.putIfAbsent(entry.key(), entry);
            if (first != null) {
                problem(
                        entry.line(),
                        path.isEmpty() ? entry.key() : path + "." + entry.key(),
                        "is there twice: line " + first.line() + " has it, too; remove one");
            }
        }
        return entries;
    }

    private void refuseUnknown(Fields fields, Set<String> known, String whatTheyAre) {
        for (String key : fields.entries().keySet()) {
            if (!known.contains(key)) {
                problem(
                        fields.line(key),
                        fields.path(key),
                        "is not known here" + Suggestion.among(known, key, whatTheyAre));
            }
        }
    }

    private static Set<String> ordered(String... words) {
        return new LinkedHashSet<>(List.of(words));
    }
}
