package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import org.jspecify.annotations.Nullable;

/**
 * What the end of the JVM must not make good of how children stand with their restarts: tells it
 * when it has changed, and takes up what an earlier life of the JVM has left. Concerns only
 * children that have a budget of their own or may be put aside; of others there is nothing to tell.
 */
final class Conditions {
    private final CurrentConfig config;
    private final Children children;
    private final Restarts restarts;
    private final Waits waits;
    private final Effects effects;
    private boolean restored;

    Conditions(
            CurrentConfig config,
            Children children,
            Restarts restarts,
            Waits waits,
            Effects effects) {
        this.config = config;
        this.children = children;
        this.restarts = restarts;
        this.waits = waits;
        this.effects = effects;
    }

    private boolean isKept(Child child) {
        return child.spec().restarts().budget().isPresent()
                || !(config.get().policy().onExhaustion() instanceof Exhaustion.Escalate);
    }

    /** Takes up what is left of an earlier life of the JVM. A stop by hand goes before it. */
    void restore(Child child, Condition left) {
        FailureRecord record = child.record();
        record.told = left;
        restored = true;
        if (!isKept(child)) {
            return; // and it is forgotten when the machine boots
        }
        record.restore(left);
        Condition.Aside aside = left.aside();
        if (aside != null && !child.stoppedByHand) {
            record.reason = ExitReason.error(aside.why());
            children.move(child, aside.cools() ? Child.State.COOLING : Child.State.PARKED);
        }
    }

    /** The machine boots: what is put aside goes on waiting, and what is over is forgotten. */
    void resume(long now) {
        for (Child child = restored ? children.first() : null; child != null; child = child.next) {
            if (child.isRecorded()) {
                Condition.Aside aside = child.record().aside;
                if (aside != null && child.isPutAside()) {
                    waits.resume(child, aside, now);
                    effects.stillPutAside(child, aside);
                    effects.changed(child);
                }
                tell(child, now);
            }
        }
    }

    /** Something of it may have changed. */
    void tell(Child child, long now) {
        if (child.isRecorded()) {
            FailureRecord record = child.record();
            if (isKept(child)) {
                tell(child, record, condition(child, record, now));
            } else {
                tell(child, record, Condition.CLEAN);
            }
        }
    }

    private void tell(Child child, FailureRecord record, Condition condition) {
        if (!condition.equals(record.told)) {
            record.told = condition;
            effects.conditionChanged(child, condition);
        }
    }

    private static Condition condition(Child child, FailureRecord record, long now) {
        Condition.@Nullable Aside aside =
                child.isPutAside() || record.onTrial ? record.aside : null;
        return new Condition(
                aside,
                record.shortRuns,
                child.spec()
                        .restarts()
                        .budget()
                        .map(budget -> record.restarts(budget.intensity(), now))
                        .orElse(Condition.CLEAN.restarts()));
    }

    /** It goes on with a clean record. */
    void forgive(Child child) {
        forget(child);
        child.forgive();
    }

    /** Nothing of it is to outlive the JVM. */
    void forget(Child child) {
        if (child.isRecorded()) {
            tell(child, child.record(), Condition.CLEAN);
        }
    }

    /** It is up: forgets what is over by now, and looks again when more is. */
    void review(Child child, long now) {
        if (child.isRecorded() && isKept(child)) {
            long next = restarts.forgetWhatIsOver(child, now);
            tell(child, now);
            waits.review(child, now, next);
        }
    }
}
