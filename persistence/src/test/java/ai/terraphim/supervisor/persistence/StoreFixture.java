package ai.terraphim.supervisor.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Short words for the tests of the store. */
final class StoreFixture {
    private static final Instant AT = Instant.parse("2026-02-03T04:05:06.123456789Z");

    /** The facts of tests are old. */
    static final StoreOptions KEEP_ALL =
            new StoreOptions(
                    Durability.FULL,
                    new HistoryLimits(HistoryLimits.MOST, Duration.ofDays(36_500)));

    static final int MANY_PAGES = Integer.MAX_VALUE;

    private StoreFixture() {}

    static SqliteStore open(Path folder) {
        return SqliteStore.open(folder, "test", KEEP_ALL);
    }

    static SqliteStore open(Path folder, Settings settings) {
        return SqliteStore.open(folder, "test", settings, Schema.current());
    }

    /** Small bounds, so that they are reached. */
    static Settings settings(int maxQueued, int maxPages, Duration busyTimeout) {
        return settings(maxQueued, 64 << 20, maxPages, busyTimeout);
    }

    static Settings settings(int maxQueued, long maxBytes, int maxPages, Duration busyTimeout) {
        return new Settings(
                KEEP_ALL,
                maxQueued,
                maxBytes,
                maxPages,
                busyTimeout,
                InstantSource.system(),
                64 << 20);
    }

    /** With so much room for states that are handed over. */
    static Settings handingOver(long maxBytes) {
        return new Settings(
                KEEP_ALL,
                10_000,
                64 << 20,
                MANY_PAGES,
                Duration.ofMinutes(1),
                InstantSource.system(),
                maxBytes);
    }

    /** The first state of an agent, of some size. */
    static StoredCheckpoint checkpoint(String path, byte[] state) {
        return new StoredCheckpoint(
                new AgentPid(path), 1, 1, AT, new Snapshot(state, "text/plain", 3));
    }

    /** A connection of another program, so to speak. */
    static Connection connect(Path folder) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(Database.FILE));
    }

    static void sql(Path folder, String... statements) throws SQLException {
        try (Connection connection = connect(folder);
                var statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** By another process: to open the files in this one would drop the locks it has on them. */
    static void copy(Path file, Path folder) throws Exception {
        var cp = new ProcessBuilder("cp", file.toString(), folder.toString()).inheritIO().start();
        assertThat(cp.waitFor()).isZero();
    }

    /** What can be compared: states are told one by one. */
    static Recovery withoutStates(Recovery all) {
        return new Recovery(
                all.lastSeq(),
                all.lastRuns(),
                all.children(),
                all.stopped(),
                all.conditions(),
                all.messages(),
                KnownStates.NONE);
    }
}
