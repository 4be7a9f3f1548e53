package ai.terraphim.supervisor.persistence;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;

/** The columns of a row by their names, wherever they come from. */
interface Row {
    long number(String column) throws SQLException;

    String text(String column) throws SQLException;

    byte[] bytes(String column) throws SQLException;

    /** The row at which a query is now. What is null, which only damage makes it, is empty. */
    static Row of(ResultSet results) {
        return new Row() {
            @Override
            public long number(String column) throws SQLException {
                return results.getLong(column);
            }

            @Override
            public String text(String column) throws SQLException {
                return Objects.requireNonNullElse(results.getString(column), "");
            }

            @Override
            public byte[] bytes(String column) throws SQLException {
                return Objects.requireNonNullElse(results.getBytes(column), new byte[0]);
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
                return (String) Objects.requireNonNull(columns.get(column), column);
            }

            @Override
            public byte[] bytes(String column) {
                return (byte[]) Objects.requireNonNull(columns.get(column), column);
            }
        };
    }
}
