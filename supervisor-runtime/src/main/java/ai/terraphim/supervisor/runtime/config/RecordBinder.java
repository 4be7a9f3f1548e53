package ai.terraphim.supervisor.runtime.config;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a configuration in JDK types into a record, strictly, and finds everything that is wrong
 * with it at once.
 *
 * <p>Jackson stops at the first error, so records, collections and the usual values are read here,
 * and only other types (a {@code ZoneId}, a {@code LocalTime}) are left to it. A number may be
 * written as text, because that is what an environment variable gives; text may not be written as a
 * number, because {@code 007} and {@code 1.10} would not come out as written.
 */
final class RecordBinder {
    private final JsonMapper mapper;
    private final List<Fault> faults = new ArrayList<>();

    /**
     * @param mapper converts the types that this class does not know
     */
    RecordBinder(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /** What was wrong so far, in the order it was found. */
    List<Fault> faults() {
        return Collections.unmodifiableList(faults);
    }

    /**
     * The record, or null if there is a fault. Runs the record's constructor, so set the context
     * class loader first.
     */
    <C extends Record> @Nullable C bind(Map<String, Object> values, Class<C> type) {
        return type.cast(readRecord(values, type, List.of("config")));
    }

    /** A component's key: {@code failAfter} is {@code fail_after}. */
    static String key(String component) {
        return component
                .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                .replaceAll("([A-Z])([A-Z][a-z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }

    /** Whether a component must be given: all must, but optional and nullable ones. */
    static boolean isRequired(RecordComponent component) {
        Class<?> type = component.getType();
        return type != Optional.class
                && type != OptionalInt.class
                && type != OptionalLong.class
                && type != OptionalDouble.class
                && !hasNullable(component.getAnnotatedType())
                && !hasNullable(component);
    }

    // By its simple name: an author may use any library's annotation.
    private static boolean hasNullable(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .map(Annotation::annotationType)
                .anyMatch(type -> type.getSimpleName().equals("Nullable"));
    }

    private @Nullable Object readRecord(Object value, Class<?> type, List<String> at) {
        Map<String, RecordComponent> components = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            components.put(key(component.getName()), component);
        }
        if (!(value instanceof Map<?, ?> map)) {
            return fault(
                    at,
                    "must be a mapping with the keys "
                            + String.join(", ", components.keySet())
                            + "; was "
                            + describe(value));
        }
        int before = faults.size();
        for (Object key : map.keySet()) {
            if (!components.containsKey(String.valueOf(key))) {
                unknownKey(String.valueOf(key), components.keySet(), at);
            }
        }
        List<@Nullable Object> arguments = new ArrayList<>();
        components.forEach((key, component) -> {
            Object written = map.get(key);
            if (written != null) {
                arguments.add(read(written, component.getGenericType(), step(at, key)));
            } else {
                if (isRequired(component)) {
                    fault(
                            step(at, key),
                            map.containsKey(key)
                                    ? "is empty; give it a value"
                                    : "is missing; add "
                                            + key
                                            + ": "
                                            + example(component.getType()));
                }
                arguments.add(absent(component.getType()));
            }
        });
        return faults.size() > before ? null : construct(type, arguments, at);
    }

    private void unknownKey(String key, Set<String> known, List<String> at) {
        fault(
                step(at, key),
                known.isEmpty()
                        ? "is not known here: this takes no configuration; remove it"
                        : "is not known here" + Suggestion.among(known, key, "the keys are"));
    }

    private @Nullable Object construct(
            Class<?> type, List<@Nullable Object> arguments, List<String> at) {
        try {
            Constructor<?> constructor =
                    type.getDeclaredConstructor(
                            Arrays.stream(type.getRecordComponents())
                                    .map(RecordComponent::getType)
                                    .toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(arguments.toArray());
        } catch (InvocationTargetException e) {
            // Whatever an author's constructor throws is a verdict on the configuration, Errors
            // included.
            return fault(at, Strangers.verdict(Objects.requireNonNullElse(e.getCause(), e)));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return fault(
                    at,
                    "cannot be read: "
                            + e
                            + "; make "
                            + type.getName()
                            + " public, or open its package");
        }
    }

    private @Nullable Object read(Object value, Type type, List<String> at) {
        return switch (type) {
            case WildcardType wildcard -> read(value, wildcard.getUpperBounds()[0], at);
            case ParameterizedType generic -> readGeneric(value, generic, at);
            case Class<?> plain -> readPlain(value, plain, at);
            default -> convert(value, type, at);
        };
    }

    private @Nullable Object readGeneric(Object value, ParameterizedType type, List<String> at) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == Optional.class) {
            return Optional.ofNullable(read(value, arguments[0], at));
        }
        if (type.getRawType() == List.class || type.getRawType() == Collection.class) {
            return readList(value, arguments[0], at);
        }
        if (type.getRawType() == Set.class) {
            return readSet(value, arguments[0], at);
        }
        if (type.getRawType() == Map.class) {
            return readMap(value, arguments[0], arguments[1], at);
        }
        return type.getRawType() instanceof Class<?> raw && raw.isRecord()
                ? readRecord(value, raw, at)
                : convert(value, type, at);
    }

    private @Nullable Object readPlain(Object value, Class<?> type, List<String> at) {
        if (type == Object.class) {
            return value;
        }
        if (type.isRecord()) {
            return readRecord(value, type, at);
        }
        if (type == boolean.class || type == Boolean.class) {
            return readBoolean(value, at);
        }
        if (type.isEnum()) {
            return readEnum(value, type, at);
        }
        if (Numbers.isNumber(type)) {
            try {
                return Numbers.read(value, type);
            } catch (IllegalArgumentException e) {
                return fault(at, e.getMessage() + ", was " + describe(value));
            }
        }
        return convert(value, type, at);
    }

    private @Nullable List<Object> readList(Object value, Type type, List<String> at) {
        if (!(value instanceof List<?> list)) {
            fault(at, "must be a list, as in [a, b]; was " + describe(value));
            return null;
        }
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            List<String> step = step(at, "[" + i + "]");
            Object element = list.get(i);
            Object read =
                    element == null
                            ? fault(step, "is empty; give it a value")
                            : read(element, type, step);
            if (read != null) {
                elements.add(read);
            }
        }
        return Collections.unmodifiableList(elements);
    }

