package ai.terraphim.supervisor.distribution;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the reading commands print with {@code --json}: in ASCII, whatever the terminal's
 * character set, and a list with one item a line.
 */
final class Json {

    private Json() {}

    /** An array with one item a line. */
    static String lines(List<? extends Map<String, ? extends @Nullable Object>> items) {
        return items.isEmpty()
                ? "[]"
                : items.stream()
                        .map(Json::text)
                        .collect(Collectors.joining(",\n  ", "[\n  ", "\n]"));
    }

    /**
     * A value.
     *
     * @param value a string, number or boolean, null, or a list or map of those
     */
    static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case String string -> quoted(string);
            case Number number -> number.toString();
            case Boolean bool -> bool.toString();
            case List<?> list ->
                    list.stream().map(Json::text).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map ->
                    map.entrySet().stream()
                            .map(e ->
                                    quoted(String.valueOf(e.getKey())) + ": " + text(e.getValue()))
                            .collect(Collectors.joining(", ", "{", "}"));
            default ->
                    throw new IllegalArgumentException(
                            "no JSON for a " + value.getClass().getName());
        };
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c >= ' ' && c < 0x7f) {
                        out.append(c);
                    } else {
                        out.append("\\u%04x".formatted((int) c));
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
