package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.Handle;

/**
 * The layout of the database: numbered scripts, applied forward only. SQLite's {@code user_version}
 * says how many have been applied, its {@code application_id} that the file is ours.
 */
final class Schema {
    /** "TSUP". */
    static final int APPLICATION_ID = 0x54535550;

    /** The first layout that does. */
    private static final int COUNTS_COMMITS = 4;

    private final List<String> scripts;

    Schema(List<String> scripts) {
        this.scripts = List.copyOf(scripts);
    }

    /** The layout of this version of the program. */
    static Schema current() {
        return new Schema(
                List.of(
                        resource("schema-1.sql"),
                        resource("schema-2.sql"),
                        resource("schema-3.sql"),
                        resource("schema-4.sql"),
                        resource("schema-5.sql"),
                        resource("schema-6.sql"),
                        resource("schema-7.sql"),
                        resource("schema-8.sql"),
                        resource("schema-9.sql"),
                        resource("schema-10.sql")));
    }

    int version() {
        return scripts.size();
    }

    /** The layout of an older version of the program. */
    Schema upTo(int version) {
        return new Schema(scripts.subList(0, version));
    }

    /** Refuses a database that is not ours, is newer than we are, or is damaged. Writes nothing. */
    void check(Handle handle, Path file) {
        checkIsOurs(handle, file);
        for (Table table : Table.values()) {
            if (!table.columns(handle).isEmpty()) {
                String verdict =
                        handle.createQuery("PRAGMA %s('%s')".formatted(look(table), table.word()))
                                .mapTo(String.class)
                                .first(); // 'ok', or the first thing that is wrong
                if (!verdict.equals("ok")) {
                    throw new StorageException(
                            false,
                            "%s is damaged (%s); %s"
                                    .formatted(file, Faults.oneLine(verdict), Faults.REPLACE_IT),
                            null);
                }
            }
        }
    }

    /**
     * With its indexes, which takes twice as long, unless nothing but a list of facts could be
     * wrong for it.
     */
    private static String look(Table table) {
        return switch (table) {
            case HISTORY, STACK -> "quick_check";
            case META,
                    CHECKPOINT,
                    CHILD,
                    STOPPED,
                    CONDITION,
                    PLUGIN,
                    MESSAGE,
                    RUN,
                    ORPHAN,
                    INSTANCE ->
                    "integrity_check";
        };
    }

    /** Refuses a database that is not ours, or is newer than we are. */
    void checkIsOurs(Handle handle, Path file) {
        int applicationId = pragma(handle, "application_id");
        int version = version(handle);
        boolean empty =
                handle.createQuery("SELECT count(*) FROM sqlite_schema").mapTo(int.class).one()
                        == 0;
        if (applicationId != APPLICATION_ID && !(empty && applicationId == 0 && version == 0)) {
            throw new StorageException(
                    false,
                    "%s belongs to another program; use another data folder, or move the file away"
                            .formatted(file),
                    null);
        }
        if (version > version()) {
            throw new StorageException(
                    false,
                    "%s was written by a newer supervisor (layout %d, this one knows %d); use that version or newer, the file was not changed"
                            .formatted(file, version, version()),
                    null);
        }
    }

    /** The layout of a database, 0 for an empty one. */
    static int version(Handle handle) {
        return pragma(handle, "user_version");
    }

    /** How many transactions the database has seen, as far as it counts them. */
    static long commits(Handle handle) {
        return version(handle) < COUNTS_COMMITS
                ? 0
                : handle.createQuery("SELECT commits FROM meta").mapTo(long.class).one();
    }

    /** Applies what is missing, all of it or nothing. */
    void migrate(Handle handle) throws SQLException {
        Transaction.run(handle, () -> apply(handle));
    }

    /** Applies what is missing, in a transaction of the caller's. */
    void apply(Handle handle) throws SQLException {
        int version = version(handle);
        if (version < version()) {
            Checksum.register(handle);
            for (String script : scripts.subList(version, version())) {
                handle.createScript(script).executeAsSeparateStatements();
            }
            // A pragma takes no parameters.
            handle.execute("PRAGMA application_id = " + APPLICATION_ID);
            handle.execute("PRAGMA user_version = " + version());
        }
    }

    private static int pragma(Handle handle, String name) {
        return handle.createQuery("PRAGMA " + name).mapTo(int.class).one();
    }

    private static String resource(String name) {
        try (InputStream in = Schema.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
