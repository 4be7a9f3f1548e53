package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartRules;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads how restarts are spaced and bounded, and what happens when there are too many. */
final class RestartReader {
    private static final Duration LONGEST_COOL_DOWN = Duration.ofHours(1);

    private RestartReader() {}

    /** Reads {@code backoff} and {@code budget} of a child. */
    static RestartRules rules(Fields fields) {
        return new RestartRules(backoff(fields), budget(fields));
    }

    static RestartIntensity intensity(Fields fields) {
        if (fields.get("intensity") instanceof Node.Mapping) {
            return fields.inner("intensity", List.of("max_restarts", "time_window"))
                    .map(RestartReader::numbers)
                    .orElse(RestartIntensity.DEFAULT);
        }
        String word = fields.word("intensity");
        return switch (word) {
            case null -> RestartIntensity.DEFAULT;
            case "lenient" -> RestartIntensity.lenient();
            case "strict" -> RestartIntensity.strict();
            case "never" -> RestartIntensity.never();
            default -> {
                fields.problem(
                        "intensity",
                        "must be { max_restarts: 5, time_window: 60s }, or one of the words lenient, strict, never");
                yield RestartIntensity.DEFAULT;
            }
        };
    }

    static Exhaustion onExhaustion(Fields fields) {
        String key = "on_exhaustion";
        if (fields.get(key) instanceof Node.Mapping mapping) {
            boolean cools =
                    mapping.entries().stream().anyMatch(entry -> entry.key().equals("cool_down"));
            return fields.inner(key, cools ? List.of("cool_down", "max") : List.of("park"))
                    .flatMap(inner -> cools ? coolDown(inner) : park(inner))
                    .orElse(Exhaustion.ESCALATE);
        }
        String word = fields.word(key);
        return switch (word) {
            case null -> Exhaustion.ESCALATE;
            case "escalate" -> Exhaustion.ESCALATE;
            case "park" -> Exhaustion.park();
            default -> {
                fields.problem(
                        key, "must be escalate, park, { park: 10m } or { cool_down: 1m, max: 1h }");
                yield Exhaustion.ESCALATE;
            }
        };
    }

    private static Optional<Exhaustion> park(Fields fields) {
        return fields.make(it -> it.duration("park").map(Exhaustion::park));
    }

    private static Optional<Exhaustion> coolDown(Fields fields) {
        return fields.make(it ->
                it.duration("cool_down")
                        .map(time ->
                                Exhaustion.coolDown(
                                        time,
                                        it.duration("max")
                                                .orElse(longer(time, LONGEST_COOL_DOWN)))));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Backoff backoff(Fields fields) {
        Optional<Fields> inner =
                fields.inner(
                        "backoff",
                        List.of(
                                "initial",
                                "max",
                                "factor",
                                "jitter",
                                "reset_after",
                                "allow_immortal"));
        inner.filter(it -> !it.has("initial"))
                .ifPresent(
                        it -> it.problem("initial", "is missing; add initial: 1s, the first wait"));
        return inner.flatMap(it -> it.make(RestartReader::waits)).orElse(Backoff.NONE);
    }

    private static Optional<Backoff> waits(Fields fields) {
        return fields.duration("initial")
                .map(initial -> {
                    Backoff.Builder backoff = Backoff.builder(initial);
                    fields.duration("max").ifPresent(backoff::max);
                    fields.number("factor").ifPresent(backoff::factor);
                    fields.share("jitter").ifPresent(backoff::jitter);
                    fields.duration("reset_after").ifPresent(backoff::resetAfter);
                    return backoff.allowImmortal(fields.flag("allow_immortal")).build();
                });
    }

    private static Optional<RestartBudget> budget(Fields fields) {
        return fields.inner(
                        "budget",
                        List.of("max_restarts", "time_window", "healthy_after", "on_exhaustion"))
                .flatMap(inner -> {
                    RestartIntensity intensity = numbers(inner);
                    Exhaustion onExhaustion = onExhaustion(inner);
                    return inner.make(it ->
                            Optional.of(
                                    new RestartBudget(
                                            intensity,
                                            it.duration("healthy_after")
                                                    .orElse(RestartBudget.DEFAULT_HEALTHY_AFTER),
                                            onExhaustion)));
                });
    }

    private static RestartIntensity numbers(Fields fields) {
        RestartIntensity otherwise = RestartIntensity.DEFAULT;
        return fields.make(it ->
                        Optional.of(
                                new RestartIntensity(
                                        it.whole("max_restarts").orElse(otherwise.maxRestarts()),
                                        it.duration("time_window").orElse(otherwise.timeWindow()))))
                .orElse(otherwise);
    }
}
