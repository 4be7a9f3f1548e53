package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartRules;
import ai.terraphim.supervisor.api.Safeguards;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How restarts are spaced and bounded, and what watches over an agent, as part of a {@link
 * SpecJson}. What is as by default is left out, as rows from before there were limits have it.
 *
 * <pre>
 * "backoff":{"initial":"PT1S","max":"PT1M","factor":2.0,"jitter":0.2,"reset_after":"PT1M","allow_immortal":false}
 * "budget":{"max_restarts":5,"time_window":"PT1M","healthy_after":"PT1M","on_exhaustion":{"cool_down":"PT1M","max":"PT1H"}}
 * "deadlines":{"init":"PT30S","message":"PT1M"}   a limit that is absent is none
 * "health":{"start_delay":"PT1M","interval":"PT1M","timeout":"PT5S","threshold":3}
 * "progress":{"limit":"PT5M","repetitions":10}, "needs":["llm:host/model"], "poison_after":3
 * "checkpoints":{"every":"PT5S","on_stop":true,"fall_back_after":2,"fall_back_within":"PT1M"}
 * </pre>
 */
final class LimitsJson {
    private LimitsJson() {}

    static void put(Map<String, @Nullable Object> map, RestartRules rules) {
        Backoff backoff = rules.backoff();
        if (!backoff.equals(Backoff.NONE)) {
            map.put("backoff", object(backoff));
        }
        rules.budget().ifPresent(budget -> map.put("budget", object(budget)));
    }

    static RestartRules restarts(SpecFields fields) {
        return new RestartRules(
                fields.objectIfThere(
                                "backoff",
                                it ->
                                        new Backoff(
                                                it.duration("initial"),
                                                it.duration("max"),
                                                it.real("factor"),
                                                it.real("jitter"),
                                                it.duration("reset_after"),
                                                it.flag("allow_immortal")))
                        .orElse(Backoff.NONE),
                fields.objectIfThere(
                        "budget",
                        it ->
                                new RestartBudget(
                                        new RestartIntensity(
                                                it.number("max_restarts"),
                                                it.duration("time_window")),
                                        it.duration("healthy_after"),
                                        onExhaustion(it))));
    }

    private static Map<String, Object> object(Backoff backoff) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("initial", backoff.initial().toString());
        map.put("max", backoff.max().toString());
        map.put("factor", backoff.factor());
        map.put("jitter", backoff.jitter());
        map.put("reset_after", backoff.resetAfter().toString());
        map.put("allow_immortal", backoff.allowImmortal());
        return map;
    }

    private static Map<String, Object> object(RestartBudget budget) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("max_restarts", budget.intensity().maxRestarts());
        map.put("time_window", budget.intensity().timeWindow().toString());
        map.put("healthy_after", budget.healthyAfter().toString());
        map.put("on_exhaustion", value(budget.onExhaustion()));
        return map;
    }

    /** The word, or the object with its times. */
    static Object value(Exhaustion onExhaustion) {
        return switch (onExhaustion) {
            case Exhaustion.Escalate() -> "escalate";
            case Exhaustion.Park(Optional<Duration> after) ->
                    after.<Object>map(time -> Map.of("park", time.toString())).orElse("park");
            case Exhaustion.CoolDown(Duration time, Duration max) -> {
                Map<String, Object> map = new LinkedHashMap<>();
                map.put("cool_down", time.toString());
                map.put("max", max.toString());
                yield map;
            }
        };
    }

    static Exhaustion onExhaustion(SpecFields fields) {
        String key = "on_exhaustion";
        if (fields.isText(key)) {
            String word = fields.text(key);
            return switch (word) {
                case "escalate" -> Exhaustion.ESCALATE;
                case "park" -> Exhaustion.park();
                default ->
                        throw new IllegalArgumentException(
                                "'" + word + "' is nothing to do when there are too many restarts");
            };
        }
        return fields.objectIfThere(
                        key,
                        it ->
                                it.has("park")
                                        ? Exhaustion.park(it.duration("park"))
                                        : Exhaustion.coolDown(
                                                it.duration("cool_down"), it.duration("max")))
                .orElse(Exhaustion.ESCALATE);
    }

    static void put(Map<String, @Nullable Object> map, Safeguards safeguards) {
        // The record pattern makes the compiler name this place when there is one more.
        if (safeguards
                instanceof
                Safeguards(var deadlines, var health, var progress, var needs, var redeliver)) {
            if (!deadlines.equals(Deadlines.DEFAULT)) {
                map.put("deadlines", object(deadlines));
            }
            health.ifPresent(checks -> map.put("health", object(checks)));
            if (!progress.equals(ProgressLimits.NONE)) {
                map.put("progress", object(progress));
            }
            if (!needs.isEmpty()) {
                map.put("needs", needs);
            }
            redeliver.ifPresent(crashes -> map.put("poison_after", crashes));
        }
    }

    static Safeguards safeguards(SpecFields fields) {
        return new Safeguards(
                fields.objectIfThere(
                                "deadlines",
                                it ->
                                        new Deadlines(
                                                it.durationIfThere("init"),
                                                it.durationIfThere("message")))
                        .orElse(Deadlines.DEFAULT),
                fields.objectIfThere(
                        "health",
                        it ->
                                new HealthChecks(
                                        it.duration("start_delay"),
                                        it.duration("interval"),
                                        it.duration("timeout"),
                                        it.number("threshold"))),
                fields.objectIfThere(
                                "progress",
                                it ->
                                        new ProgressLimits(
                                                it.durationIfThere("limit"),
                                                it.numberIfThere("repetitions")))
                        .orElse(ProgressLimits.NONE),
                fields.textsIfThere("needs"),
                fields.numberIfThere("poison_after"));
    }

    static void put(Map<String, @Nullable Object> map, Checkpoints checkpoints) {
        if (!checkpoints.equals(Checkpoints.DEFAULT)) {
            Map<String, Object> object = new LinkedHashMap<>();
            checkpoints.every().ifPresent(interval -> object.put("every", interval.toString()));
            object.put("on_stop", checkpoints.onStop());
            checkpoints
                    .fallBackAfter()
                    .ifPresent(failures -> object.put("fall_back_after", failures));
            object.put("fall_back_within", checkpoints.fallBackWithin().toString());
            map.put("checkpoints", object);
        }
    }

    static Checkpoints checkpoints(SpecFields fields) {
        return fields.objectIfThere(
                        "checkpoints",
                        it ->
                                new Checkpoints(
                                        it.durationIfThere("every"),
                                        it.flag("on_stop"),
                                        it.numberIfThere("fall_back_after"),
                                        it.duration("fall_back_within")))
                .orElse(Checkpoints.DEFAULT);
    }

    private static Map<String, Object> object(Deadlines deadlines) {
        Map<String, Object> map = new LinkedHashMap<>();
        deadlines.init().ifPresent(time -> map.put("init", time.toString()));
        deadlines.message().ifPresent(time -> map.put("message", time.toString()));
        return map;
    }

    private static Map<String, Object> object(HealthChecks checks) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("start_delay", checks.startDelay().toString());
        map.put("interval", checks.interval().toString());
        map.put("timeout", checks.timeout().toString());
        map.put("threshold", checks.threshold());
        return map;
    }

    private static Map<String, Object> object(ProgressLimits progress) {
        Map<String, Object> map = new LinkedHashMap<>();
        progress.limit().ifPresent(time -> map.put("limit", time.toString()));
        progress.repetitions().ifPresent(times -> map.put("repetitions", times));
        return map;
    }
}
