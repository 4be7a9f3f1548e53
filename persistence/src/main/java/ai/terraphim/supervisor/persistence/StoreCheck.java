package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Looks at everything in a database: SQLite's integrity check, which compares tables with their
 * indexes, the checksum of each row, whether the store could use it, and the mark beside the
 * database. Changes nothing.
 */
public final class StoreCheck {
    private static final int MOST = 100;

    private StoreCheck() {}

    /**
     * What was found.
     *
     * @param layout the layout of the database
     * @param commits how many transactions it has seen
     * @param bytes how large it is, with what is free in it
     * @param rows how many rows there are of each kind, those that are damaged included
     * @param damage a line for each thing that is damaged, empty if nothing is
     */
    public record Report(
            int layout, long commits, long bytes, Map<String, Long> rows, List<String> damage) {
        /** Copies the collections; the kinds stay in their order. */
        public Report {
            rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
            damage = List.copyOf(damage);
        }

        /**
         * Whether nothing is damaged.
         *
         * @return what a command is to exit with success for
         */
        public boolean isSound() {
            return damage.isEmpty();
        }
    }

    /**
     * Looks at the store of a data folder, as it is at one moment, whether or not a supervisor runs
     * on it. Blocks while it reads: call it from a platform thread.
     *
     * @param dataFolder where the database is
     * @return what was found
     * @throws StorageException if there is no database of ours, or it cannot be opened at all
     */
    public static Report check(Path dataFolder) {
        Database database = StoreBackup.existing(dataFolder);
        try {
            Database.loadLibrary();
            Optional<HighWaterMark.Mark> mark = database.mark(); // first: it may grow meanwhile
            try (Handle handle = database.openReadOnly()) {
                handle.execute("BEGIN"); // all of it as of one moment
                Schema.current().checkIsOurs(handle, database.file());
                return report(handle, mark);
            }
        } catch (IOException | SQLException | RuntimeException e) {
            throw Faults.of("check", database.file(), e);
        }
    }

    private static Report report(Handle handle, Optional<HighWaterMark.Mark> mark)
            throws SQLException {
        List<String> damage = new ArrayList<>();
        handle.createQuery("PRAGMA integrity_check(" + MOST + ")")
                .mapTo(String.class)
                .filter(verdict -> !verdict.equals("ok"))
                .forEach(verdict -> damage.add("SQLite says: " + Faults.oneLine(verdict)));
        DamagedRows damagedRows = new DamagedRows();
        Map<String, Long> rows = new LinkedHashMap<>();
        for (Table table : Table.values()) {
            Map<String, String> columns = table.columns(handle);
            if (columns.isEmpty()) { // came with a later layout
                continue;
            }
            long[] count = {0};
            try {
                table.scan(
                        handle,
                        columns,
                        (row, isSound) -> {
                            count[0]++;
                            damagedRows.look(table, Row.of(row), isSound);
                        });
            } catch (SQLException e) { // the pages that come next cannot be found
                damage.add(
                        "%s cannot be read after %d rows: %s"
                                .formatted(
                                        table.word(),
                                        count[0],
                                        Faults.oneLine(String.valueOf(e.getMessage()))));
            }
            rows.put(table.word(), count[0]);
        }
        damage.addAll(damagedRows.lines());
        long commits = Schema.commits(handle);
        mark.filter(it -> it.commits() > commits)
                .ifPresent(it -> damage.add("the database " + it.missing(commits)));
        return new Report(Schema.version(handle), commits, bytes(handle), rows, damage);
    }

    private static long bytes(Handle handle) {
        return handle.createQuery(
                        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                .mapTo(long.class)
                .one();
    }
}
