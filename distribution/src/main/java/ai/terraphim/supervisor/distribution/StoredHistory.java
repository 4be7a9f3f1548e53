package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.jmx.EventView;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the history of a home whose supervisor does not run: the first thing to do after it gave
 * up.
 */
final class StoredHistory {

    private StoredHistory() {}

    /** Whether there is a history, and nobody who would have to be asked for it. */
    static boolean isAtRest(Home home) {
        return Files.exists(home.data().resolve("supervisor.db"))
                && SqliteStore.owner(home.data()).isEmpty();
    }

    static List<EventView> read(Home home, String path, @Nullable Long since, int limit) {
        HistoryQuery query;
        try {
            query =
                    since == null
                            ? new HistoryQuery(
                                    Optional.of(path).filter(it -> !it.isEmpty()), 0, true, limit)
                            : new HistoryQuery(Optional.empty(), since, false, limit);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()), e);
        }
        try (SqliteStore store = SqliteStore.open(home.data(), "history")) {
            store.recover();
            List<SupervisionEvent> events = store.history(query).toCompletableFuture().join();
            return events.stream().map(EventView::of).toList();
        }
    }
}
