package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import java.time.Duration;
import java.util.Optional;

/**
 * Judges the failures of a supervisor's children: whether one more restart is within bounds, and
 * how long it has to wait. Keeps the supervisor's own window; what concerns one child is in its
 * {@link FailureRecord}.
 */
final class Restarts {
    /** How many failures in a row a child may blame on a dependency that others can work with. */
    private static final int BLAMED_ON_DEPENDENCY = 3;

    private static final Verdict AT_ONCE = new Verdict.AtOnce();

    private final CurrentConfig config;
    private final Groups groups;
    private final Effects effects;
    private final RestartWindow window = new RestartWindow();

    Restarts(CurrentConfig config, Groups groups, Effects effects) {
        this.config = config;
        this.groups = groups;
        this.effects = effects;
    }

    /** How many restarts the supervisor's window holds. */
    int inPeriod(long now) {
        return window.count(intensity(), now);
    }

    private RestartIntensity intensity() {
        return config.get().intensity();
    }

    /** Counts a failure, unless it is in a group that waits already, and says what follows. */
    Verdict judge(Child child, ExitReason reason, long now) {
        Child waiting = groups.waiting();
        return waiting == null
                ? judgeFirst(child, reason, now)
                : judgeMerged(child, reason, waiting, now);
    }

    private Verdict judgeFirst(Child child, ExitReason reason, long now) {
        FailureRecord record = child.record();
        if (reason instanceof ExitReason.Dependency(String key, _)) {
            if (effects.isOpen(key)) {
                return new Verdict.WhenClosed(key);
            }
            forgetIfHealthy(child, now);
            if (++record.dependencyFailures <= BLAMED_ON_DEPENDENCY) {
                return backoff(child, now);
            }
        } else {
            forgetIfHealthy(child, now);
            record.dependencyFailures = 0;
        }
        if (record.onTrial) {
            return exhausted(child, "its trial run failed");
        }
        Optional<RestartBudget> budget = child.spec().restarts().budget();
        if (budget.isPresent()) {
            RestartIntensity intensity = budget.get().intensity();
            if (!record.admits(intensity, now)) {
                return exhausted(child, tooMany(intensity));
            }
            if (++record.shortRuns > intensity.maxRestarts()) {
                return exhausted(
                        child,
                        "more than %d runs in a row were shorter than %s"
                                .formatted(
                                        intensity.maxRestarts(),
                                        DurationText.of(budget.get().healthyAfter())));
            }
        } else if (!window.admits(intensity(), now)) {
            return exhausted(child, tooMany(intensity()));
        }
        return backoff(child, now);
    }

    private Verdict judgeMerged(Child child, ExitReason reason, Child waiting, long now) {
        forgetIfHealthy(child, now);
        if (reason instanceof ExitReason.Dependency(String key, _) && effects.isOpen(key)) {
            return new Verdict.WhenClosed(key);
        }
        if (waiting.state() == Child.State.SUSPENDED) {
            return new Verdict.WhenClosed(waiting.record().dependency);
        }
        long left = Math.max(0, waiting.record().due - now);
        return new Verdict.After(Math.max(left, nextWait(child)));
    }

    private void forgetIfHealthy(Child child, long now) {
        FailureRecord record = child.record();
        Backoff backoff = child.spec().restarts().backoff();
        if (record.hasRunFor(backoff.resetAfter(), now)) {
            record.inARow = 0;
            record.dependencyFailures = 0;
        }
        if (record.hasRunFor(healthyAfter(child), now)) {
            record.shortRuns = 0;
            record.onTrial = false;
        }
    }

    /**
     * Forgets what is over of the failures of a child that is up, and says in how many nanoseconds
     * more will be: {@link FailureRecord#NEVER} if nothing is left.
     */
    long forgetWhatIsOver(Child child, long now) {
        forgetIfHealthy(child, now);
        FailureRecord record = child.record();
        if (record.shortRuns > 0 || record.onTrial) {
            return record.hasRunIn(healthyAfter(child), now);
        }
        return child.spec()
                .restarts()
                .budget()
                .map(budget -> record.restartsOverIn(budget.intensity(), now))
                .orElse(FailureRecord.NEVER);
    }

    private Duration healthyAfter(Child child) {
        return child.spec()
                .restarts()
                .budget()
                .map(RestartBudget::healthyAfter)
                .orElse(intensity().timeWindow());
    }

    /** The longest wait of the group that the failure concerns. */
    private Verdict backoff(Child child, long now) {
        long longest = nextWait(child);
        for (Child member = groups.firstBesides(child); member != null; member = member.next) {
            if (member != child && member.isRecorded()) {
                longest = Math.max(longest, currentWait(member, now));
            }
        }
        return longest == 0 ? AT_ONCE : new Verdict.After(longest);
    }

    private long nextWait(Child child) {
        Backoff backoff = child.spec().restarts().backoff();
        if (backoff.isNone()) {
            return 0;
        }
        FailureRecord record = child.record();
        record.inARow++;
        double random = backoff.jitter() == 0 ? 0 : effects.random();
        record.waited = backoff.delay(record.inARow, random).toNanos();
        return record.waited;
    }

    private static long currentWait(Child member, long now) {
        FailureRecord record = member.record();
        boolean healthy = record.hasRunFor(member.spec().restarts().backoff().resetAfter(), now);
        return record.inARow == 0 || healthy ? 0 : record.waited;
    }

    private Verdict exhausted(Child child, String why) {
        Optional<RestartBudget> budget = child.spec().restarts().budget();
        Exhaustion how =
                budget.map(RestartBudget::onExhaustion)
                        .orElse(config.get().policy().onExhaustion());
        if (budget.isEmpty() && !(how instanceof Exhaustion.Escalate)) {
            window.clear(); // who has filled it is gone, and the siblings start afresh
        }
        return switch (how) {
            case Exhaustion.Escalate _ ->
                    new Verdict.GiveUp(
                            budget.isEmpty()
                                    ? why
                                    : "its child '%s' had %s".formatted(child.spec().id(), why));
            case Exhaustion.Park(var after) -> new Verdict.PutAside(false, after, why);
            case Exhaustion.CoolDown(var time, var max) -> {
                FailureRecord record = child.record();
                Condition.Aside before = record.onTrial ? record.aside : null;
                Duration twice =
                        Optional.ofNullable(before)
                                .flatMap(Condition.Aside::time)
                                .map(cooled -> cooled.multipliedBy(2))
                                .orElse(time);
                Duration next = twice.compareTo(max) > 0 ? max : twice;
                record.onTrial = false;
                yield new Verdict.PutAside(true, Optional.of(next), why);
            }
        };
    }

    private static String tooMany(RestartIntensity intensity) {
        return "more than %d restarts in %s"
                .formatted(intensity.maxRestarts(), DurationText.of(intensity.timeWindow()));
    }
}
