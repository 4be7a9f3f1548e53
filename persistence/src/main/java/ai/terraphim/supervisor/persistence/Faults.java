package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Says in one line what failed, on which file, and what to do about it. */
final class Faults {
    private Faults() {}

    /** What to do about a database that cannot be trusted. */
    static final String REPLACE_IT =
            "keep it for inspection under another name, and put a backup in its place or begin with a new one";

    /**
     * @param doing what was tried, as in {@code cannot write to}
     */
    static StorageException of(String doing, Path file, Throwable thrown) {
        if (thrown instanceof StorageException already) {
            return already;
        }
        SQLiteErrorCode code = code(thrown);
        if (code == null) {
            return new StorageException(
                    false,
                    "cannot %s %s: %s".formatted(doing, file, oneLine(thrown.toString())),
                    thrown);
        }
        boolean recoverable = false;
        String why;
        switch (primary(code)) {
            case SQLITE_FULL -> {
                recoverable = true;
                why = "the disk is full; free space on it, earlier acknowledged writes are safe";
            }
            case SQLITE_BUSY, SQLITE_LOCKED -> {
                recoverable = true;
                why = "another program has locked the database; close that program";
            }
            case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH ->
                    why =
                            "it cannot be opened for writing; let this user write to the file and its folder";
            case SQLITE_NOTADB -> why = "this is not a SQLite database; " + REPLACE_IT;
            case SQLITE_CORRUPT -> why = "the database is damaged; " + REPLACE_IT;
            case SQLITE_IOERR ->
                    why =
                            "the disk reports an error; check the disk, its quotas and file size limits";
            case SQLITE_CONSTRAINT ->
                    why =
                            "the write contradicts what is stored; this is a defect, please report it";
            default -> why = "SQLite refuses: " + oneLine(String.valueOf(thrown.getMessage()));
        }
        return new StorageException(
                recoverable,
                "cannot %s %s: %s [%s]".formatted(doing, file, why, code.name()),
                thrown);
    }

    /** Whether one write of a group is to blame, so that the others would succeed without it. */
    static boolean isAboutOneWrite(Throwable thrown) {
        SQLiteErrorCode code = code(thrown);
        return code != null
                && switch (primary(code)) {
                    case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE -> true;
                    default -> false;
                };
    }

    /**
     * What the operating system says, without the path, which the messages of {@code java.nio}
     * repeat.
     */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException f) {
            String reason = f.getReason();
            return reason == null ? f.getClass().getSimpleName() : reason;
        }
        return oneLine(String.valueOf(e.getMessage()));
    }

    static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private static @Nullable SQLiteErrorCode code(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLiteException e) {
                return e.getResultCode();
            }
        }
        return null;
    }

    /** The low byte of an extended code is the primary one. */
    private static SQLiteErrorCode primary(SQLiteErrorCode code) {
        return SQLiteErrorCode.getErrorCode(code.code & 0xff);
    }
}
