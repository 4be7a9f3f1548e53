package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredChild;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Short words for the tests of the store. */
final class StoreFixture {
    static final Instant AT = Instant.parse("2026-02-03T04:05:06.123456789Z");
    static final int MANY_PAGES = Integer.MAX_VALUE;

    private StoreFixture() {}

    static SqliteStore open(Path folder) {
        return SqliteStore.open(folder, "test");
    }

    static SqliteStore open(Path folder, Settings settings) {
        return SqliteStore.open(folder, "test", settings, Schema.current());
    }

    /** Small bounds, so that they are reached. */
    static Settings settings(int maxQueued, int maxPages, Duration busyTimeout) {
        return new Settings(maxQueued, 64 << 20, maxPages, busyTimeout);
    }

    static StoredCheckpoint checkpoint(String path, long run, String state) {
        return checkpoint(path, run, state.getBytes(UTF_8));
    }

    static StoredCheckpoint checkpoint(String path, long run, byte[] state) {
        return new StoredCheckpoint(
                new AgentPid(path), run, AT, new Snapshot(state, "text/plain", 3));
    }

    static SupervisionEvent event(long seq, String path, long run) {
        return new SupervisionEvent(seq, AT, path, run, EventKind.CHILD_EXITED, "error: x", "more");
    }

    static StoredChild child(String supervisor, String id, String type) {
        return new StoredChild(new SupervisorId(supervisor), AgentSpec.of(id, type));
    }

    static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("the stage failed", e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("the stage did not complete", e);
        }
    }

    static StorageException failure(CompletionStage<?> stage) {
        Throwable thrown =
                catchThrowable(() -> stage.toCompletableFuture().get(30, TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        assertThat(thrown.getCause()).isInstanceOf(StorageException.class);
        assertThat(thrown.getCause().getMessage()).doesNotContain("\n");
        return (StorageException) thrown.getCause();
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
}
