package ai.terraphim.supervisor.runtime.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration of one agent as JSON, and finds the lines of what its factory finds wrong
 * with it.
 */
final class ConfigReader {
    private static final String KEY = "config";

    private final Fields fields;
    private final List<List<String>> unreadable = new ArrayList<>();
    private final Map<String, Object> values;

    ConfigReader(Fields fields) {
        this.fields = fields;
        this.values = read();
    }

    Map<String, Object> values() {
        return values;
    }

    /**
     * Reports what is wrong with the agent, at its line. A value that could not be read makes the
     * record around it wrong as well, and that is not worth a second line.
     */
    void report(Fault fault) {
        List<String> steps = fault.steps();
        if (unreadable.stream()
                .anyMatch(path ->
                        path.size() >= steps.size()
                                && path.subList(0, steps.size()).equals(steps))) {
            return;
        }
        String key = steps.getFirst();
        Node node = fields.get(key);
        int line =
                key.equals(KEY) && node != null
                        ? line(fields.line(key), node, steps, 1)
                        : fields.line(key);
        fields.reading().problem(line, fields.path(fault.path()), fault.message());
    }

    private Map<String, Object> read() {
        Node node = fields.get(KEY);
        if (node == null || (node instanceof Node.Scalar scalar && scalar.isEmpty())) {
            return Map.of();
        }
        if (node instanceof Node.Mapping mapping) {
            return object(mapping, fields.path(KEY), List.of(KEY));
        }
        fields.problem(KEY, "must be a mapping, as in config: { key: value }");
        unreadable.add(List.of(KEY));
        return Map.of();
    }

    // A JSON null inside the map cannot be written in the type that the API gives a configuration.
    @SuppressWarnings("NullAway")
    private Map<String, Object> object(Node.Mapping mapping, String path, List<String> steps) {
        Map<String, Object> values = new LinkedHashMap<>();
        fields.reading()
                .entries(mapping, path)
                .forEach((key, entry) ->
                        values.put(key, value(entry.value(), path + "." + key, plus(steps, key))));
        return values;
    }

    private @Nullable Object value(Node node, String path, List<String> steps) {
        return switch (node) {
            case Node.Mapping mapping -> object(mapping, path, steps);
            case Node.Sequence sequence -> {
                List<@Nullable Object> values = new ArrayList<>();
                for (int i = 0; i < sequence.elements().size(); i++) {
                    String step = "[" + i + "]";
                    values.add(value(sequence.elements().get(i), path + step, plus(steps, step)));
                }
                yield values;
            }
            case Node.Scalar scalar -> {
                String text = fields.reading().text(scalar, scalar.line(), path);
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
}
