package ai.terraphim.supervisor.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StoredMessage.Content;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageJsonTest {
    private final MessageJson json = json();

    private static MessageJson json() {
        AgentTypes types = new AgentTypes();
        types.register(AgentFactory.of("t", () -> (MessageAgent) (_, _) -> {}), "test");
        return types.bind(AgentSpec.of("a", "t")).messages();
    }

    private record Order(
            int number, Optional<String> note, List<Instant> at, Map<String, Path> files) {}

    private record Any(Object value) {}

    private record Raw(byte[] bytes) {}

    private record Hostile(int value) {
        @Override
        public boolean equals(Object other) {
            throw new StackOverflowError("a stranger's equals");
        }

        @Override
        public int hashCode() {
            return value;
        }
    }

    private enum Command {
        STOP,
        GO {
            @Override
            public String toString() {
                return "go on";
            }
        }
    }

    private static List<Object> keptWhole() {
        return List.of(
                "",
                "grün ⌘ '\"\n\0 \uD83D\uDC1F",
                "half of a pair \uD83D",
                true,
                'x',
                (byte) -1,
                (short) 7,
                42,
                Long.MAX_VALUE,
                1.5f,
                Double.NaN,
                -0.0,
                BigInteger.TEN.pow(50),
                new BigDecimal("1.10"),
                new byte[] {0, -1, 127},
                UUID.fromString("00000000-0000-0001-0000-000000000002"),
                URI.create("https://example.org/?q=1"),
                Instant.parse("2026-02-03T04:05:06.123456789Z"),
                Duration.ofNanos(1),
                LocalDate.of(2026, 2, 3),
                LocalDateTime.of(2026, 2, 3, 4, 5, 6, 7),
                OffsetDateTime.parse("2026-02-03T04:05:06.000000001Z"),
                List.of("x", 1, true),
                Arrays.asList("x", null),
                Set.of("a", "b"),
                Map.of("snakeCase", List.of(1, Map.of())),
                new TreeMap<>(Map.of("k", "v")),
                Command.STOP,
                Command.GO,
                new Order(
                        7,
                        Optional.of("n"),
                        List.of(Instant.EPOCH),
                        Map.of("f", Path.of("a", "b"))),
                new Any("text"));
    }

    @ParameterizedTest
    @MethodSource
    void keptWhole(Object message) {
        Optional<Content> content = json.write(message);
        assertThat(content).isPresent();
        assertThat(json.read(content.get())).isEqualTo(message);
    }

    private static List<Object> onlyText() {
        return List.of(
                new Object(),
                new StringBuilder("x"),
                new int[] {1},
                TimeUnit.class,
                List.of(1L, Instant.EPOCH),
                Map.of(1, "a number for a key"),
                new Any(Instant.EPOCH),
                new Raw(new byte[] {1}),
                new Hostile(1),
                "x".repeat(Content.MAX));
    }

    @ParameterizedTest
    @MethodSource
    void onlyText(Object message) {
        assertThat(json.write(message)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no.such.Class",
                "java.io.File",
                "java.util.ArrayList",
                "ai.terraphim.supervisor.runtime.config.MessageJson",
                "ai.terraphim.supervisor.runtime.config.MessageJsonTest$Order",
                "java.lang.Integer"
            })
    void whatDoesNotFitIsRefusedAndSaysAsWhatItIsRead(String type) {
        assertThatThrownBy(() -> json.read(new Content(type, "{}")))
                .isInstanceOf(SupervisionException.class)
                .hasMessageContaining("the message cannot be read as " + type + ": ")
                .extracting(e -> ((SupervisionException) e).category())
                .isEqualTo(ErrorCategory.SERIALIZATION);
    }

    @Test
    void nothingIsNoMessage() {
        assertThatThrownBy(() -> json.read(new Content("java.lang.String", "null")))
                .isInstanceOf(SupervisionException.class);
    }
}
