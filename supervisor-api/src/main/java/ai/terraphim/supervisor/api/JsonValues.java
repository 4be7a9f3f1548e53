package ai.terraphim.supervisor.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Deep, unmodifiable copies of JSON values in JDK types. Key order is kept, and so is {@code null},
 * which JSON has.
 */
final class JsonValues {
    private JsonValues() {}

    // A JSON null inside the map cannot be written in the type of a record component that users
    // read.
    @SuppressWarnings("NullAway")
    static Map<String, Object> copyOf(Map<String, ?> map) {
        if (map.isEmpty()) {
            return Map.of(); // a hundred thousand agents without a configuration share one
        }
        Map<String, Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, value) -> copy.put(key, copyOf(key, value)));
        return Collections.unmodifiableMap(copy);
    }

    private static @Nullable Object copyOf(String at, @Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String s -> s;
            case Boolean b -> b;
            case Integer i -> i;
            case Long l -> l;
            case Double d -> d;
            case BigInteger b -> b;
            case BigDecimal b -> b;
            case List<?> list -> {
                List<@Nullable Object> copy = new ArrayList<>(list.size());
                list.forEach(element -> copy.add(copyOf(at, element)));
                yield Collections.unmodifiableList(copy);
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
                map.forEach((key, element) ->
                        copy.put(String.valueOf(key), copyOf(at + "." + key, element)));
                yield Collections.unmodifiableMap(copy);
            }
            default ->
                    throw new IllegalArgumentException(
                            "config field '"
                                    + at
                                    + "' is a "
                                    + value.getClass().getName()
                                    + "; a configuration is JSON: strings, numbers, booleans, lists and maps");
        };
    }
}
