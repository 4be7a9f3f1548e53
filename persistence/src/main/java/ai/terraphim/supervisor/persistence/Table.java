package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ChildSpec;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * The tables of the database, for whoever looks at all of them: what their rows are called and
 * whether one is sound. A table that is not listed here fails a test.
 */
enum Table {
    /** One row, which has no checksum and is written anew by each commit. */
    META(false) {
        @Override
        String describe(Row row) {
            return "meta";
        }

        @Override
        long checksum(Row row) {
            return 0;
        }

        @Override
        void check(Row row) {}
    },
    CHECKPOINT(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "checkpoint %d of %s".formatted(row.number("number"), row.text("path"));
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Change.Checkpoint.of(row).checksum();
        }

        @Override
        void check(Row row) throws SQLException {
            var _ = Change.Checkpoint.of(row).stored(new AgentPid(row.text("path")), new Plugins());
        }
    },
    CHILD(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the added child " + row.text("path");
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Change.checksum(
                    row.text("path"),
                    row.number("position"),
                    row.text("supervisor"),
                    row.text("spec"));
        }

        @Override
        void check(Row row) throws SQLException {
            checkSpec(row);
        }
    },
    STOPPED(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the stopped child " + row.text("path");
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Change.checksum(row.text("path"), 0, row.text("supervisor"), row.text("spec"));
        }

        @Override
        void check(Row row) throws SQLException {
            checkSpec(row);
        }
    },
    CONDITION(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the record of restarts of " + row.text("path");
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Change.Condition.of(row).checksum();
        }

        @Override
        void check(Row row) throws SQLException {
            checkSpec(row);
            var _ = Change.Condition.of(row).stored();
        }
    },
    PLUGIN(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the plugin %s %s".formatted(row.text("plugin"), row.text("version"));
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Plugins.checksum(row.number("number"), Plugins.version(row));
        }

        @Override
        void check(Row row) throws SQLException {
            if (row.number("number") != Plugins.numberOf(Plugins.version(row))) {
                throw new IllegalArgumentException("'number' is not that of the other columns");
            }
        }
    },
    MESSAGE(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the parked message %d of %s".formatted(row.number("number"), row.text("path"));
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Change.Message.of(row).checksum();
        }

        @Override
        void check(Row row) throws SQLException {
            var _ = Change.Message.of(row).stored();
        }
    },
    RUN(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the run number of " + row.text("path");
        }

        @Override
        long checksum(Row row) throws SQLException {
            return checksumOfLast(row);
        }

        @Override
        void check(Row row) {}
    },
    ORPHAN(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "what is known of the orphan " + row.text("path");
        }

        @Override
        long checksum(Row row) throws SQLException {
            return new Checksum()
                    .add(row.text("path"))
                    .add(row.number("since"))
                    .add(row.number("run"))
                    .value();
        }

        @Override
        void check(Row row) throws SQLException {
            var _ = new AgentPid(row.text("path"));
        }
    },
    INSTANCE(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "the last instance of " + row.text("path");
        }

        @Override
        long checksum(Row row) throws SQLException {
            return checksumOfLast(row);
        }

        @Override
        void check(Row row) {}
    },
    HISTORY(true) {
        @Override
        String describe(Row row) throws SQLException {
            return "fact %d of %s".formatted(row.number("seq"), row.text("path"));
        }

        @Override
        long checksum(Row row) throws SQLException {
            return Change.Event.of(row, row.text("detail")).checksum();
        }

        @Override
        void check(Row row) throws SQLException {
            var _ = Change.Event.of(row, row.text("detail")).event();
        }
    },
    /** Its digest does what a checksum does. */
    STACK(false) {
        @Override
        String describe(Row row) throws SQLException {
            return "the stack of facts up to " + row.number("last");
        }

        @Override
        long checksum(Row row) {
            return 0;
        }

        @Override
        boolean isSound(Row row) throws SQLException {
            return Arrays.equals(Checksum.digest(row.text("text")), row.bytes("digest"));
        }

        @Override
        void check(Row row) throws SQLException {
            if (!isSound(row)) {
                throw new IllegalArgumentException("'digest' is not that of 'text'");
            }
        }
    };

    private final boolean hasChecksums;

    Table(boolean hasChecksums) {
        this.hasChecksums = hasChecksums;
    }

    /** Its name in the database, and the kind of its rows in an export. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a row is called in a message. */
    abstract String describe(Row row) throws SQLException;

    /** Whether a row is as it was saved, as far as that shows without its checksum. */
    boolean isSound(Row row) throws SQLException {
        return true;
    }

    /** What the checksum of a row has to be. */
    abstract long checksum(Row row) throws SQLException;

    /**
     * @throws IllegalArgumentException if the store could not use the row
     */
    abstract void check(Row row) throws SQLException;

    /** The names of its columns, and their types; none if this layout has no such table. */
    Map<String, String> columns(Handle handle) {
        Map<String, String> columns = new LinkedHashMap<>();
        handle.createQuery("SELECT name, type FROM pragma_table_info(:table)")
                .bind("table", word())
                .map((row, _) -> Map.entry(row.getString("name"), row.getString("type")))
                .forEach(column -> columns.put(column.getKey(), column.getValue()));
        return columns;
    }

    /** Whether its rows have checksums in a layout with these columns. */
    boolean hasChecksums(Map<String, String> columns) {
        return hasChecksums && columns.containsKey("checksum");
    }

    /** Does something with a row. */
    interface Visitor<X extends Exception> {
        void visit(ResultSet row, boolean isSound) throws SQLException, X;
    }

    /**
     * Reads it in the order in which it is stored, never through an index: a damaged index makes
     * rows unfindable without any error.
     */
    <X extends Exception> void scan(Handle handle, Map<String, String> columns, Visitor<X> visitor)
            throws SQLException, X {
        boolean checked = hasChecksums(columns);
        try (PreparedStatement query =
                        handle.getConnection()
                                .prepareStatement("SELECT * FROM " + word() + " NOT INDEXED");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                Row row = Row.of(rows);
                visitor.visit(
                        rows, checked ? checksum(row) == row.number("checksum") : isSound(row));
            }
        }
    }

    static long checksumOfLast(Row row) throws SQLException {
        return checksumOfLast(row.text("path"), row.number("last"));
    }

    /** Of a row with a number that was the last one. */
    static long checksumOfLast(String path, long last) {
        return new Checksum().add(path).add(last).value();
    }

    private static void checkSpec(Row row) throws SQLException {
        ChildSpec spec = SpecJson.read(row.text("spec"));
        String path = row.text("supervisor") + "/" + spec.id();
        if (!path.equals(row.text("path"))) {
            throw new IllegalArgumentException(
                    "'path' is %s, but supervisor and spec say %s"
                            .formatted(row.text("path"), path));
        }
    }
}
