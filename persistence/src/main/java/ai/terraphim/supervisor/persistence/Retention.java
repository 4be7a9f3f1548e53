package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Keeps the history within its limits. The writer looks after it between two groups: after so many
 * writes, or so much time. A look deletes no more facts than the group before it can have brought,
 * so that the history does not outgrow it, and no commit waits for long.
 */
final class Retention {
    private static final int BATCH = 1_000;
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final HistoryLimits limits;
    private final InstantSource clock;
    private Instant lastLook = Instant.MIN;
    private int written;

    Retention(HistoryLimits limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** Whether it is time to look, now that so many more writes have been committed. */
    boolean isDue(int more) {
        written += more;
        return written >= BATCH || clock.instant().isAfter(lastLook.plus(PAUSE));
    }

    /**
     * Deletes the oldest facts that are too many or too old, some of them.
     *
     * @return whom they were about
     */
    Set<String> trim(Handle handle) {
        lastLook = clock.instant();
        int most = Math.max(BATCH, written);
        List<String> deleted =
                handle.createQuery(
                                """
                                DELETE FROM history WHERE seq IN (
                                    SELECT seq FROM (SELECT seq, at FROM history ORDER BY seq LIMIT :most)
                                    WHERE seq <= (SELECT max(seq) FROM history) - :facts OR at < :before)
                                RETURNING path\
                                """)
                        .bind("most", most)
                        .bind("facts", limits.maxFacts())
                        .bind("before", Change.nanos(lastLook.minus(limits.maxAge())))
                        .mapTo(String.class)
                        .list();
        written = deleted.size() < most ? 0 : most; // there may be more
        handle.createUpdate(
                        """
                        DELETE FROM stack WHERE digest IN (
                            SELECT digest FROM stack WHERE last < (SELECT min(seq) FROM history)
                            ORDER BY last LIMIT :most)\
                        """)
                .bind("most", most)
                .execute();
        return new HashSet<>(deleted);
    }
}
