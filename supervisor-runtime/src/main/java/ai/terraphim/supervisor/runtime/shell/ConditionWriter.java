package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import ai.terraphim.supervisor.runtime.core.Condition;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Has the store know how children stand with their restarts. Nobody waits for it. Any thread. */
final class ConditionWriter {
    /** So long ago that it makes no difference any more, and can be counted in nanoseconds. */
    private static final Duration OLDEST = Duration.ofDays(36_500);

    /** How much is kept of why a child was put aside: it may quote what an agent has thrown. */
    private static final int MAX_WHY = 1_000;

    private final StateStore store;
    private final Time time;

    /** By the paths of the children. */
    private final RetriedWrites<String> writes;

    ConditionWriter(StateStore store, Time time) {
        this.store = store;
        this.time = time;
        this.writes = new RetriedWrites<>(time);
    }

    /**
     * Has the store know how a child stands.
     *
     * @param isStale whether the child's supervisor has been replaced, and is to write no more
     */
    void save(StoredChild child, Condition condition, BooleanSupplier isStale) {
        if (condition.equals(Condition.CLEAN)) {
            writes.write(child.path(), () -> store.deleteCondition(child.path()), isStale);
        } else {
            StoredCondition stored = stored(child, condition);
            writes.write(child.path(), () -> store.saveCondition(stored), isStale);
        }
    }

    /** Has the store forget how a child stands that is not what it was. */
    void delete(String path) {
        writes.write(path, () -> store.deleteCondition(path));
    }

    /**
     * Does something by which the store forgets the children below a path, and perhaps the one at
     * it.
     */
    CompletionStage<Void> forget(
            String path, boolean itself, Supplier<CompletionStage<Void>> deletion) {
        return writes.forget(
                it -> it.startsWith(path + '/') || (itself && it.equals(path)), deletion);
    }

    /** Hands what waits to the store, which is about to be closed. */
    void close() {
        writes.close();
    }

    // ---- between the clocks
    // ------------------------------------------------------------------------------------

    private StoredCondition stored(StoredChild child, Condition condition) {
        Instant now = time.now();
        long nanos = time.nanoTime();
        return new StoredCondition(
                child,
                Optional.ofNullable(condition.aside())
                        .map(aside ->
                                new Aside(
                                        aside.cools() ? Kind.COOLING : Kind.PARKED,
                                        now.minusNanos(nanos - aside.since()),
                                        aside.time(),
                                        cut(aside.why()))),
                condition.shortRuns(),
                condition.restarts().stream()
                        .map(restart -> now.minusNanos(nanos - restart))
                        .toList());
    }

    private static String cut(String why) {
        return why.length() > MAX_WHY ? why.substring(0, MAX_WHY - 4) + " ..." : why;
    }

    /**
     * How a child stands now. The time of day may have been set meanwhile: what would lie ahead
     * counts as now.
     */
    static Condition restored(StoredCondition stored, Instant now, long nanos) {
        return new Condition(
                stored.aside()
                        .map(aside ->
                                new Condition.Aside(
                                        aside.kind() == Kind.COOLING,
                                        nanos - age(aside.since(), now),
                                        aside.time(),
                                        aside.why()))
                        .orElse(null),
                stored.shortRuns(),
                stored.restarts().stream().map(restart -> nanos - age(restart, now)).toList());
    }

    /** Whether the time of day was set back so far that some of it lies ahead. */
    static boolean liesAhead(StoredCondition stored, Instant now) {
        return stored.aside().filter(aside -> aside.since().isAfter(now)).isPresent()
                || stored.restarts().stream().anyMatch(restart -> restart.isAfter(now));
    }

    private static long age(Instant at, Instant now) {
        Duration age = Duration.between(at, now);
        return age.isNegative() ? 0 : (age.compareTo(OLDEST) > 0 ? OLDEST : age).toNanos();
    }
}
