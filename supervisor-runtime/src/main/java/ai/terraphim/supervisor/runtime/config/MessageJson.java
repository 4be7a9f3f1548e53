package ai.terraphim.supervisor.runtime.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StoredMessage.Content;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Messages to an agent as JSON: its own records and enums, and values of the JDK. A message is
 * written only if it comes back equal to what it was.
 *
 * <p>Any thread. It calls the agents' code, and holds their class loader.
 */
public final class MessageJson {
    private static final Map<String, Class<?>> PLAIN =
            Stream.of(
                            List.class,
                            Set.class,
                            Map.class,
                            String.class,
                            Boolean.class,
                            Character.class,
                            Byte.class,
                            Short.class,
                            Integer.class,
                            Long.class,
                            Float.class,
                            Double.class,
                            BigInteger.class,
                            BigDecimal.class,
                            byte[].class,
                            UUID.class,
                            URI.class,
                            Instant.class,
                            Duration.class,
                            LocalDate.class,
                            LocalDateTime.class,
                            OffsetDateTime.class)
                    .collect(Collectors.toMap(Class::getName, Function.identity()));

    private final Class<?> whose;
    private final JsonMapper mapper;

    /**
     * For the messages of an agent.
     *
     * @param whose the class of its factory
     * @param mapper the factory's
     */
    MessageJson(Class<?> whose, JsonMapper mapper) {
        this.whose = whose;
        this.mapper = mapper;
    }

    /**
     * Writes a message, if that brings it back.
     *
     * @return empty if it is of another kind, is too large, cannot be written, or would come back
     *     as something else
     */
    public Optional<Content> write(Object message) {
        Class<?> type = typeOf(message);
        if (!type.isRecord() && !type.isEnum() && !PLAIN.containsValue(type)) {
            return Optional.empty();
        }
        try {
            byte[] json = Strangers.call(whose, () -> mapper.writeValueAsBytes(message));
            Content content = new Content(type.getName(), new String(json, UTF_8));
            return content.json().length() <= Content.MAX
                            && Objects.deepEquals(read(content), message)
                    ? Optional.of(content)
                    : Optional.empty();
        } catch (Throwable _) { // a stranger's code
            return Optional.empty();
        }
    }

    private static Class<?> typeOf(Object message) {
        return switch (message) {
            case List<?> _ -> List.class;
            case Set<?> _ -> Set.class;
            case Map<?, ?> _ -> Map.class;
            case Enum<?> word -> word.getDeclaringClass();
            default -> message.getClass();
        };
    }

    /**
     * Reads a message that {@link #write} has written.
     *
     * @throws SupervisionException of category {@link ErrorCategory#SERIALIZATION} if the agent's
     *     plugin has no such class any more, or the message does not fit it
     */
    public Object read(Content content) {
        try {
            Class<?> plain = PLAIN.get(content.type());
            Class<?> type =
                    plain == null
                            ? Class.forName(content.type(), false, whose.getClassLoader())
                            : plain;
            if (plain == null && !type.isRecord() && !type.isEnum()) {
                throw new IllegalArgumentException("the class is neither a record nor an enum");
            }
            return Objects.requireNonNull(
                    Strangers.call(whose, () -> mapper.readValue(content.json(), type)));
        } catch (Exception | LinkageError e) {
            throw new SupervisionException(
                    ErrorCategory.SERIALIZATION,
                    false,
                    "the message cannot be read as %s: %s; install a version of the plugin that knows it, or send it anew"
                            .formatted(content.type(), BoundAgent.message(e)),
                    e);
        }
    }
}
