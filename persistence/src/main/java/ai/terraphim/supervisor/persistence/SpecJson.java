package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartPolicy;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A child's spec as JSON: the words of the tree file, durations in ISO 8601.
 *
 * <pre>
 * {"kind":"agent","id":"web","type":"process","name":"web","restart":"permanent","shutdown":"PT5S","config":{...}}
 * {"kind":"supervisor","id":"pipeline","strategy":"one_for_one","max_restarts":5,"time_window":"PT1M",
 *  "restart":"permanent","shutdown":"infinity","max_children":100,"children":[...]}
 * </pre>
 *
 * <p>What is as by default is left out where it came later than the first rows that were written:
 * {@code start}, {@code significant}, {@code auto_shutdown} and the limits of {@link LimitsJson}.
 *
 * <p>A value of the configuration comes back as the very type it was, since an agent may look at
 * it. Those whose JSON would be read as another type are written as an object with one key, {@code
 * {"$long":"5"}}, {@code {"$decimal":"1.10"}}; an object that happens to look like this is itself
 * wrapped in {@code {"$object":{...}}}.
 *
 * <p>A key that is not known is refused: to start a child without something its author asked for is
 * worse than not to start it.
 */
final class SpecJson {
    private static final JsonMapper JSON = new JsonMapper();

    private SpecJson() {}

    static String write(ChildSpec spec) {
        return JSON.writeValueAsString(toMap(spec));
    }