    private @Nullable Object readSet(Object value, Type type, List<String> at) {
        int before = faults.size();
        List<Object> list = readList(value, type, at);
        if (list == null || faults.size() > before) {
            return null;
        }
        Set<Object> set = new LinkedHashSet<>();
        for (int i = 0; i < list.size(); i++) {
            if (!set.add(list.get(i))) {
                fault(step(at, "[" + i + "]"), "is there twice; remove one");
            }
        }
        return Collections.unmodifiableSet(set);
    }

    private @Nullable Object readMap(Object value, Type keyType, Type valueType, List<String> at) {
        if (!(value instanceof Map<?, ?> map)) {
            return fault(at, "must be a mapping, as in { key: value }; was " + describe(value));
        }
        Map<Object, Object> entries = new LinkedHashMap<>();
        map.forEach((key, element) -> {
            List<String> step = step(at, String.valueOf(key));
            Object readKey = read(key, keyType, step);
            Object read =
                    element == null
                            ? fault(step, "is empty; give it a value")
                            : read(element, valueType, step);
            if (readKey != null && read != null) {
                entries.put(readKey, read);
            }
        });
        return Collections.unmodifiableMap(entries);
    }

    private @Nullable Object readBoolean(Object value, List<String> at) {
        return switch (value) {
            case Boolean b -> b;
            case String s when s.equals("true") || s.equals("false") -> Boolean.valueOf(s);
            default -> fault(at, "must be true or false, was " + describe(value));
        };
    }

