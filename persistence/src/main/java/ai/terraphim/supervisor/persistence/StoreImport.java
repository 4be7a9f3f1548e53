package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes a store of what {@link StoreExport} has written, all of it or nothing. A line's fields that
 * are not known are ignored; kinds of lines that are not known are refused, as they stand for
 * something that would be lost.
 *
 * <p>The rows go into the layout that they come from, which is then brought up to date by the
 * scripts that bring a database up to date.
 */
public final class StoreImport {
    private static final int MAX_LINE = 64 << 20;

    private final Path source;
    private final InputStream in;
    private final Handle handle;
    private final MessageDigest digest = StoreExport.sha256();
    private final Map<Table, Insert> inserts = new EnumMap<>(Table.class);
    private final Map<String, Long> rows = new LinkedHashMap<>();
    private final byte[] buffer = new byte[1 << 16];
    private int next;
    private int end;
    private long line;

    private StoreImport(Path source, InputStream in, Handle handle) {
        this.source = source;
        this.in = in;
        this.handle = handle;
    }

    /**
     * Makes the store of a data folder, in which there must be none.
     *
     * @param file what {@link StoreExport#export} has made
     * @param dataFolder where the database is to be; made if there is none
     * @return what was read
     * @throws StorageException if there is a database, a supervisor runs on the folder, files
     *     cannot be read or written, or the file is not whole; it names the line. Nothing is left
     *     behind then
     */
    public static StoreExport.Summary importInto(Path file, Path dataFolder) {
        Path folder = dataFolder.toAbsolutePath();
        Path source = file.toAbsolutePath();
        if (!Files.isRegularFile(source)) {
            throw StoreBackup.failure(
                    "there is no file %s; name one that an export has made", source);
        }
        Database.createFolder(folder);
        OwnerLock ownerLock = OwnerLock.acquire(folder, "import");
        try {
            Database.loadLibrary();
            Path database = folder.resolve(Database.FILE);
            if (Files.exists(database)) {
                throw StoreBackup.failure(
                        "there is a database %s; move it away, or use another data folder",
                        database);
            }
            Path partial = folder.resolve(Database.FILE + ".imported");
            Files.deleteIfExists(partial);
            try {
                StoreExport.Summary summary;
                try (InputStream in = Files.newInputStream(source);
                        Handle handle = StoreBackup.database(partial).openNew()) {
                    summary = new StoreImport(source, in, handle).read();
                }
                // Of a database that was here once; this one is not behind them.
                Files.deleteIfExists(StoreBackup.journal(database));
                Files.deleteIfExists(folder.resolve(Database.FILE + "-shm"));
                Files.deleteIfExists(folder.resolve(HighWaterMark.FILE));
                StoreBackup.moveDurably(partial, database);
                return summary;
            } finally {
                Files.deleteIfExists(partial);
                Files.deleteIfExists(partial.resolveSibling(partial.getFileName() + "-journal"));
            }
        } catch (IOException | SQLException | RuntimeException e) {
            throw Faults.of("import " + source + " to", folder, e);
        } finally {
            ownerLock.release();
        }
    }

