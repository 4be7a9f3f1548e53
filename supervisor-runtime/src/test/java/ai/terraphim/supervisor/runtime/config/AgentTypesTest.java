package ai.terraphim.supervisor.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.DuplicateAgentTypeException;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentTypesTest {
    private static final LoopAgent IDLE = context -> {};
    private final AgentTypes types = new AgentTypes();

    enum Mode {
        FAST,
        VERY_SLOW
    }

    record Limits(int cpu, Optional<Duration> wall) {
        Limits {
            if (cpu < 1) {
                throw new IllegalArgumentException("cpu must be 1 or more, was " + cpu);
            }
        }
    }

    record Everything(
            String text,
            int failAfter,
            long big,
            double ratio,
            boolean on,
            Duration every,
            URI url,
            Path folder,
            Instant since,
            ZoneId zone,
            Mode mode,
            List<String> command,
            Set<Integer> codes,
            Map<String, String> environment,
            List<Limits> limits,
            BigDecimal price,
            Optional<String> note,
            OptionalInt port,
            @Nullable String label,
            Object anything) {}

    private static Map<String, Object> everything() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("text", "hello");
        config.put("fail_after", 3);
        config.put("big", 9_000_000_000L);
        config.put("ratio", 0.5);
        config.put("on", true);
        config.put("every", "200ms");
        config.put("url", "http://localhost:1/");
        config.put("folder", "in/box");
        config.put("since", "2026-01-31T12:00:00Z");
        config.put("zone", "Europe/Berlin");
        config.put("mode", "very_slow");
        config.put("command", List.of("a", "b"));
        config.put("codes", List.of(0, 3));
        config.put("environment", Map.of("HOME", "/tmp"));
        config.put("limits", List.of(Map.of("cpu", 2, "wall", "1h"), Map.of("cpu", 1)));
        config.put("price", 1.25);
        config.put("anything", List.of(1, "x"));
        return config;
    }

    @Test
    void readsAConfigurationIntoTheRecord() throws Exception {
        Everything read = bind(Everything.class, everything());
        assertThat(read)
                .isEqualTo(
                        new Everything(
                                "hello",
                                3,
                                9_000_000_000L,
                                0.5,
                                true,
                                Duration.ofMillis(200),
                                URI.create("http://localhost:1/"),
                                Path.of("in/box"),
                                Instant.parse("2026-01-31T12:00:00Z"),
                                ZoneId.of("Europe/Berlin"),
                                Mode.VERY_SLOW,
                                List.of("a", "b"),
                                Set.of(0, 3),
                                Map.of("HOME", "/tmp"),
                                List.of(
                                        new Limits(2, Optional.of(Duration.ofHours(1))),
                                        new Limits(1, Optional.empty())),
                                new BigDecimal("1.25"),
                                Optional.empty(),
                                OptionalInt.empty(),
                                null,
                                List.of(1, "x")));
    }

    @Test
    void readsWhatIsOptionalWhenItIsThere() throws Exception {
        Map<String, Object> config = everything();
        config.put("note", "n");
        config.put("port", 80);
        config.put("label", "l");
        Everything read = bind(Everything.class, config);
        assertThat(read.note()).contains("n");
        assertThat(read.port()).hasValue(80);
        assertThat(read.label()).isEqualTo("l");
    }

    @Test
    void takesANumberWrittenAsText() throws Exception {
        Map<String, Object> config = everything();
        config.put("fail_after", "3");
        config.put("ratio", "0.5");
        config.put("on", "true");
        assertThat(bind(Everything.class, config)).isEqualTo(bind(Everything.class, everything()));
    }

    @Test
    void namesEveryProblemOfASpecAtOnce() {
        Map<String, Object> config = everything();
        config.remove("text");
        config.put("fail_afer", 3);
        config.put("fail_after", "many");
        config.put("big", 1.5);
        config.put("on", "yes");
        config.put("every", 5);
        config.put("url", "http://a b/");
        config.put("folder", 7);
        config.put("since", "yesterday");
        config.put("zone", "Atlantis");
        config.put("mode", "very-slow");
        config.put("command", List.of("a", 8123));
        config.put("codes", List.of(1, 1));
        config.put("environment", List.of());
        config.put("limits", List.of(Map.of("cpu", 0), Map.of("cpus", 1)));
        config.put("price", "1e999999999");
        config.put("anything", null);
        assertThat(problems(Everything.class, config))
                .containsExactlyInAnyOrder(
                        "config.fail_afer: is not known here; did you mean 'fail_after'? the keys are: text, fail_after, big,"
                                + " ratio, on, every, url, folder, since, zone, mode, command, codes, environment, limits,"
                                + " price, note, port, label, anything",
                        "config.text: is missing; add text: \"...\"",
                        "config.fail_after: must be a whole number, was 'many'",
                        "config.big: must be a whole number, was 1.5",
                        "config.on: must be true or false, was 'yes'",
                        "config.every: has no unit, was 5; write it as in 200ms, 5s, 2m or 1h",
                        "config.url: is not a URI: Illegal character in authority at index 8: http://a b/",
                        "config.folder: must be text, as in some/path; was 7",
                        "config.since: is not a point in time, was 'yesterday'; write it as in 2026-01-31T12:00:00Z",
                        "config.zone: 'Atlantis' cannot be read as java.time.ZoneId",
                        "config.mode: was 'very-slow'; did you mean 'very_slow'? the words are: fast, very_slow",
                        "config.command[1]: must be text, was 8123; put it in quotes: \"8123\"",
                        "config.codes[1]: is there twice; remove one",
                        "config.environment: must be a mapping, as in { key: value }; was a list",
                        "config.limits[0]: cpu must be 1 or more, was 0",
                        "config.limits[1].cpus: is not known here; did you mean 'cpu'? the keys are: cpu, wall",
                        "config.limits[1].cpu: is missing; add cpu: a number",
                        "config.price: must be a number of a reasonable size, was '1e999999999'",
                        "config.anything: is empty; give it a value");
    }

    record Nothing() {}

    @Test
    void refusesAnyKeyForAnAgentWithoutConfiguration() {
        assertThat(problems(Nothing.class, Map.of("x", 1)))
                .containsExactly(
                        "config.x: is not known here: this takes no configuration; remove it");
    }

    record Picky(int a) {
        Picky {
            if (a == 1) {
                throw new IllegalStateException("not one");
            }
            if (a == 2) {
                throw new StackOverflowError();
            }
            if (a == 3) {
                throw new IllegalArgumentException("a must not be 3; take 4");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1 | was refused with java.lang.IllegalStateException: not one
                    2 | was refused with java.lang.StackOverflowError
                    3 | a must not be 3; take 4
                    """)
    void takesWhateverARecordThrowsForAProblem(int a, String message) {
        assertThat(problems(Picky.class, Map.of("a", a))).containsExactly("config: " + message);
    }

    @Test
    void takesAnErrorOfValidateForAProblem() {
        types.register(
                new Strict() {
                    @Override
                    public void validate(AgentSpec spec, Nothing config) {
                        throw new AssertionError("cannot be");
                    }
                },
                "strict-plugin");
        assertThatThrownBy(() -> types.bind(AgentSpec.of("a", "strict")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "agent 'a': config: was refused with java.lang.AssertionError: cannot be")
                .hasNoCause();
    }

    @Test
    void suggestsTheNearestTypeWhenOneIsUnknown() {
        types.register(AgentFactory.of("process", () -> IDLE), "p");
        types.register(AgentFactory.of("watch", () -> IDLE), "p");
        assertThatThrownBy(() -> types.bind(AgentSpec.of("a", "proces")))
                .hasMessage(
                        "agent 'a': type: there is no agent type 'proces'; did you mean 'process'?"
                                + " the known types are: process, watch");
        assertThatThrownBy(() -> new AgentTypes().bind(AgentSpec.of("a", "x")))
                .hasMessageContaining("no agent types are known: is the plugin installed?");
    }

    @Test
    void refusesATypeThatIsTakenAndKeepsNothingOfThatFactory() {
        types.register(AgentFactory.of("strict", () -> IDLE), "first-plugin");
        DuplicateAgentTypeException refused =
                catchThrowableOfType(
                        DuplicateAgentTypeException.class,
                        () -> types.register(new Strict(), "second-plugin"));
        assertThat(refused)
                .hasMessage(
                        "agent type 'strict' is offered by 'first-plugin' and by 'second-plugin'; remove one");
        assertThat(refused.agentType()).isEqualTo("strict");
        assertThat(types.types()).containsExactly("strict");
    }

    @Test
    void forgetsTheFactoriesOfASource() {
        types.register(new Strict(), "p");
        types.register(AgentFactory.of("other", () -> IDLE), "q");
        assertThat(types.types("p")).containsExactly("another", "strict");
        types.unregister("p");
        assertThat(types.types()).containsExactly("other");
    }

    @Test
    void refusesAFactoryThatFailsOrOffersNothing() {
        assertThatThrownBy(() ->
                        types.register(
                                new Strict() {
                                    @Override
                                    public Set<String> supportedTypes() {
                                        return Set.of();
                                    }
                                },
                                "p"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("offers no agent type");
        assertThatThrownBy(() ->
                        types.register(
                                new Strict() {
                                    @Override
                                    public Class<Nothing> configType() {
                                        throw new NoClassDefFoundError("x/Y");
                                    }
                                },
                                "p"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("java.lang.NoClassDefFoundError: x/Y")
                .hasNoCause();
    }

    @Test
    void callsAFactoryWithItsOwnClassLoaderInTheThread() throws Exception {
        List<@Nullable ClassLoader> seen = new ArrayList<>();
        Strict factory =
                new Strict() {
                    @Override
                    public void validate(AgentSpec spec, Nothing config) {
                        seen.add(Thread.currentThread().getContextClassLoader());
                    }

                    @Override
                    public SupervisedAgent create(AgentSpec spec, Nothing config) {
                        seen.add(Thread.currentThread().getContextClassLoader());
                        return IDLE;
                    }
                };
        types.register(factory, "p");
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        ClassLoader other = new ClassLoader() {};
        Thread.currentThread().setContextClassLoader(other);
        try {
            types.bind(AgentSpec.of("a", "strict")).create();
            assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(other);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
        ClassLoader own = Strict.class.getClassLoader();
        assertThat(seen).containsExactly(own, own);
    }

    /** A factory of two types that takes no configuration. */
    private static class Strict implements AgentFactory<Nothing> {
        @Override
        public Set<String> supportedTypes() {
            return Set.of("another", "strict");
        }

        @Override
        public Class<Nothing> configType() {
            return Nothing.class;
        }

        @Override
        public SupervisedAgent create(AgentSpec spec, Nothing config) {
            return IDLE;
        }
    }

    private static <C extends Record> C bind(Class<C> type, Map<String, Object> config)
            throws Exception {
        AtomicReference<C> read = new AtomicReference<>();
        AgentTypes types = new AgentTypes();
        types.register(
                AgentFactory.of(
                        "t",
                        type,
                        c -> {
                            read.set(c);
                            return IDLE;
                        }),
                "test");
        types.bind(AgentSpec.builder("a", "t").config(config).build()).create();
        return read.get();
    }

    private static <C extends Record> List<String> problems(
            Class<C> type, Map<String, Object> config) {
        ConfigurationException refused =
                catchThrowableOfType(
                        ConfigurationException.class, () -> bind(type, new HashMap<>(config)));
        return refused.problems().stream()
                .map(problem -> problem.path() + ": " + problem.message())
                .toList();
    }
}
