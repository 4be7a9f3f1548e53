package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.MANY_PAGES;
import static ai.terraphim.supervisor.persistence.StoreFixture.connect;
import static ai.terraphim.supervisor.persistence.StoreFixture.settings;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.testkit.DurableStoreContract;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreContractTest extends DurableStoreContract {
    @TempDir Path folder;

    @Override
    protected StateStore open() {
        return StoreFixture.open(folder, settings(10_000, MANY_PAGES, Duration.ofMinutes(1)));
    }

    @Override
    protected void damage(AgentPid pid, long number) throws SQLException {
        sql(
                folder,
                "UPDATE checkpoint SET state = cast(substr(state, 2) || 'x' AS BLOB) WHERE path = '%s' AND number = %d"
                        .formatted(pid, number));
    }

    @Override
    protected AutoCloseable stall() throws SQLException {
        Connection other = connect(folder);
        try (var statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
        }
        return other; // to close it ends its transaction
    }

    @Override
    protected int maxWriteBytes() {
        return SqliteStore.MAX_WRITE_BYTES;
    }
}
