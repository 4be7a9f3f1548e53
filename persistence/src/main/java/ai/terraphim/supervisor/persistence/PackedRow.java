package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/**
 * A state as one text of its row's columns, so that many rows come with one call of the driver,
 * which takes longer than all that SQLite does for a row. A text that has a separator where none
 * belongs makes a row that is not sound.
 */
final class PackedRow {
    /** Of a state and the ids that are part of it. */
    static final int MAX_BYTES = 64 << 10;

    /** What SQLite packs. Of a large state, whose pages are not read, it ends with the path. */
    static final String SQL =
            """
            CASE WHEN octet_length(state) + octet_length(handled) <= %d THEN
                concat_ws(char(%d), octet_length(path), run, path,
                    number, epoch, at, state_version, checksum, plugin, content_type, handled, state)
            ELSE
                concat_ws(char(%<d), octet_length(path), run, path)
            END\
            """
                    .formatted(MAX_BYTES, Fields.SEPARATOR);

    /** A checksum that no row has. */
    private static final long NONE = -1;

    private final ByteBuffer path;
    private final long run;
    private final long number;
    private final long epoch;
    private final long at;
    private final int stateVersion;
    private final long checksum;
    private final long plugin;
    private final ByteBuffer contentType;
    private final ByteBuffer handled;
    private final ByteBuffer state;

    PackedRow(ByteBuffer packed) {
        Fields fields = new Fields(packed);
        int pathLength = (int) fields.number();
        run = fields.number();
        path = fields.text(pathLength);
        number = fields.number();
        epoch = fields.number();
        at = fields.number();
        stateVersion = (int) fields.number();
        checksum = fields.hasNext() ? fields.number() : NONE;
        plugin = fields.number();
        contentType = fields.text();
        handled = fields.text();
        state = fields.rest();
    }

    String path() {
        return string(path);
    }

    long run() {
        return run;
    }

    long number() {
        return number;
    }

    String contentType() {
        return string(contentType);
    }

    /** Whether it is whole, and as it was saved. */
    boolean isSound() {
        return checksum
                == Change.Checkpoint.checksum(
                        path,
                        number,
                        run,
                        epoch,
                        at,
                        contentType,
                        stateVersion,
                        state,
                        handled,
                        plugin);
    }

    /**
     * @param type its content type, which many rows share
     */
    Change.Checkpoint checkpoint(String type) {
        byte[] bytes = new byte[state.remaining()];
        state.get(state.position(), bytes);
        return new Change.Checkpoint(
                path(), number, run, epoch, at, type, stateVersion, bytes, string(handled), plugin);
    }

    private static String string(ByteBuffer text) {
        return new String(
                text.array(), text.arrayOffset() + text.position(), text.remaining(), UTF_8);
    }

    /** What is between separators; nothing and 0 at the end. */
    static final class Fields {
        static final byte SEPARATOR = 31;

        private final byte[] bytes;
        private final int end;
        private int at;

        Fields(ByteBuffer all) {
            bytes = all.array();
            at = all.arrayOffset() + all.position();
            end = at + all.remaining();
        }

        boolean hasNext() {
            return at < end;
        }

        long number() {
            boolean isNegative = at < end && bytes[at] == '-';
            if (isNegative) {
                at++;
            }
            long number = 0;
            for (; !isAtSeparator(); at++) {
                number = number * 10 + bytes[at] - '0';
            }
            skipSeparator();
            return isNegative ? -number : number;
        }

        ByteBuffer text() {
            int begin = at;
            while (!isAtSeparator()) {
                at++;
            }
            return textFrom(begin);
        }

        ByteBuffer text(int length) {
            at += length;
            return textFrom(at - length);
        }

        ByteBuffer rest() {
            return text(end - at);
        }

        private ByteBuffer textFrom(int begin) {
            ByteBuffer text = ByteBuffer.wrap(bytes, begin, at - begin);
            skipSeparator();
            return text;
        }

        private boolean isAtSeparator() {
            return at == end || bytes[at] == SEPARATOR;
        }

        private void skipSeparator() {
            if (at < end) {
                at++;
            }
        }
    }
}
