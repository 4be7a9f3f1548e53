package ai.terraphim.supervisor.runtime.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Keeps private copies of plugin jars, named by their digest. Classes are loaded from the copies,
 * so overwriting a jar in the plugins folder cannot break a plugin that runs. A copy is complete
 * from the moment it has its name.
 */
final class JarCache {
    private final Path folder;

    JarCache(Path folder) {
        this.folder = folder.toAbsolutePath();
    }

    /** A private copy and its digest in hex. */
    record Copy(Path file, String sha256) {}

    Copy add(Path jar) throws IOException {
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, "copy", ".part");
        try {
            String sha256 = digest(jar, Files.newOutputStream(part));
            Path target = folder.resolve(sha256 + ".jar");
            // A copy of the last time is used again only if it is still what its name says.
            if (!Files.exists(target)
                    || !digest(target, OutputStream.nullOutputStream()).equals(sha256)) {
                Files.move(
                        part,
                        target,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            }
            return new Copy(target, sha256);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Copies a file and closes the output. */
    private static String digest(Path file, OutputStream output) throws IOException {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
        try (output;
                InputStream input = new DigestInputStream(Files.newInputStream(file), sha256)) {
            input.transferTo(output);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }
}
