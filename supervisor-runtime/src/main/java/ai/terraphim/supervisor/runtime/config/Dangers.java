package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartPolicy;
import ai.terraphim.supervisor.api.RestartRules;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Safeguards;
import ai.terraphim.supervisor.runtime.core.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Warns of values that are allowed each for itself and do not do together what their author hopes
 * for. Only of what somebody wrote: the defaults are OTP's, whose dangers are known.
 */
final class Dangers {
    private final Fields fields;
    private final RestartPolicy policy;

    private Dangers(Fields fields, RestartPolicy policy) {
        this.fields = fields;
        this.policy = policy;
    }

    /** Warns of those of a child whose supervisor has {@code policy}. */
    static void warn(Fields fields, ChildSpec child, RestartPolicy policy) {
        if (child.restart() == RestartType.TEMPORARY) {
            warnOfUseless(
                    fields,
                    List.of("backoff", "budget", "redeliver"),
                    "a temporary child is never restarted; make it transient or permanent, or remove this");
            return;
        }
        Dangers dangers = new Dangers(fields, policy);
        child.restarts()
                .budget()
                .ifPresent(budget ->
                        fields.at("budget")
                                .ifPresent(at ->
                                        warnOfParking(
                                                at, policy.strategy(), budget.onExhaustion())));
        if (child instanceof AgentSpec agent) {
            dangers.limits(agent).forEach(limit -> dangers.warnOfHanging(limit, agent.restarts()));
            Safeguards safeguards = agent.safeguards();
            safeguards
                    .health()
                    .ifPresent(health ->
                            safeguards
                                    .deadlines()
                                    .message()
                                    .ifPresent(time -> dangers.warnOfImpatience(time, health)));
        }
    }

    /** Warns of those of the root, which nobody restarts. */
    static void warnOfRoot(Fields fields) {
        warnOfUseless(
                fields,
                List.of("backoff", "budget"),
                "it is for restarts of this supervisor itself, and nobody restarts the root; write it at the children that it is meant for");
    }

    private static void warnOfUseless(Fields fields, List<String> keys, String why) {
        keys.stream().filter(fields::has).forEach(key -> fields.warn(key, "has no effect: " + why));
    }

    /** Warns of members of a group that can be put aside for good. */
    static void warnOfParking(Fields fields, RestartStrategy strategy, Exhaustion onExhaustion) {
        if ((strategy == RestartStrategy.ONE_FOR_ALL || strategy == RestartStrategy.REST_FOR_ONE)
                && onExhaustion.equals(Exhaustion.park())) {
            fields.warn(
                    "on_exhaustion",
                    "puts a child aside until somebody restarts it, and its siblings run on without it, although %s says that they need each other; give a time, as in { park: 10m }, or leave it at escalate"
                            .formatted(strategy.name().toLowerCase(Locale.ROOT)));
        }
    }

    /** How long an agent can hang before it is ended, and where somebody wrote so. */
    private record Limit(Fields fields, String key, Duration time) {}

    private List<Limit> limits(AgentSpec agent) {
        Safeguards safeguards = agent.safeguards();
        List<Limit> limits = new ArrayList<>();
        addIfWritten(limits, "deadlines", "init", safeguards.deadlines().init());
        addIfWritten(limits, "deadlines", "message", safeguards.deadlines().message());
        addIfWritten(limits, "progress", "limit", safeguards.progress().limit());
        return limits;
    }

    private void addIfWritten(
            List<Limit> limits, String group, String key, Optional<Duration> limit) {
        fields.at(group)
                .filter(at -> at.has(key))
                .ifPresent(at -> limit.ifPresent(time -> limits.add(new Limit(at, key, time))));
    }

    /**
     * An agent that hangs in each run fails once in a limit's time. If that is too seldom for its
     * restarts ever to be too many, it goes on for ever and nobody hears of it.
     */
    private void warnOfHanging(Limit limit, RestartRules rules) {
        Optional<RestartBudget> budget = rules.budget();
        RestartIntensity intensity =
                budget.map(RestartBudget::intensity).orElse(policy.intensity());
        boolean isShortRun =
                budget.filter(it -> limit.time().compareTo(it.healthyAfter()) < 0).isPresent();
        if (intensity.maxRestarts() > 0
                && limit.time().compareTo(intensity.timeWindow().dividedBy(intensity.maxRestarts()))
                        > 0
                && !isShortRun) {
            limit.fields()
                    .warn(
                            limit.key(),
                            "an agent that hangs in each run fails only every %s, so there are never more than %d restarts in %s, and it is restarted for ever; %s"
                                    .formatted(
                                            DurationText.of(limit.time()),
                                            intensity.maxRestarts(),
                                            DurationText.of(intensity.timeWindow()),
                                            budget.isPresent()
                                                    ? "make healthy_after of its budget longer than this"
                                                    : "give it a budget, which counts short runs however far apart they are"));
        }
        Backoff backoff = rules.backoff();
        if (backoff.factor() > 1
                && backoff.max().compareTo(backoff.initial()) > 0
                && limit.time().compareTo(backoff.resetAfter()) >= 0) {
            limit.fields()
                    .warn(
                            limit.key(),
                            "an agent that hangs runs for %s, which is long enough for its backoff to begin anew (reset_after is %s), so its waits never grow; make reset_after longer than this"
                                    .formatted(
                                            DurationText.of(limit.time()),
                                            DurationText.of(backoff.resetAfter())));
        }
    }

    /** Checks are answered between messages, so one long message is a row of failed checks. */
    private void warnOfImpatience(Duration message, HealthChecks health) {
        Duration patience =
                health.interval().multipliedBy(health.threshold() - 1L).plus(health.timeout());
        if (patience.compareTo(message) < 0) {
            fields.warn(
                    "health",
                    "a check is answered between two messages, and one message may take %s (deadlines.message); but after %s without an answer the agent is ended as sick, although it is only busy; raise threshold, interval or timeout, or lower deadlines.message"
                            .formatted(DurationText.of(message), DurationText.of(patience)));
        }
    }
}
