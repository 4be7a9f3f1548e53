package ai.terraphim.supervisor.runtime.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One mapping with its keys looked up, and the readers of what stands at them.
 *
 * @param reading where problems go
 * @param path where the mapping stands, as people read it
 */
record Fields(Reading reading, String path, int line, Map<String, Node.Entry> entries) {

    boolean has(String key) {
        return entries.containsKey(key);
    }

    @Nullable Node get(String key) {
        Node.Entry entry = entries.get(key);
        return entry == null ? null : entry.value();
    }

    /** The elements of a list; none if it is absent or no list. */
    List<Node> elements(String key) {
        return get(key) instanceof Node.Sequence list ? list.elements() : List.of();
    }

    int line(String key) {
        Node.Entry entry = entries.get(key);
        return entry == null ? line : entry.line();
    }

    String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    void problem(String key, String message) {
        reading.problem(line(key), path(key), message);
    }

    void refuseUnknown(List<String> known, String whatTheyAre) {
        for (String key : entries.keySet()) {
            if (!known.contains(key)) {
                problem(key, "is not known here" + Suggestion.among(known, key, whatTheyAre));
            }
        }
    }

    /** What stands at a key, as written, with placeholders replaced; null if that is no text. */
    @Nullable String text(String key) {
        Node node = get(key);
        return node == null ? null : reading.text(node, line(key), path(key));
    }

    <E extends Enum<E>> E word(String key, E[] constants, E otherwise) {
        Map<String, E> words =
                Arrays.stream(constants)
                        .collect(
                                Collectors.toMap(
                                        constant -> constant.name().toLowerCase(Locale.ROOT),
                                        Function.identity(),
                                        (a, _) -> a,
                                        LinkedHashMap::new));
        String word = text(key);
        if (word == null) {
            return otherwise;
        }
        E constant = words.get(word);
        if (constant == null) {
            problem(
                    key,
                    "was "
                            + RecordBinder.describe(word)
                            + Suggestion.among(words.keySet(), word, "the words are"));
            return otherwise;
        }
        return constant;
    }

    /** Reads true or false, false if it is absent; true is refused in words where it is not fit. */
    boolean flag(String key, boolean fit, String otherwise) {
        String text = text(key);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (!text.equals("true") || !fit) {
            problem(
                    key,
                    text.equals("true")
                            ? otherwise
                            : "must be true or false, was " + RecordBinder.describe(text));
            return false;
        }
        return true;
    }

    int whole(String key, int otherwise, int least) {
        String text = text(key);
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
            problem(key, e.getMessage() + ", was " + RecordBinder.describe(text));
            return otherwise;
        }
    }
}
