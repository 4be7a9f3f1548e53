package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.Safeguards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads what watches over an agent while it runs. */
final class SafeguardsReader {
    private SafeguardsReader() {}

    static Safeguards read(Fields fields) {
        Deadlines deadlines = deadlines(fields);
        Optional<HealthChecks> health = health(fields);
        ProgressLimits progress = progress(fields);
        return fields.make(it ->
                        Optional.of(
                                new Safeguards(
                                        deadlines, health, progress, needs(it), redeliver(it))))
                .orElse(Safeguards.DEFAULT);
    }

    private static Deadlines deadlines(Fields fields) {
        return fields.inner("deadlines", List.of("init", "message"))
                .flatMap(inner ->
                        inner.make(it ->
                                Optional.of(
                                        new Deadlines(
                                                limit(it, "init", Deadlines.DEFAULT.init()),
                                                limit(
                                                        it,
                                                        "message",
                                                        Deadlines.DEFAULT.message())))))
                .orElse(Deadlines.DEFAULT);
    }

    /** A duration, or the word for no limit. */
    private static Optional<Duration> limit(
            Fields fields, String key, Optional<Duration> otherwise) {
        if (!fields.has(key)) {
            return otherwise;
        }
        return "infinity".equals(fields.text(key))
                ? Optional.empty()
                : fields.duration(key, "; or infinity");
    }

    private static Optional<HealthChecks> health(Fields fields) {
        return fields.inner("health", List.of("start_delay", "interval", "timeout", "threshold"))
                .flatMap(inner ->
                        inner.make(it -> {
                            HealthChecks checks =
                                    it.duration("interval")
                                            .map(HealthChecks::every)
                                            .orElse(HealthChecks.DEFAULT);
                            return Optional.of(
                                    new HealthChecks(
                                            it.duration("start_delay").orElse(checks.startDelay()),
                                            checks.interval(),
                                            it.duration("timeout").orElse(checks.timeout()),
                                            it.whole("threshold").orElse(checks.threshold())));
                        }));
    }

    private static ProgressLimits progress(Fields fields) {
        return fields.inner("progress", List.of("limit", "repetitions"))
                .flatMap(inner ->
                        inner.make(it ->
                                Optional.of(
                                        new ProgressLimits(
                                                it.duration("limit"), it.whole("repetitions")))))
                .orElse(ProgressLimits.NONE);
    }

    private static List<String> needs(Fields fields) {
        if (fields.has("needs") && !(fields.get("needs") instanceof Node.Sequence)) {
            fields.problem("needs", "must be a list, as in needs: [\"llm:host/model\"]");
        }
        List<String> keys = new ArrayList<>();
        for (Node element : fields.elements("needs")) {
            String key =
                    fields.reading()
                            .text(
                                    element,
                                    element.line(),
                                    fields.path("needs[" + keys.size() + "]"));
            keys.add(key == null ? "unreadable " + keys.size() : key);
        }
        return keys;
    }

    private static OptionalInt redeliver(Fields fields) {
        if (fields.flag("redeliver")) {
            return OptionalInt.of(
                    fields.whole("poison_after").orElse(Safeguards.DEFAULT_REDELIVER));
        }
        if (fields.has("poison_after")) {
            fields.problem("poison_after", "needs redeliver: true; add it, or remove this");
        }
        return OptionalInt.empty();
    }
}
