package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.PluginVersion;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The versions of plugins whose agents have saved states. A state has only the number of one, which
 * is made of what the version is, so that nobody need ask which number it has. Any thread.
 */
final class Plugins {
    private final Map<PluginVersion, Long> numbers = new ConcurrentHashMap<>();
    private final Map<Long, PluginVersion> versions = new ConcurrentHashMap<>();

    /** The number of a version, 0 if there is none. */
    long number(Optional<PluginVersion> version) {
        return version.isEmpty() ? 0 : numbers.computeIfAbsent(version.get(), this::add);
    }

    private long add(PluginVersion version) {
        long number = numberOf(version);
        versions.put(number, version);
        return number;
    }

    static PluginVersion version(Row row) throws SQLException {
        return new PluginVersion(row.text("plugin"), row.text("version"), row.text("sha256"));
    }

    /** Remembers a version that the store knows. */
    void load(Row row) throws SQLException {
        var _ = number(Optional.of(version(row)));
    }

    static long numberOf(PluginVersion version) {
        String all = "%s\n%s\n%s".formatted(version.id(), version.version(), version.sha256());
        return ByteBuffer.wrap(Checksum.digest(all)).getLong();
    }

    static long checksum(long number, PluginVersion version) {
        return new Checksum()
                .add(number)
                .add(version.id())
                .add(version.version())
                .add(version.sha256())
                .value();
    }

    /** The version with a number; empty if it is not known, or there is none. */
    Optional<PluginVersion> version(long number) {
        return number == 0 ? Optional.empty() : Optional.ofNullable(versions.get(number));
    }
}
