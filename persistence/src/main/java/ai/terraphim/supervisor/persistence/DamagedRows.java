package ai.terraphim.supervisor.persistence;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Names damaged rows, as many as somebody may want to read, and counts the others. */
final class DamagedRows {
    /** How many are named. */
    static final int MOST = 1_000;

    private final List<String> lines = new ArrayList<>();
    private long count;

    /**
     * Looks at a row.
     *
     * @param isSound whether it has its checksum
     * @return whether the store can use it
     */
    boolean look(Table table, Row row, boolean isSound) throws SQLException {
        if (!isSound) {
            add(table, row, "has changed since it was saved: its checksum does not match");
            return false;
        }
        try {
            table.check(row);
            return true;
        } catch (IllegalArgumentException e) {
            add(table, row, "cannot be used: " + e.getMessage());
            return false;
        }
    }

    private void add(Table table, Row row, String why) throws SQLException {
        if (count++ < MOST) {
            lines.add(Faults.oneLine(table.describe(row) + " " + why));
        }
    }

    long count() {
        return count;
    }

    List<String> lines() {
        List<String> all = new ArrayList<>(lines);
        if (count > MOST) {
            all.add("and %d more".formatted(count - MOST));
        }
        return all;
    }
}
