package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows as JSON, one object a line: {@code kind} says which table, the columns have their names, and
 * the row's checksum is left out, as the line has its own.
 *
 * <p>Instants are in ISO 8601. Bytes that are the UTF-8 of JSON, as the content type says, are a
 * text; others have {@code _base64} behind their name, and where there are none there is no such
 * name.
 */
final class RowJson {
    static final String KIND = "kind";
    static final String END = "end";

    private static final String BASE64 = "_base64";
    private static final Set<String> INSTANTS = Set.of("at", "opened_at", "since");
    private static final Set<String> NULLABLE = Set.of("stack");
    private static final Set<String> LEFT_OUT = Set.of("checksum", "id");

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private RowJson() {}

    static String line(Map<String, Object> object) {
        return JSON.writeValueAsString(object) + "\n";
    }

    /** Adds the columns of a row that go into an export. */
    static void put(Map<String, Object> object, Map<String, String> columns, ResultSet row)
            throws SQLException {
        for (Map.Entry<String, String> column : columns.entrySet()) {
            String name = column.getKey();
            if (LEFT_OUT.contains(name)) {
                continue;
            }
            switch (column.getValue()) {
                case "INTEGER" -> {
                    long number = row.getLong(name);
                    object.put(
                            name,
                            INSTANTS.contains(name) ? Change.instant(number).toString() : number);
                }
                case "TEXT" -> object.put(name, row.getString(name));
                case "BLOB" -> {
                    byte[] bytes = row.getBytes(name);
                    if (bytes == null) {
                        continue;
                    }
                    boolean isJson =
                            columns.containsKey("content_type")
                                    && isJson(row.getString("content_type"));
                    String text = isJson ? textOrNothing(bytes) : "";
                    if (text.isEmpty()) {
                        object.put(name + BASE64, Base64.getEncoder().encodeToString(bytes));
                    } else {
                        object.put(name, text);
                    }
                }
                default -> throw new IllegalStateException("no JSON for the column " + column);
            }
        }
    }

    /** Whether a media type is JSON's, parameters aside. */
    private static boolean isJson(String contentType) {
        String type = contentType.split(";", 2)[0].strip();
        return type.equals("application/json") || type.endsWith("+json");
    }

    private static String textOrNothing(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            return "";
        }
    }

    /**
     * @throws IllegalArgumentException if the line is no JSON object
     */
    static JsonNode read(byte[] line) {
        try {
            JsonNode object = JSON.readTree(line);
            if (!object.isObject()) {
                throw new IllegalArgumentException("a JSON object is wanted");
            }
            return object;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("this is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * The columns that a line has for a table, without its checksum.
     *
     * @throws IllegalArgumentException if one is missing or of another type
     */
    static Map<String, Object> columns(Map<String, String> columns, JsonNode object) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (Map.Entry<String, String> column : columns.entrySet()) {
            String name = column.getKey();
            boolean isNull = NULLABLE.contains(name) && !object.has(name + BASE64);
            if (!LEFT_OUT.contains(name) && !isNull) {
                row.put(
                        name,
                        switch (column.getValue()) {
                            case "INTEGER" ->
                                    INSTANTS.contains(name)
                                            ? instant(object, name)
                                            : number(object, name);
                            case "TEXT" -> text(object, name);
                            default -> bytes(object, name);
                        });
            }
        }
        return row;
    }

    static long number(JsonNode object, String name) {
        JsonNode value = value(object, name);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException("'" + name + "' must be a whole number");
        }
        return value.asLong();
    }

    static String text(JsonNode object, String name) {
        JsonNode value = value(object, name);
        if (!value.isString()) {
            throw new IllegalArgumentException("'" + name + "' must be a text");
        }
        return value.asString();
    }

    /** An object of whole numbers, without those that are 0. */
    static Map<String, Long> counts(JsonNode object, String name) {
        Map<String, Long> counts = new LinkedHashMap<>();
        JsonNode value = value(object, name);
        for (String each : value.propertyNames()) {
            counts.put(each, number(value, each));
        }
        counts.values().removeIf(count -> count == 0);
        return counts;
    }

    private static long instant(JsonNode object, String name) {
        try {
            return Change.nanos(Instant.parse(text(object, name)));
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "'" + name + "' must be an instant such as 2026-02-03T04:05:06Z", e);
        }
    }

    private static byte[] bytes(JsonNode object, String name) {
        if (object.has(name)) {
            return text(object, name).getBytes(UTF_8);
        }
        try {
            return Base64.getDecoder().decode(text(object, name + BASE64));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'%s' or '%s%s' must say what the bytes are: %s"
                            .formatted(name, name, BASE64, e.getMessage()),
                    e);
        }
    }

    private static JsonNode value(JsonNode object, String name) {
        JsonNode value = object.get(name);
        if (value == null) {
            throw new IllegalArgumentException("'" + name + "' is missing");
        }
        return value;
    }
}