    private StoreExport.Summary read() throws IOException, SQLException {
        handle.execute("BEGIN IMMEDIATE");
        while (true) {
            byte[] bytes = nextLine();
            try {
                JsonNode object = RowJson.read(bytes);
                String kind = RowJson.text(object, RowJson.KIND);
                if (kind.equals(RowJson.END)) {
                    return finish(object);
                }
                digest.update(bytes);
                if (inserts.isEmpty()) {
                    begin(kind, object);
                } else {
                    insert(kind, object);
                }
            } catch (IllegalArgumentException e) {
                throw refusal(String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** Makes the layout that the rows come from. */
    private void begin(String kind, JsonNode object) throws SQLException {
        if (!kind.equals(Table.META.word())) {
            throw new IllegalArgumentException("an export begins with a line of kind 'meta'");
        }
        Schema current = Schema.current();
        long format = RowJson.number(object, "format");
        long layout = RowJson.number(object, "layout");
        if (format != StoreExport.FORMAT || layout < 1 || layout > current.version()) {
            throw new IllegalArgumentException(
                    "it was written by another version of the program (format %d, layout %d; this one reads format %d, layouts 1 to %d); use that version or newer"
                            .formatted(format, layout, StoreExport.FORMAT, current.version()));
        }
        current.upTo((int) layout).apply(handle);
        for (Table table : Table.values()) {
            Map<String, String> columns = table.columns(handle);
            if (!columns.isEmpty()) {
                inserts.put(table, Insert.prepare(handle, table, columns));
            }
        }
        handle.execute("DELETE FROM meta");
        insert(kind, object);
    }

    private void insert(String kind, JsonNode object) throws SQLException {
        Insert insert =
                inserts.values().stream()
                        .filter(each -> each.table().word().equals(kind))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "this program knows no rows of kind '" + kind + "'"));
        Map<String, Object> row = RowJson.columns(insert.columns(), object);
        insert.table().check(Row.of(row));
        try {
            insert.execute(row);
        } catch (SQLException e) {
            if (Faults.isAboutOneWrite(e)) {
                throw new IllegalArgumentException(
                        "the row contradicts one before it, or itself: "
                                + Faults.oneLine(String.valueOf(e.getMessage())),
                        e);
            }
            throw e;
        }
        rows.merge(kind, 1L, Long::sum);
    }

    private StoreExport.Summary finish(JsonNode object) throws IOException, SQLException {
        if (inserts.isEmpty()) {
            throw new IllegalArgumentException("there is nothing before the closing line");
        }
        String sha256 = HexFormat.of().formatHex(digest.digest());
        if (!RowJson.text(object, "sha256").equals(sha256)) {
            throw new IllegalArgumentException(
                    "the lines before this one are not those that were written: their SHA-256 is "
                            + sha256);
        }
        if (!RowJson.counts(object, "rows").equals(rows)) {
            throw new IllegalArgumentException("'rows' are not those that were read: " + rows);
        }
        if (more()) {
            throw new IllegalArgumentException("there is more after the closing line");
        }
        for (Insert insert : inserts.values()) {
            insert.close();
        }
        Schema.current().apply(handle);
        handle.execute("COMMIT");
        return new StoreExport.Summary(rows, List.of());
    }

    /** With its end, which only a line that is whole has. */
    private byte[] nextLine() throws IOException {
        line++;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (more()) {
            int from = next;
            while (next < end) {
                if (buffer[next++] == '\n') {
                    bytes.write(buffer, from, next - from);
                    return bytes.toByteArray();
                }
            }
            bytes.write(buffer, from, next - from);
            if (bytes.size() > MAX_LINE) {
                throw refusal("it has more than %d bytes".formatted(MAX_LINE), null);
            }
        }
        throw refusal(
                bytes.size() > 0
                        ? "the file ends in the middle of it"
                        : "the file ends without its closing line; something is missing",
                null);
    }

    private boolean more() throws IOException {
        if (next == end) {
            end = Math.max(0, in.read(buffer));
            next = 0;
        }
        return end > 0;
    }

    private StorageException refusal(String why, @Nullable Throwable cause) {
        return new StorageException(
                false,
                "%s, line %d: %s; nothing was imported, export it again or use another file"
                        .formatted(source, line, why),
                cause);
    }

    /** Puts the rows of a table into it. */
    private record Insert(Table table, Map<String, String> columns, PreparedStatement statement) {

        static Insert prepare(Handle handle, Table table, Map<String, String> columns)
                throws SQLException {
            String names = String.join(", ", columns.keySet());
            String marks =
                    columns.keySet().stream().map(_ -> "?").collect(Collectors.joining(", "));
            return new Insert(
                    table,
                    columns,
                    handle.getConnection()
                            .prepareStatement(
                                    "INSERT INTO %s (%s) VALUES (%s)"
                                            .formatted(table.word(), names, marks)));
        }

        void execute(Map<String, Object> row) throws SQLException {
            int parameter = 1;
            for (String column : columns.keySet()) {
                statement.setObject(
                        parameter++,
                        switch (column) {
                            case "checksum" -> table.checksum(Row.of(row));
                            case "id" -> 1;
                            default -> row.get(column);
                        });
            }
            statement.executeUpdate();
        }

        void close() throws SQLException {
            statement.close();
        }
    }
}
