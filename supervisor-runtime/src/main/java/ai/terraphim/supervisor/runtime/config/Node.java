package ai.terraphim.supervisor.runtime.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a YAML or JSON text that knows its line, counted from 1. */
sealed interface Node {
    int line();

    /**
     * A value without parts.
     *
     * @param text as written
     * @param value as JSON sees it: text, a number, a boolean or null
     * @param fault why it cannot be used, empty if it can
     */
    record Scalar(int line, String text, @Nullable Object value, String fault) implements Node {
        /** Nothing was written, as after {@code children:}. */
        boolean isEmpty() {
            return fault.isEmpty() && (value == null || text.isEmpty());
        }
    }

    /** A list. */
    record Sequence(int line, List<Node> elements) implements Node {}

    /** A mapping with its entries as written: a doubled key is there twice. */
    record Mapping(int line, List<Entry> entries) implements Node {}

    /** A key and its value. */
    record Entry(int line, String key, Node value) {}
}
