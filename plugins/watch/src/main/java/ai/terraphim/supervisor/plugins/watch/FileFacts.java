package ai.terraphim.supervisor.plugins.watch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.function.BooleanSupplier;

/**
 * What is written down of a file.
 *
 * @param size in bytes
 * @param lines a last line without a line feed counts, too
 * @param sha256 in hexadecimal digits
 */
record FileFacts(long size, long lines, String sha256) {

    /**
     * Reads a file, in pieces, as it may be larger than the memory.
     *
     * @throws InterruptedException if a stop is asked for meanwhile
     */
    static FileFacts read(Path file, BooleanSupplier stop)
            throws IOException, InterruptedException {
        MessageDigest digest = newDigest();
        long size = 0;
        long lines = 0;
        byte last = '\n';
        byte[] bytes = new byte[64 * 1024];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (int count = channel.read(ByteBuffer.wrap(bytes));
                    count > 0;
                    count = channel.read(ByteBuffer.wrap(bytes))) {
                if (stop.getAsBoolean()) {
                    throw new InterruptedException("asked to stop while reading " + file);
                }
                digest.update(bytes, 0, count);
                for (int i = 0; i < count; i++) {
                    if (bytes[i] == '\n') {
                        lines++;
                    }
                }
                size += count;
                last = bytes[count - 1];
            }
        }
        return new FileFacts(
                size, last == '\n' ? lines : lines + 1, HexFormat.of().formatHex(digest.digest()));
    }

    /** As a line of JSON. */
    String line(String name, Instant at) {
        return "{\"name\":%s,\"size\":%d,\"lines\":%d,\"sha256\":\"%s\",\"at\":\"%s\"}\n"
                .formatted(Json.quote(name), size, lines, sha256, at);
    }

    /** The name in a line. */
    static String nameIn(String line) {
        return Json.unquote(line, "{\"name\":".length());
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
