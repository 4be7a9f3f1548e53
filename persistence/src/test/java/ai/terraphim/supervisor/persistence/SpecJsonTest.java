package ai.terraphim.supervisor.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartPolicy;
import ai.terraphim.supervisor.api.RestartRules;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Safeguards;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SpecJsonTest {
    private static final RestartStrategy[] GROUPS = {
        RestartStrategy.ONE_FOR_ONE, RestartStrategy.ONE_FOR_ALL, RestartStrategy.REST_FOR_ONE
    };

    @Test
    void isReadableByPeople() {
        var web =
                AgentSpec.builder("web", "process")
                        .name("Web server")
                        .config(Map.of("command", List.of("jwebserver", "-p", 8123)))
                        .restart(RestartType.TRANSIENT)
                        .build();
        assertThat(SpecJson.write(SupervisorConfig.builder("pipeline").children(web).build()))
                .isEqualTo(
                        """
                        {"kind":"supervisor","id":"pipeline","strategy":"one_for_one",\
                        "max_restarts":5,"time_window":"PT1M","restart":"permanent",\
                        "shutdown":"infinity","max_children":100,"children":[\
                        {"kind":"agent","id":"web","type":"process","name":"Web server",\
                        "restart":"transient","shutdown":"PT5S",\
                        "config":{"command":["jwebserver","-p",8123]}}]}\
                        """);
    }

    @Test
    void everySpecComesBackEqual() {
        for (long seed = 1; seed <= 2_000; seed++) {
            ChildSpec spec = spec(new Random(seed), 3, false);
            String json = SpecJson.write(spec);
            assertThat(SpecJson.read(json)).as("seed %d: %s", seed, json).isEqualTo(spec);
            // Maps are equal in any order of their keys; writing them shows it.
            assertThat(SpecJson.write(SpecJson.read(json))).as("seed %d", seed).isEqualTo(json);
        }
    }

    @Test
    void limitsAreReadableByPeopleToo() {
        AgentSpec agent =
                AgentSpec.builder("a", "t")
                        .backoff(Backoff.builder(Duration.ofSeconds(1)).build())
                        .budget(
                                RestartBudget.of(
                                        5,
                                        Duration.ofMinutes(1),
                                        Exhaustion.coolDown(
                                                Duration.ofMinutes(1), Duration.ofHours(1))))
                        .deadlines(Deadlines.NONE)
                        .progress(ProgressLimits.within(Duration.ofMinutes(5)))
                        .needs("llm:host/model")
                        .redeliver(3)
                        .build();
        assertThat(SpecJson.write(agent))
                .isEqualTo(
                        """
                        {"kind":"agent","id":"a","type":"t","name":"a","restart":"permanent",\
                        "shutdown":"PT5S",\
                        "backoff":{"initial":"PT1S","max":"PT1M","factor":2.0,"jitter":0.2,\
                        "reset_after":"PT1M","allow_immortal":false},\
                        "budget":{"max_restarts":5,"time_window":"PT1M","healthy_after":"PT1M",\
                        "on_exhaustion":{"cool_down":"PT1M","max":"PT1H"}},\
                        "deadlines":{},"progress":{"limit":"PT5M"},"needs":["llm:host/model"],\
                        "poison_after":3,"config":{}}\
                        """);
        assertThat(
                        SpecJson.write(
                                SupervisorConfig.builder("s")
                                        .onExhaustion(Exhaustion.park())
                                        .build()))
                .contains("\"time_window\":\"PT1M\",\"on_exhaustion\":\"park\"");
    }

    @Test
    void aRowFromBeforeThereWereLimitsHasTheirDefaults() {
        String row =
                """
                {"kind":"supervisor","id":"s","strategy":"one_for_one","max_restarts":5,\
                "time_window":"PT1M","restart":"permanent","shutdown":"infinity",\
                "max_children":100,"children":[{"kind":"agent","id":"a","type":"t","name":"a",\
                "restart":"permanent","shutdown":"PT5S","config":{}}]}\
                """;
        assertThat(SpecJson.read(row))
                .isEqualTo(SupervisorConfig.builder("s").children(AgentSpec.of("a", "t")).build());
    }

    @Test
    void aDeeplyNestedConfigurationComesBackEqual() {
        Object value = "bottom";
        for (int depth = 0; depth < 100; depth++) {
            value = depth % 2 == 0 ? List.of(value) : Map.of("$" + depth, value);
        }
        var spec = AgentSpec.builder("a", "t").config(Map.of("deep", value)).build();
        assertThat(SpecJson.read(SpecJson.write(spec))).isEqualTo(spec);
    }

    @Test
    void whatIsNotASpecIsRefusedWithWhatIsWrong() {
        String good = SpecJson.write(AgentSpec.of("a", "t"));
        for (String bad :
                List.of(
                        "",
                        "[]",
                        "null",
                        "{}",
                        good.substring(0, good.length() - 1),
                        good.replace("agent", "robot"),
                        good.replace("\"type\":\"t\",", ""),
                        good.replace("\"config\"", "\"significant\":true,\"config\""),
                        good.replace("permanent", "sometimes"),
                        good.replace("PT5S", "soon"),
                        good.replace("\"config\"", "\"health\":{},\"config\""),
                        good.replace("\"config\"", "\"deadlines\":{\"later\":1},\"config\""),
                        good.replace("\"config\"", "\"needs\":[1],\"config\""),
                        good.replace("{}", "{\"x\":{\"$money\":\"5\"}}"),
                        good.replace("{}", "{\"x\":{\"$long\":\"five\"}}"),
                        good.replace("{}", "7"))) {
            assertThatThrownBy(() -> SpecJson.read(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .isNotBlank();
        }
    }

    private static ChildSpec spec(Random random, int depth, boolean mayBeSignificant) {
        String id = "id-" + text(random);
        RestartType restart = pick(random, RestartType.values());
        Shutdown shutdown =
                switch (random.nextInt(3)) {
                    case 0 -> Shutdown.brutalKill();
                    case 1 -> Shutdown.infinity();
                    default ->
                            Shutdown.within(
                                    Duration.ofSeconds(
                                            random.nextInt(1_000_000),
                                            random.nextInt(1_000_000_000)));
                };
        boolean significant = mayBeSignificant && restart != RestartType.PERMANENT;
        if (depth == 0 || random.nextInt(3) > 0) {
            Map<String, Object> config = object(random, 3);
            return new AgentSpec(
                    id,
                    "t" + text(random),
                    text(random),
                    config,
                    restart,
                    pick(random, StartMode.values()),
                    shutdown,
                    significant,
                    random.nextBoolean()
                            ? OptionalInt.of(1 + random.nextInt(1_000_000))
                            : OptionalInt.empty(),
                    restart == RestartType.TRANSIENT && random.nextBoolean(),
                    rules(random),
                    safeguards(random),
                    checkpoints(random));
        }
        AutoShutdown autoShutdown = pick(random, AutoShutdown.values());
        List<ChildSpec> children = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            ChildSpec child = spec(random, depth - 1, autoShutdown != AutoShutdown.NEVER);
            if (children.stream().noneMatch(c -> c.id().equals(child.id()))) {
                children.add(child);
            }
        }
        return new SupervisorConfig(
                id,
                new RestartPolicy(
                        children.size() == 1
                                ? pick(random, RestartStrategy.values())
                                : pick(random, GROUPS),
                        new RestartIntensity(
                                random.nextInt(1 << 30),
                                Duration.ofNanos(1 + random.nextInt(1 << 30))),
                        exhaustion(random)),
                restart,
                pick(random, StartMode.values()),
                shutdown,
                significant,
                autoShutdown,
                1 + children.size() + random.nextInt(1_000_000),
                rules(random),
                children);
    }

    private static RestartRules rules(Random random) {
        Duration initial = time(random);
        Backoff backoff =
                random.nextBoolean()
                        ? Backoff.NONE
                        : new Backoff(
                                initial,
                                initial.plus(time(random)),
                                1 + random.nextInt(3) * random.nextDouble(),
                                pick(random, 0.0, 1.0, random.nextDouble()),
                                time(random),
                                true);
        return new RestartRules(
                backoff,
                maybe(
                        random,
                        () ->
                                new RestartBudget(
                                        new RestartIntensity(random.nextInt(1 << 30), time(random)),
                                        time(random),
                                        exhaustion(random))));
    }

    private static Exhaustion exhaustion(Random random) {
        Duration time = time(random);
        return pick(
                random,
                Exhaustion.ESCALATE,
                Exhaustion.park(),
                Exhaustion.park(time),
                Exhaustion.coolDown(time, time.plus(time(random))));
    }

    private static Checkpoints checkpoints(Random random) {
        return new Checkpoints(
                random.nextBoolean()
                        ? Optional.of(Duration.ofMillis(1 + random.nextInt(100_000)))
                        : Optional.empty(),
                random.nextBoolean(),
                random.nextBoolean() ? OptionalInt.of(1 + random.nextInt(9)) : OptionalInt.empty(),
                Duration.ofSeconds(1 + random.nextInt(100)));
    }

    private static Safeguards safeguards(Random random) {
        Duration timeout = time(random);
        return new Safeguards(
                pick(
                        random,
                        Deadlines.DEFAULT,
                        new Deadlines(
                                maybe(random, () -> time(random)),
                                maybe(random, () -> time(random)))),
                maybe(
                        random,
                        () ->
                                new HealthChecks(
                                        time(random),
                                        timeout.plus(time(random)),
                                        timeout,
                                        1 + random.nextInt(1 << 30))),
                new ProgressLimits(
                        maybe(random, () -> time(random)),
                        random.nextBoolean()
                                ? OptionalInt.empty()
                                : OptionalInt.of(1 + random.nextInt(1_000))),
                pick(random, List.of(), List.of("llm:" + text(random), "b")),
                random.nextBoolean()
                        ? OptionalInt.empty()
                        : OptionalInt.of(1 + random.nextInt(1 << 30)));
    }

    private static Duration time(Random random) {
        return Duration.ofNanos(1 + random.nextInt(1 << random.nextInt(1, 31)));
    }

    private static <T> Optional<T> maybe(Random random, Supplier<T> value) {
        return random.nextBoolean() ? Optional.empty() : Optional.of(value.get());
    }

    private static Map<String, Object> object(Random random, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            String key = pick(random, "k", "k", "k", "$", "$long", "$object", "") + text(random);
            map.put(random.nextInt(9) == 0 ? "$long" : key, value(random, depth));
        }
        return map;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 15 : 19)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt();
            case 3 -> random.nextInt(100);
            case 4 -> (long) random.nextInt(100); // must not come back as an int
            case 5 -> random.nextLong();
            case 6 -> random.nextDouble();
            case 7 -> (double) random.nextInt(100); // nor this
            case 8 -> pick(random, Double.NaN, Double.NEGATIVE_INFINITY, -0.0);
            case 9 -> pick(random, Double.MIN_VALUE, Double.MAX_VALUE, 1e300, 0.1);
            case 10 -> new BigInteger(random.nextInt(200), random);
            case 11 -> BigInteger.ONE.shiftLeft(random.nextInt(9_000)).negate();
            case 12 ->
                    new BigDecimal(
                            new BigInteger(random.nextInt(100), random), random.nextInt(-50, 50));
            case 13 ->
                    pick(
                            random,
                            Long.MIN_VALUE,
                            Long.MAX_VALUE,
                            (long) Integer.MIN_VALUE,
                            Integer.MAX_VALUE + 1L);
            case 14 -> text(random);
            case 15, 16 -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(value(random, depth - 1));
                }
                yield list;
            }
            default -> object(random, depth - 1);
        };
    }

    private static String text(Random random) {
        String[] some = {"", "a", "ä€", "\uD83D\uDC1F", "\"quoted\\", "<&>", "null", "5", " "};
        return pick(random, some) + random.nextInt(50);
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
