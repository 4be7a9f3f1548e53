package ai.terraphim.supervisor.runtime.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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

    void warn(String key, String message) {
        reading.warn(line(key), path(key), message);
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

    /** A word, empty if there is a list instead; null if it is absent or wrong. */
    @Nullable String word(String key) {
        return get(key) instanceof Node.Sequence ? "" : text(key);
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

    /** Reads true or false, false if it is absent. */
    boolean flag(String key) {
        return flag(key, true, "");
    }

    /** A whole number; empty if it is absent or none. */
    OptionalInt whole(String key) {
        return read(key, text -> OptionalInt.of((int) Numbers.read(text, int.class)))
                .orElse(OptionalInt.empty());
    }

    int whole(String key, int otherwise, int least) {
        int number = whole(key).orElse(otherwise);
        if (number < least) {
            problem(key, "must be " + least + " or more, was " + number);
            return otherwise;
        }
        return number;
    }

    /** A number; empty if it is absent or none. */
    Optional<Double> number(String key) {
        return read(key, text -> (double) Numbers.read(text, double.class));
    }

    /** A part of a whole, written as {@code 20%} or {@code 0.2}. */
    Optional<Double> share(String key) {
        return read(
                key,
                text ->
                        text.endsWith("%")
                                ? (double)
                                                Numbers.read(
                                                        text.substring(0, text.length() - 1)
                                                                .strip(),
                                                        double.class)
                                        / 100
                                : (double) Numbers.read(text, double.class));
    }

    /** A duration; empty if it is absent or none. */
    Optional<Duration> duration(String key) {
        return duration(key, "");
    }

    /** A duration, or another word, which the caller has looked for and {@code orElse} names. */
    Optional<Duration> duration(String key, String orElse) {
        String text = text(key);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Durations.parse(text));
        } catch (IllegalArgumentException e) {
            problem(key, e.getMessage() + orElse);
            return Optional.empty();
        }
    }

    private <T> Optional<T> read(String key, Function<String, T> reader) {
        String text = text(key);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(text));
        } catch (IllegalArgumentException e) {
            problem(key, e.getMessage() + ", was " + RecordBinder.describe(text));
            return Optional.empty();
        }
    }

    /** The mapping at a key; empty if it is absent or none. */
    Optional<Fields> at(String key) {
        return Optional.ofNullable(get(key)).flatMap(node -> reading.fields(node, path(key)));
    }

    /** The mapping at a key, which may have these keys; empty if it is absent or none. */
    Optional<Fields> inner(String key, List<String> known) {
        Optional<Fields> inner = at(key);
        inner.ifPresent(it -> it.refuseUnknown(known, "the keys are"));
        return inner;
    }

    /**
     * Makes a value of the API, whose constructor knows what is allowed. What it refuses is
     * reported at the key that its message begins with; then that key is left out, so that the
     * others are looked at, too.
     */
    <T> Optional<T> make(Function<Fields, Optional<T>> maker) {
        try {
            return maker.apply(this);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String key = message.substring(0, Math.max(0, message.indexOf(' ')));
            if (!has(key)) {
                reading.problem(line, path, message);
                return Optional.empty();
            }
            problem(key, message.substring(key.length() + 1));
            Map<String, Node.Entry> others = new LinkedHashMap<>(entries);
            others.remove(key);
            return new Fields(reading, path, line, others).make(maker);
        }
    }
}