    /**
     * @throws IllegalArgumentException if the text is not what {@link #write} gives
     */
    static ChildSpec read(String json) {
        try {
            return toSpec(new SpecFields(JSON.readValue(json, Object.class)));
        } catch (JacksonException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    // The record patterns make the compiler name this place when a spec gains a component.
    private static Map<String, @Nullable Object> toMap(ChildSpec spec) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        switch (spec) {
            case AgentSpec(
                            var id,
                            var type,
                            var name,
                            var config,
                            var restart,
                            var start,
                            var shutdown,
                            var significant,
                            var mailbox,
                            var removeFinished,
                            var restarts,
                            var safeguards,
                            var checkpoints) -> {
                map.put("kind", "agent");
                map.put("id", id);
                map.put("type", type);
                map.put("name", name);
                map.put("restart", word(restart));
                putUnlessDefault(map, "start", word(start), word(StartMode.SYNC));
                map.put("shutdown", word(shutdown));
                putUnlessDefault(map, "significant", significant, false);
                mailbox.ifPresent(messages -> map.put("mailbox", messages));
                putUnlessDefault(map, "remove_finished", removeFinished, false);
                LimitsJson.put(map, restarts);
                LimitsJson.put(map, safeguards);
                LimitsJson.put(map, checkpoints);
                map.put("config", encodeAll(config));
            }
            case SupervisorConfig(
                            var id,
                            RestartPolicy(
                                    var strategy,
                                    RestartIntensity(var maxRestarts, var timeWindow),
                                    var onExhaustion),
                            var restart,
                            var start,
                            var shutdown,
                            var significant,
                            var autoShutdown,
                            var maxChildren,
                            var restarts,
                            var children) -> {
                map.put("kind", "supervisor");
                map.put("id", id);
                map.put("strategy", word(strategy));
                map.put("max_restarts", maxRestarts);
                map.put("time_window", timeWindow.toString());
                putUnlessDefault(
                        map,
                        "on_exhaustion",
                        LimitsJson.value(onExhaustion),
                        LimitsJson.value(Exhaustion.ESCALATE));
                map.put("restart", word(restart));
                putUnlessDefault(map, "start", word(start), word(StartMode.SYNC));
                map.put("shutdown", word(shutdown));
                putUnlessDefault(map, "significant", significant, false);
                putUnlessDefault(
                        map, "auto_shutdown", word(autoShutdown), word(AutoShutdown.NEVER));
                LimitsJson.put(map, restarts);
                map.put("max_children", maxChildren);
                map.put("children", children.stream().map(SpecJson::toMap).toList());
            }
        }
        return map;
    }

    private static void putUnlessDefault(
            Map<String, @Nullable Object> map, String key, Object value, Object otherwise) {
        if (!value.equals(otherwise)) {
            map.put(key, value);
        }
    }

    private static ChildSpec toSpec(SpecFields fields) {
        String kind = fields.text("kind");
        ChildSpec spec =
                switch (kind) {
                    case "agent" ->
                            new AgentSpec(
                                    fields.text("id"),
                                    fields.text("type"),
                                    fields.text("name"),
                                    config(fields.object("config")),
                                    fields.word(RestartType.class, "restart"),
                                    fields.wordOr(StartMode.class, "start", StartMode.SYNC),
                                    shutdown(fields.text("shutdown")),
                                    fields.flag("significant"),
                                    fields.numberIfThere("mailbox"),
                                    fields.flag("remove_finished"),
                                    LimitsJson.restarts(fields),
                                    LimitsJson.safeguards(fields),
                                    LimitsJson.checkpoints(fields));
                    case "supervisor" ->
                            new SupervisorConfig(
                                    fields.text("id"),
                                    new RestartPolicy(
                                            fields.word(RestartStrategy.class, "strategy"),
                                            new RestartIntensity(
                                                    fields.number("max_restarts"),
                                                    fields.duration("time_window")),
                                            LimitsJson.onExhaustion(fields)),
                                    fields.word(RestartType.class, "restart"),
                                    fields.wordOr(StartMode.class, "start", StartMode.SYNC),
                                    shutdown(fields.text("shutdown")),
                                    fields.flag("significant"),
                                    fields.wordOr(
                                            AutoShutdown.class,
                                            "auto_shutdown",
                                            AutoShutdown.NEVER),
                                    fields.number("max_children"),
                                    LimitsJson.restarts(fields),
                                    fields.list("children").stream()
                                            .map(child -> toSpec(new SpecFields(child)))
                                            .toList());
                    default ->
                            throw new IllegalArgumentException(
                                    "'" + kind + "' is no kind of child");
                };
        fields.checkAllTaken();
        return spec;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String word(Shutdown shutdown) {
        return switch (shutdown) {
            case Shutdown.BrutalKill() -> "brutal_kill";
            case Shutdown.Infinity() -> "infinity";
            case Shutdown.Timeout(var time) -> time.toString();
        };
    }

    private static Shutdown shutdown(String word) {
        return switch (word) {
            case "brutal_kill" -> Shutdown.brutalKill();
            case "infinity" -> Shutdown.infinity();
            default -> Shutdown.within(Duration.parse(word));
        };
    }

    private static @Nullable Object encode(@Nullable Object value) {
        return switch (value) {
            case Long n when n.intValue() == n -> Map.of("$long", n.toString());
            case Double d when !Double.isFinite(d) -> Map.of("$double", d.toString());
            case BigInteger n -> Map.of("$integer", n.toString());
            case BigDecimal n -> Map.of("$decimal", n.toString());
            case List<?> list -> {
                List<@Nullable Object> encoded = new ArrayList<>(list.size());
                list.forEach(element -> encoded.add(encode(element)));
                yield encoded;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> encoded = encodeAll(map);
                yield isTagged(map) ? Map.of("$object", encoded) : encoded;
            }
            case null -> null;
            default -> value; // text, booleans, and numbers that are read as what they are
        };
    }

    private static Map<String, @Nullable Object> encodeAll(Map<?, ?> map) {
        Map<String, @Nullable Object> encoded = new LinkedHashMap<>();
        map.forEach((key, value) -> encoded.put((String) key, encode(value)));
        return encoded;
    }

    private static @Nullable Object decode(@Nullable Object value) {
        return switch (value) {
            case List<?> list -> {
                List<@Nullable Object> decoded = new ArrayList<>(list.size());
                list.forEach(element -> decoded.add(decode(element)));
                yield decoded;
            }
            case Map<?, ?> map when isTagged(map) -> decodeTagged(map);
            case Map<?, ?> map -> decodeAll(map);
            case null -> null;
            default -> value;
        };
    }

    private static Map<String, @Nullable Object> decodeAll(Map<?, ?> map) {
        Map<String, @Nullable Object> decoded = new LinkedHashMap<>();
        map.forEach((key, value) -> decoded.put((String) key, decode(value)));
        return decoded;
    }

    // A JSON null inside the map cannot be written in the type of the record's component.
    @SuppressWarnings("NullAway")
    private static Map<String, Object> config(Map<?, ?> json) {
        return decodeAll(json);
    }

    private static boolean isTagged(Map<?, ?> map) {
        return map.size() == 1 && ((String) map.keySet().iterator().next()).startsWith("$");
    }

    private static Object decodeTagged(Map<?, ?> map) {
        Map.Entry<?, ?> entry = map.entrySet().iterator().next();
        String tag = (String) entry.getKey();
        if (tag.equals("$object") && entry.getValue() instanceof Map<?, ?> object) {
            return decodeAll(object);
        }
        String text = String.valueOf(entry.getValue());
        return switch (tag) {
            case "$long" -> Long.valueOf(text);
            case "$double" -> Double.valueOf(text);
            case "$integer" -> new BigInteger(text);
            case "$decimal" -> new BigDecimal(text);
            default -> throw new IllegalArgumentException("'" + tag + "' is no type of value");
        };
    }
}
