package ai.terraphim.supervisor.runtime.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisionException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundAgentTest {
    private final BoundAgent agent = bound(AgentFactory.of("t", () -> (LoopAgent) context -> {}));

    enum Phase {
        DONE
    }

    record Cursor(Path file, long offset) {}

    @SuppressWarnings("ArrayRecordComponent") // an author may write one
    record State(
            int runCount,
            Instant last,
            Duration took,
            List<Cursor> cursors,
            Map<String, Phase> phases,
            Set<String> seen,
            Optional<String> note,
            @Nullable String label,
            byte[] digest) {}

    @Test
    void readsBackTheStateThatItWrote() {
        State state =
                new State(
                        3,
                        Instant.parse("2026-01-31T12:00:00.123456789Z"),
                        Duration.ofNanos(1_500_000_001),
                        List.of(new Cursor(Path.of("in/a.txt"), Long.MAX_VALUE)),
                        Map.of("a", Phase.DONE),
                        Set.of("x"),
                        Optional.empty(),
                        null,
                        new byte[] {1, 2});
        Snapshot snapshot = agent.encode(state, 1);
        assertThat(snapshot.contentType()).isEqualTo("application/json");
        assertThat(snapshot.stateVersion()).isEqualTo(1);
        assertThat(new String(snapshot.state(), UTF_8))
                .contains("\"run_count\":3", "\"file\":\"in/a.txt\"");
        assertThat(agent.decode(snapshot, State.class)).usingRecursiveComparison().isEqualTo(state);
    }

    record Small(int n, Optional<String> note, @Nullable String label) {}

    @Test
    void ignoresKeysOfANewerStateAndDoesWithoutOptionalOnes() {
        assertThat(agent.decode(json("{\"n\":1,\"later\":[1]}"), Small.class))
                .isEqualTo(new Small(1, Optional.empty(), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"n\":null}",
                "{\"n\":\"x\"}",
                "[]",
                "null",
                "",
                "{\"n\":1",
                "\"n\""
            })
    void refusesAStateThatDoesNotFit(String json) {
        assertThatThrownBy(() -> agent.decode(json(json), Small.class))
                .isInstanceOfSatisfying(
                        SupervisionException.class,
                        e -> assertThat(e.category()).isEqualTo(ErrorCategory.SERIALIZATION))
                .hasMessageStartingWith(
                        "the saved state of agent 'a' does not fit " + Small.class.getName());
    }

    @Test
    void refusesAStateThatIsNotJson() {
        assertThatThrownBy(
                        () -> agent.decode(new Snapshot(new byte[0], "text/plain", 1), Small.class))
                .hasMessageContaining("it is text/plain, not application/json");
    }

    record Unwritable(Object self) {}

    @Test
    void refusesToWriteWhatIsNoValue() {
        assertThatThrownBy(() ->
                        agent.encode(
                                new Unwritable(
                                        new Object() {
                                            @SuppressWarnings({"unused", "EffectivelyPrivate"})
                                            public int getBroken() {
                                                throw new IllegalStateException("broken");
                                            }
                                        }),
                                1))
                .isInstanceOfSatisfying(
                        SupervisionException.class,
                        e -> assertThat(e.category()).isEqualTo(ErrorCategory.SERIALIZATION))
                .hasMessageContaining("cannot be written as JSON");
    }

    @Test
    void saysWhichFactoryMadeNothing() {
        BoundAgent nothing = bound(AgentFactory.of("t", () -> null));
        assertThatThrownBy(nothing::create)
                .hasMessageContaining("returned null for the agent type 't'");
    }

    private static Snapshot json(String text) {
        return new Snapshot(text.getBytes(UTF_8), "application/json", 1);
    }

    private static BoundAgent bound(AgentFactory<?> factory) {
        AgentTypes types = new AgentTypes();
        types.register(factory, "test");
        return types.bind(AgentSpec.of("a", "t"));
    }
}
