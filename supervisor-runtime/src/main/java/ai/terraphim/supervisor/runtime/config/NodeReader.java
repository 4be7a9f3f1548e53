package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Parses YAML or JSON into {@link Node}s. JSON is tried first for a text that looks like it,
 * because YAML reads JSON only nearly.
 *
 * <p>Only numbers as JSON has them become numbers, so {@code 007}, {@code 0x1F} and {@code on} stay
 * the text that was written. Aliases are refused: they are how a small file becomes a huge one.
 */
final class NodeReader {
    private static final int MAX_DEPTH = 100;

    private final JsonParser parser;
    private final String source;

    private NodeReader(JsonParser parser, String source) {
        this.parser = parser;
        this.source = source;
    }

    /**
     * Parses a text.
     *
     * @param source the file, or whom else to name in errors
     * @return the text's only document
     * @throws ConfigurationException at the first syntax error
     */
    static Node read(String text, String source) {
        refuseControlCharacters(text, source);
        String start = text.stripLeading();
        if (!start.startsWith("{") && !start.startsWith("[")) {
            return read(text, source, new YAMLFactory());
        }
        try {
            return read(text, source, new JsonFactory());
        } catch (ConfigurationException json) {
            try {
                return read(text, source, new YAMLFactory());
            } catch (ConfigurationException yaml) {
                throw source.endsWith(".yaml") || source.endsWith(".yml") ? yaml : json;
            }
        }
    }

    private static Node read(String text, String source, TokenStreamFactory format) {
        try (JsonParser parser = format.createParser(ObjectReadContext.empty(), text)) {
            NodeReader reader = new NodeReader(parser, source);
            if (parser.nextToken() == null) {
                throw failure(source, 0, "is empty");
            }
            Node node = reader.node(0);
            if (parser.nextToken() != null) {
                throw failure(
                        source,
                        reader.line(),
                        "has more after its end; one file holds one document");
            }
            return node;
        } catch (JacksonException e) {
            throw syntaxError(source, e);
        }
    }

    private Node node(int depth) {
        int line = line();
        if (depth > MAX_DEPTH) {
            throw failure(
                    source, line, "is nested more than " + MAX_DEPTH + " levels deep; flatten it");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                List<Node.Entry> entries = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    int keyLine = line();
                    String key = parser.currentName();
                    parser.nextToken();
                    entries.add(new Node.Entry(keyLine, key, node(depth + 1)));
                }
                yield new Node.Mapping(line, List.copyOf(entries));
            }
            case START_ARRAY -> {
                List<Node> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(node(depth + 1));
                }
                yield new Node.Sequence(line, List.copyOf(elements));
            }
            case JsonToken token -> scalar(line, token);
        };
    }

    private Node scalar(int line, JsonToken token) {
        String text = parser.getString();
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            return new Node.Scalar(
                    line,
                    text,
                    text,
                    "is an alias (*" + text + "), which is not supported; write it out");
        }
        return switch (token) {
            case VALUE_STRING -> new Node.Scalar(line, text, text, "");
            case VALUE_NULL -> new Node.Scalar(line, text, null, "");
            case VALUE_TRUE -> new Node.Scalar(line, text, true, "");
            case VALUE_FALSE -> new Node.Scalar(line, text, false, "");
            case VALUE_NUMBER_INT -> new Node.Scalar(line, text, parser.getNumberValue(), "");
            case VALUE_NUMBER_FLOAT -> {
                double value = parser.getDoubleValue();
                yield new Node.Scalar(
                        line, text, value, Double.isInfinite(value) ? "is too large a number" : "");
            }
            default ->
                    new Node.Scalar(
                            line, "", null, "is binary, which is not supported; write it as text");
        };
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr();
    }

    private static void refuseControlCharacters(String text, String source) {
        int line = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line++;
            } else if (Character.isISOControl(c) && c != '\t' && c != '\r' && c != '\u0085') {
                throw failure(
                        source,
                        line,
                        "has an invisible control character (U+%04X); is this a text file?"
                                .formatted((int) c));
            }
        }
    }

    private static ConfigurationException syntaxError(String source, JacksonException e) {
        // Jackson gives the place of the last token it had read, which can be lines before the
        // error.
        if (e.getCause() instanceof MarkedYamlEngineException yaml) {
            Optional<Mark> mark = yaml.getProblemMark().or(yaml::getContextMark);
            return failure(
                    source,
                    mark.map(m -> m.getLine() + 1).orElse(0),
                    "is not valid YAML: " + why(yaml));
        }
        int line = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNr());
        String message = String.valueOf(e.getOriginalMessage());
        return failure(source, line, "cannot be parsed: " + message.lines().findFirst().orElse(""));
    }

    private static String why(MarkedYamlEngineException e) {
        @Nullable String context = e.getContext();
        String problem = e.getProblem().replace("'<stream end>'", "the end of the text");
        return context == null || context.isEmpty() ? problem : context + ": " + problem;
    }

    static ConfigurationException failure(String source, int line, String message) {
        return new ConfigurationException(List.of(new Problem(source, line, "", message)));
    }
}
