package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyConfig.Breaker;
import ai.terraphim.supervisor.api.DependencyConfig.RateLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads how calls to what agents depend on are guarded. */
final class DependencyReader {
    private DependencyReader() {}

    /** Reads what stands below {@code dependencies}, whose keys are those of the dependencies. */
    static List<DependencyConfig> read(Fields dependencies) {
        List<DependencyConfig> read = new ArrayList<>();
        for (String key : dependencies.entries().keySet()) {
            dependencies
                    .inner(key, List.of("breaker", "rate_limit", "bulkhead"))
                    .flatMap(fields -> dependency(key, fields))
                    .ifPresent(read::add);
        }
        return read;
    }

    private static Optional<DependencyConfig> dependency(String key, Fields fields) {
        Breaker breaker = breaker(fields);
        Optional<RateLimit> rateLimit = rateLimit(fields);
        return fields.make(it ->
                Optional.of(new DependencyConfig(key, breaker, rateLimit, it.whole("bulkhead"))));
    }

    private static Breaker breaker(Fields fields) {
        Breaker otherwise = Breaker.DEFAULT;
        return fields.inner(
                        "breaker",
                        List.of(
                                "failure_rate",
                                "window",
                                "minimum_calls",
                                "open_for",
                                "trial_calls",
                                "slow_call"))
                .flatMap(inner ->
                        inner.make(it -> {
                            int window = it.whole("window").orElse(otherwise.window());
                            return Optional.of(
                                    new Breaker(
                                            it.share("failure_rate")
                                                    .orElse(otherwise.failureRate()),
                                            window,
                                            it.whole("minimum_calls")
                                                    .orElse(
                                                            Math.min(
                                                                    window,
                                                                    otherwise.minimumCalls())),
                                            it.duration("open_for").orElse(otherwise.openFor()),
                                            it.whole("trial_calls").orElse(otherwise.trialCalls()),
                                            it.duration("slow_call")));
                        }))
                .orElse(otherwise);
    }

    private static Optional<RateLimit> rateLimit(Fields fields) {
        return fields.inner("rate_limit", List.of("calls", "per"))
                .flatMap(inner -> {
                    for (String key : List.of("calls", "per")) {
                        if (!inner.has(key)) {
                            inner.problem(
                                    key, "is missing; write rate_limit: { calls: 60, per: 1m }");
                        }
                    }
                    return inner.make(it ->
                            it.whole("calls").isEmpty()
                                    ? Optional.empty()
                                    : it.duration("per")
                                            .map(per ->
                                                    new RateLimit(
                                                            it.whole("calls").getAsInt(), per)));
                });
    }
}
