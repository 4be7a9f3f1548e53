package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.RestartEntry;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest hundred restarts. One thread adds, at a constant price; others read at the same time.
 */
final class RecentRestarts {
    private static final int SHOWN = 100;

    /** A full page of older entries and one that fills up: each slot is written once. */
    private static final class Pages {
        final RestartEntry[] older;
        final RestartEntry[] newer = new RestartEntry[SHOWN];
        volatile int count;

        Pages(RestartEntry[] older) {
            this.older = older;
        }
    }

    private volatile @Nullable Pages pages;

    void add(RestartEntry entry) {
        Pages now = pages;
        if (now == null || now.count == SHOWN) {
            now = new Pages(now == null ? new RestartEntry[0] : now.newer);
            pages = now;
        }
        int count = now.count;
        now.newer[count] = entry;
        now.count = count + 1;
    }

    /** Oldest first. */
    List<RestartEntry> list() {
        Pages now = pages;
        if (now == null) {
            return List.of();
        }
        int count = now.count;
        int surplus = Math.max(0, now.older.length + count - SHOWN);
        RestartEntry[] shown =
                Arrays.copyOfRange(
                        now.older, surplus, surplus + Math.min(SHOWN, now.older.length + count));
        System.arraycopy(now.newer, 0, shown, now.older.length - surplus, count);
        return List.of(shown);
    }
}
