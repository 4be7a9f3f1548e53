package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.StorageException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * From which checkpoint the next run of an agent begins: the newest, unless runs that began from it
 * have failed again and again; see {@link Checkpoints}. It knows only agents that have failed so
 * and have saved nothing since. Any thread; the runs of one agent come one after the other.
 */
final class RestoreLadder {

    /** From what a run begins. */
    enum Rung {
        NEWEST,
        PREVIOUS,
        FRESH;

        private Rung next() {
            return this == NEWEST ? PREVIOUS : FRESH;
        }
    }

    /**
     * How far down an agent is.
     *
     * @param failures how many runs in a row have failed there
     */
    private record Step(Rung rung, int failures) {}

    private static final Step TOP = new Step(Rung.NEWEST, 0);

    private final Map<AgentPid, Step> steps = new ConcurrentHashMap<>();

    Rung rung(AgentPid pid) {
        return steps.getOrDefault(pid, TOP).rung;
    }

    /**
     * A run is over that began from a checkpoint and has saved none.
     *
     * @param age how long it was
     */
    void ended(AgentPid pid, Checkpoints rules, ExitReason reason, Duration age) {
        OptionalInt patience = rules.fallBackAfter();
        if (age.compareTo(rules.fallBackWithin()) > 0) {
            steps.computeIfPresent(pid, (_, step) -> new Step(step.rung, 0));
        } else if (patience.isPresent() && isToBlame(reason)) {
            Step step = steps.getOrDefault(pid, TOP);
            steps.put(
                    pid,
                    step.failures + 1 < patience.getAsInt()
                            ? new Step(step.rung, step.failures + 1)
                            : new Step(step.rung.next(), 0));
        }
    }

    /** The agent has a new checkpoint. */
    void forget(AgentPid pid) {
        if (!steps.isEmpty()) {
            steps.remove(pid);
        }
    }

    /** A child is gone for good, with all below it. */
    void forgetAll(AgentPid pid) {
        if (!steps.isEmpty()) {
            String below = pid.path() + '/';
            steps.keySet().removeIf(it -> it.equals(pid) || it.path().startsWith(below));
        }
    }

    /** Whether the state may be what ended its run; no kill, outage or failing store is. */
    private static boolean isToBlame(ExitReason reason) {
        return switch (reason) {
            case ExitReason.Error(var failure) ->
                    !failure.type().equals(StorageException.class.getName());
            case ExitReason.Timeout _ -> true;
            default -> false;
        };
    }
}
