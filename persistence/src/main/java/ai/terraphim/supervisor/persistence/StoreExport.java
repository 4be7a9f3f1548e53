package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.StorageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Everything that a store has, as JSON lines: to read it, to take it elsewhere, or to save what is
 * sound in a damaged database. The first line tells of the store, the last one how many rows of
 * each kind there are, and the SHA-256 of all the bytes before it.
 *
 * <p>Needs the memory of one row. The methods block while they read and write files: call them from
 * platform threads.
 */
public final class StoreExport {
    /** Raised when a reader of the last format could not read the next. */
    static final int FORMAT = 1;

    private StoreExport() {}

    /**
     * What was written or read.
     *
     * @param rows how many rows there are of each kind
     * @param leftOut a line for each row that was damaged and is not in the file, for 1,000 at
     *     most, and then their number
     */
    public record Summary(Map<String, Long> rows, List<String> leftOut) {
        /** Copies the collections; the kinds stay in their order. */
        public Summary {
            rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
            leftOut = List.copyOf(leftOut);
        }
    }

    /**
     * Writes everything that the store of a data folder has, as of one moment, whether or not a
     * supervisor runs on it, in this process or in another: that is never kept waiting, but its
     * journal grows meanwhile. The file appears under its name when it is complete and on the disk.
     *
     * <p>Rows that have changed since they were saved are left out.
     *
     * @param dataFolder where the database is
     * @param target the file to make; there must be none
     * @return what was written
     * @throws StorageException if there is no database of ours, it cannot be read to its end, or
     *     the file cannot be written
     */
    public static Summary export(Path dataFolder, Path target) {
        Database database = StoreBackup.existing(dataFolder);
        Path file = StoreBackup.absent(target);
        try {
            Database.loadLibrary();
            Path partial = file.resolveSibling(file.getFileName() + ".partial");
            try {
                Summary summary;
                try (Handle handle = database.openReadOnly();
                        OutputStream out =
                                new BufferedOutputStream(Files.newOutputStream(partial), 1 << 16)) {
                    Schema.current().checkIsOurs(handle, database.file());
                    summary = write(handle, out);
                }
                StoreBackup.moveDurably(partial, file);
                return summary;
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException | SQLException | RuntimeException e) {
            throw Faults.of("export " + database.file() + " to", file, e);
        }
    }

    private static Summary write(Handle handle, OutputStream target)
            throws IOException, SQLException {
        DigestOutputStream out = new DigestOutputStream(target, sha256());
        Map<String, Long> rows = new LinkedHashMap<>();
        DamagedRows leftOut = new DamagedRows();
        handle.execute("BEGIN"); // all tables as of one moment
        for (Table table : Table.values()) {
            Map<String, String> columns = table.columns(handle);
            if (columns.isEmpty()) { // came with a later layout
                continue;
            }
            long[] written = {0};
            table.<IOException>scan(
                    handle,
                    columns,
                    (row, isSound) -> {
                        if (!leftOut.look(table, Row.of(row), isSound)) {
                            return;
                        }
                        Map<String, Object> object = new LinkedHashMap<>();
                        object.put(RowJson.KIND, table.word());
                        if (table == Table.META) {
                            about(handle, object);
                        }
                        RowJson.put(object, columns, row);
                        out.write(RowJson.line(object).getBytes(UTF_8));
                        written[0]++;
                    });
            rows.put(table.word(), written[0]);
        }
        handle.execute("COMMIT");
        out.on(false);
        Map<String, Object> end = new LinkedHashMap<>();
        end.put(RowJson.KIND, RowJson.END);
        end.put("rows", rows);
        end.put("left_out", leftOut.count());
        end.put("sha256", HexFormat.of().formatHex(out.getMessageDigest().digest()));
        out.write(RowJson.line(end).getBytes(UTF_8));
        out.flush();
        return new Summary(rows, leftOut.lines());
    }

    private static void about(Handle handle, Map<String, Object> object) {
        object.put("format", FORMAT);
        object.put("layout", Schema.version(handle));
        object.put(
                "program",
                Optional.ofNullable(StoreExport.class.getPackage().getImplementationVersion())
                        .orElse("development"));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) { // every JDK has it
            throw new IllegalStateException(e);
        }
    }
}
