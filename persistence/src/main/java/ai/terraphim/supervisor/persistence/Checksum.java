package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jdbi.v3.core.Handle;
import org.sqlite.Function;

/**
 * A checksum over the columns of a row: texts and bytes with their lengths, so that nothing can
 * move from one column to the next.
 */
final class Checksum {
    private static final int GATHERED = 128;

    private final CRC32C crc = new CRC32C();

    /** What is short goes to the CRC together, as a call of it takes as long as many bytes. */
    private final ByteBuffer gathered = ByteBuffer.allocate(GATHERED);

    Checksum add(long number) {
        room(Long.BYTES).putLong(number);
        return this;
    }

    Checksum addInt(int number) {
        room(Integer.BYTES).putInt(number);
        return this;
    }

    Checksum add(byte[] bytes) {
        return add(ByteBuffer.wrap(bytes));
    }

    /** What remains of a buffer that has an array; it stays as it is. */
    Checksum add(ByteBuffer bytes) {
        int length = bytes.remaining();
        int from = bytes.arrayOffset() + bytes.position();
        addInt(length);
        if (length <= GATHERED) {
            room(length).put(bytes.array(), from, length);
        } else {
            flush();
            crc.update(bytes.array(), from, length);
        }
        return this;
    }

    private ByteBuffer room(int bytes) {
        if (gathered.remaining() < bytes) {
            flush();
        }
        return gathered;
    }

    private void flush() {
        crc.update(gathered.array(), 0, gathered.position());
        gathered.clear();
    }

    Checksum add(String text) {
        return add(text.getBytes(UTF_8));
    }

    long value() {
        flush();
        return crc.getValue();
    }

    /** Sixteen bytes that no other text has. */
    static byte[] digest(String text) {
        try {
            byte[] all = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return Arrays.copyOf(all, 16);
        } catch (NoSuchAlgorithmException e) { // every JVM has it
            throw new IllegalStateException(e);
        }
    }

    /**
     * Lets the scripts of the layout call it, as {@code row_checksum}, and the digest, as {@code
     * stack_digest}.
     */
    static void register(Handle handle) throws SQLException {
        Function.create(
                handle.getConnection(),
                "row_checksum",
                new Function() {
                    private static final int INTEGER = 1;
                    private static final int BLOB = 4;

                    @Override
                    protected void xFunc() throws SQLException {
                        Checksum checksum = new Checksum();
                        for (int column = 0; column < args(); column++) {
                            switch (value_type(column)) {
                                case INTEGER -> checksum.add(value_long(column));
                                case BLOB -> checksum.add(value_blob(column));
                                default -> checksum.add(value_text(column));
                            }
                        }
                        result(checksum.value());
                    }
                });
        Function.create(
                handle.getConnection(),
                "stack_digest",
                new Function() {
                    @Override
                    protected void xFunc() throws SQLException {
                        result(digest(value_text(0)));
                    }
                });
    }
}
