package ai.terraphim.supervisor.persistence;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The columns of a row by their names, wherever they come from. */
interface Row {
    long number(String column) throws SQLException;

    String text(String column) throws SQLException;

    byte[] bytes(String column) throws SQLException;

    byte @Nullable [] bytesOrNull(String column) throws SQLException;

    /** The row at which a query is now. What it does not have is zero or empty. */
    static Row of(ResultSet results) {
        return new Row() {
            @Override
            public long number(String column) throws SQLException {
                return has(column) ? results.getLong(column) : 0;
            }

            @Override
            public String text(String column) throws SQLException {
                return has(column) ? Objects.requireNonNullElse(results.getString(column), "") : "";
            }

            @Override
            public byte[] bytes(String column) throws SQLException {
                return Objects.requireNonNullElse(bytesOrNull(column), new byte[0]);
            }

            @Override
            public byte @Nullable [] bytesOrNull(String column) throws SQLException {
                return has(column) ? results.getBytes(column) : null;
            }

            // It came with a later layout, or not.
            private boolean has(String column) {
                try {
                    return results.findColumn(column) > 0;
                } catch (SQLException _) {
                    return false;
                }
            }
        };
    }

    /** A row that is kept: numbers as {@link Long}. What it does not have is zero or empty. */
    static Row of(Map<String, Object> columns) {
        return new Row() {
            @Override
            public long number(String column) {
                return (long) columns.getOrDefault(column, 0L);
            }

            @Override
            public String text(String column) {
                return (String) columns.getOrDefault(column, "");
            }

            @Override
            public byte[] bytes(String column) {
                return Objects.requireNonNullElse(bytesOrNull(column), new byte[0]);
            }

            @Override
            public byte @Nullable [] bytesOrNull(String column) {
                return (byte[]) columns.get(column);
            }
        };
    }
}
