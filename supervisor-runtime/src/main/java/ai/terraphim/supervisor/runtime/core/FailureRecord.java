package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a child that has failed is remembered for. Children that never failed have none, for there
 * may be a million of them.
 */
final class FailureRecord {
    /** Stands for no time at all. */
    static final long NEVER = Long.MAX_VALUE;

    /** Why it failed last, until it is up again; for people to see. */
    @Nullable ExitReason reason;

    /** How many failures in a row its backoff has seen, and how long it waited for the last. */
    int inARow;

    long waited;

    /** How many runs in a row were too short to be healthy. */
    int shortRuns;

    /** How many failures in a row were the fault of a dependency. */
    int dependencyFailures;

    /** Whether its newest run is the trial after a cool-down, and how it was put aside last. */
    boolean onTrial;

    Condition.@Nullable Aside aside;

    /** What was told of it that must outlive the JVM. */
    Condition told = Condition.CLEAN;

    /**
     * When what it waits for is over, or, while it is up, when there is less to remember; {@link
     * #NEVER} if that is no time.
     */
    long due = NEVER;

    /** What its restart waits for, if that is a dependency. */
    String dependency = "";

    private @Nullable RestartWindow budget;
    private boolean up;
    private long upSince;

    /** A start was ordered. */
    void starting() {
        up = false;
        due = NEVER;
    }

    /** The start was a success. */
    void up(long now) {
        up = true;
        upSince = now;
        reason = null;
    }

    /** Whether the newest run is up, or has lasted until now, for so long. */
    boolean hasRunFor(Duration time, long now) {
        return up && now - upSince >= RestartWindow.saturatedNanos(time);
    }

    /** When the newest run, which is up, has lasted for so long: in how many nanoseconds. */
    long hasRunIn(Duration time, long now) {
        return RestartWindow.saturatedNanos(time) - (now - upSince);
    }

    /** Counts one more restart against the child's own budget, or says that it is one too many. */
    boolean admits(RestartIntensity intensity, long now) {
        RestartWindow window = budget;
        if (window == null) {
            window = new RestartWindow();
            budget = window;
        }
        return window.admits(intensity, now);
    }

    /** When the child's own budget was used, as far as that still counts: see {@link Condition}. */
    List<Long> restarts(RestartIntensity intensity, long now) {
        return budget == null ? List.of() : budget.newest(intensity, now);
    }

    /** In how many nanoseconds none of these counts any more, {@link #NEVER} if none does now. */
    long restartsOverIn(RestartIntensity intensity, long now) {
        return budget == null ? NEVER : budget.emptyIn(intensity, now);
    }

    /** Takes up what is left of an earlier life of the JVM. */
    void restore(Condition left) {
        aside = left.aside();
        shortRuns = left.shortRuns();
        if (!left.restarts().isEmpty()) {
            budget = new RestartWindow(left.restarts());
        }
    }
}
