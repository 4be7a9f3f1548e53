package ai.terraphim.supervisor.persistence;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a JSON object, each of which must be of its type, and be asked for. One that is read
 * without an {@code IfThere} must be there, too.
 */
final class SpecFields {
    private final Map<String, @Nullable Object> left = new LinkedHashMap<>();

    SpecFields(@Nullable Object json) {
        Map<?, ?> object = as(Map.class, "a spec", json);
        object.forEach((key, value) -> left.put((String) key, value));
    }

    boolean has(String key) {
        return left.containsKey(key);
    }

    /** Whether the value is text rather than an object. */
    boolean isText(String key) {
        return left.get(key) instanceof String;
    }

    String text(String key) {
        return as(String.class, key, left.remove(key));
    }

    int number(String key) {
        return as(Integer.class, key, left.remove(key));
    }

    OptionalInt numberIfThere(String key) {
        return has(key) ? OptionalInt.of(number(key)) : OptionalInt.empty();
    }

    double real(String key) {
        return as(Double.class, key, left.remove(key));
    }

    Duration duration(String key) {
        return Duration.parse(text(key));
    }

    Optional<Duration> durationIfThere(String key) {
        return has(key) ? Optional.of(duration(key)) : Optional.empty();
    }

    /** False if it is absent. */
    boolean flag(String key) {
        return has(key) && as(Boolean.class, key, left.remove(key));
    }

    <E extends Enum<E>> E word(Class<E> type, String key) {
        return Enum.valueOf(type, text(key).toUpperCase(Locale.ROOT));
    }

    /** A constant that may be absent. */
    <E extends Enum<E>> E wordOr(Class<E> type, String key, E otherwise) {
        return has(key) ? word(type, key) : otherwise;
    }

    List<?> list(String key) {
        return as(List.class, key, left.remove(key));
    }

    List<String> textsIfThere(String key) {
        return has(key)
                ? list(key).stream().map(text -> as(String.class, key, text)).toList()
                : List.of();
    }

    Map<?, ?> object(String key) {
        return as(Map.class, key, left.remove(key));
    }

    /** An object that may be absent, whose keys are read by {@code reader}. */
    <T> Optional<T> objectIfThere(String key, Function<SpecFields, T> reader) {
        if (!has(key)) {
            return Optional.empty();
        }
        SpecFields fields = new SpecFields(object(key));
        T value = reader.apply(fields);
        fields.checkAllTaken();
        return Optional.of(value);
    }

    void checkAllTaken() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("unknown " + left.keySet());
        }
    }

    private static <T> T as(Class<T> type, String key, @Nullable Object value) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException(
                    "'%s' should be a %s, is %s".formatted(key, type.getSimpleName(), value));
        }
        return type.cast(value);
    }
}