    private @Nullable Object readEnum(Object value, Class<?> type, List<String> at) {
        List<String> words = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String word = ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
            if (word.equals(value)) {
                return constant;
            }
            words.add(word);
        }
        return fault(
                at,
                "was "
                        + describe(value)
                        + Suggestion.among(words, String.valueOf(value), "the words are"));
    }

    /** The types that are written as text, and those that only Jackson knows. */
    private @Nullable Object convert(Object value, Type type, List<String> at) {
        boolean structure = value instanceof List<?> || value instanceof Map<?, ?>;
        if (type == Duration.class && value instanceof Number number) {
            return fault(at, "has no unit, was " + number + "; write it as in 200ms, 5s, 2m or 1h");
        }
        if (value instanceof String text) {
            try {
                return type == String.class ? text : parse(text, type);
            } catch (IllegalArgumentException | DateTimeException e) {
                return fault(at, String.valueOf(e.getMessage()));
            } catch (JacksonException _) {
                return fault(at, describe(value) + " cannot be read as " + type.getTypeName());
            }
        }
        if (type == String.class) {
            return fault(
                    at,
                    structure
                            ? "must be text, was " + describe(value)
                            : "must be text, was "
                                    + describe(value)
                                    + "; put it in quotes: \""
                                    + value
                                    + "\"");
        }
        if (type instanceof Class<?> && !structure && isWritten((Class<?>) type)) {
            return fault(
                    at,
                    "must be text, as in " + example((Class<?>) type) + "; was " + describe(value));
        }
        try {
            return mapper.convertValue(value, mapper.constructType(type));
        } catch (JacksonException | IllegalArgumentException e) {
            return fault(at, describe(value) + " cannot be read as " + type.getTypeName());
        }
    }

    private @Nullable Object parse(String text, Type type) {
        if (type == Duration.class) {
            return Durations.parse(text);
        }
        if (type == Path.class) {
            return Path.of(text);
        }
        if (type == URI.class) {
            try {
                return URI.create(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("is not a URI: " + e.getMessage());
            }
        }
        if (type == Instant.class) {
            try {
                return Instant.parse(text);
            } catch (DateTimeException _) {
                throw new IllegalArgumentException(
                        "is not a point in time, was '"
                                + text
                                + "'; write it as in 2026-01-31T12:00:00Z");
            }
        }
        return mapper.convertValue(text, mapper.constructType(type));
    }

    private static boolean isWritten(Class<?> type) {
        return type == Path.class
                || type == URI.class
                || type == Instant.class
                || type == Duration.class;
    }

    private static @Nullable Object absent(Class<?> type) {
        if (type == Optional.class) {
            return Optional.empty();
        }
        if (type == OptionalInt.class) {
            return OptionalInt.empty();
        }
        if (type == OptionalLong.class) {
            return OptionalLong.empty();
        }
        return type == OptionalDouble.class ? OptionalDouble.empty() : null;
    }

    private static String example(Class<?> type) {
        if (type.isEnum()) {
            return ((Enum<?>) type.getEnumConstants()[0]).name().toLowerCase(Locale.ROOT);
        }
        if (type == Duration.class) {
            return "5s";
        }
        if (type == URI.class) {
            return "\"http://host/path\"";
        }
        if (type == Instant.class) {
            return "2026-01-31T12:00:00Z";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true";
        }
        if (Numbers.isNumber(type)) {
            return "a number";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "[...]";
        }
        if (type == Path.class) {
            return "some/path";
        }
        return type.isRecord() || type == Map.class ? "{ ... }" : "\"...\"";
    }

    static String describe(Object value) {
        return switch (value) {
            case String s -> "'" + shorten(s) + "'";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a mapping";
            default -> shorten(String.valueOf(value));
        };
    }

    private static String shorten(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }

    private static List<String> step(List<String> at, String step) {
        List<String> steps = new ArrayList<>(at);
        steps.add(step);
        return List.copyOf(steps);
    }

    /** Returns null, so that a reader can return what this returns. */
    private @Nullable Object fault(List<String> at, String message) {
        faults.add(new Fault(at, message));
        return null;
    }
}
