package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static ai.terraphim.supervisor.testkit.StateStoreContract.valid;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
    private static final String NEXT =
            """
            -- a comment; with a semicolon
            ALTER TABLE history ADD COLUMN cost INTEGER;
            CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;
            """;

    @TempDir Path folder;

    private List<String> read(String sql) throws Exception {
        try (Connection connection = StoreFixture.connect(folder);
                var handle = Jdbi.open(connection)) {
            return handle.createQuery(sql).mapTo(String.class).list();
        }
    }

    private static final int CURRENT = Schema.current().version();

    /** The layout after a number of scripts, and what may come after them one day. */
    private static Schema layout(int version, String... andMore) throws Exception {
        List<String> scripts = new ArrayList<>();
        for (int i = 1; i <= version; i++) {
            try (var script = Schema.class.getResourceAsStream("schema-" + i + ".sql")) {
                scripts.add(new String(script.readAllBytes(), UTF_8));
            }
        }
        scripts.addAll(List.of(andMore));
        return new Schema(scripts);
    }

    @Test
    void anEmptyDatabaseIsBroughtToTheCurrentLayout() throws Exception {
        open(folder).close();
        assertThat(read("PRAGMA user_version")).containsExactly("" + CURRENT);
        assertThat(read("PRAGMA application_id")).containsExactly("" + Schema.APPLICATION_ID);
        assertThat(read("PRAGMA journal_mode")).containsExactly("wal");
        assertThat(read("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 1"))
                .containsExactlyInAnyOrder(
                        "meta",
                        "checkpoint",
                        "history",
                        "run",
                        "child",
                        "stopped",
                        "stack",
                        "condition",
                        "orphan",
                        "message",
                        "plugin",
                        "instance");
    }

    @Test
    void anOlderDatabaseIsBroughtUpToDateAndKeepsWhatIsInIt() throws Exception {
        try (var store = open(folder)) {
            get(store.append(event(1, "root", 1)));
        }
        var newer = layout(CURRENT, NEXT);
        try (var store =
                SqliteStore.open(folder, "newer", Settings.of(StoreOptions.DEFAULT), newer)) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
        }
        assertThat(read("PRAGMA user_version")).containsExactly("" + (CURRENT + 1));
        assertThat(read("SELECT count(*) FROM extra")).containsExactly("0");
        assertThatThrownBy(() -> open(folder)).hasMessageContaining("newer supervisor");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void eachLayoutThatWasReleasedIsBroughtUpToDate(int version) throws Exception {
        String stack = "at a.line(Of.code)\n".repeat(20);
        var state =
                new Change.Checkpoint(
                        "root/a", 0, 3, 7, 42, "text/plain", 2, "state".getBytes(UTF_8), "", 0);
        try (Connection connection = StoreFixture.connect(folder);
                var handle = Jdbi.open(connection)) {
            layout(version).migrate(handle);
            handle.execute(
                    "INSERT INTO history VALUES (1, 0, 'root', 1, 'child.exited', '', ?)", stack);
            handle.execute(
                    "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    state.path(),
                    state.run(),
                    state.epoch(),
                    state.at(),
                    state.contentType(),
                    state.stateVersion(),
                    state.checksum(),
                    state.state());
        }
        var pid = new AgentPid(state.path());
        try (var store = open(folder)) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
            assertThat(get(store.history(HistoryQuery.newest(1))))
                    .singleElement()
                    .returns(stack, SupervisionEvent::detail);
            assertThat(get(store.checkpoints(pid)))
                    .isEqualTo(valid(state.stored(pid, new Plugins())));
        }
        assertThat(read("PRAGMA user_version")).containsExactly("" + CURRENT);
        Path kept = folder.resolve(Database.FILE + ".layout-" + version);
        Path older = Files.createDirectory(folder.resolve("older"));
        Files.copy(kept, older.resolve(Database.FILE));
        try (Connection connection = StoreFixture.connect(older);
                var handle = Jdbi.open(connection)) {
            assertThat(Schema.version(handle)).isEqualTo(version);
        }
        try (var store = open(older)) {
            assertThat(get(store.checkpoints(pid)))
                    .isEqualTo(valid(state.stored(pid, new Plugins())));
        }
    }

    @Test
    void aMigrationThatFailsLeavesTheDatabaseAsItWas() throws Exception {
        open(folder).close();
        var broken = layout(CURRENT, NEXT, "CREATE TABLE extra (id)");
        assertThatThrownBy(() ->
                        SqliteStore.open(
                                folder, "newer", Settings.of(StoreOptions.DEFAULT), broken))
                .isInstanceOf(StorageException.class);
        assertThat(read("PRAGMA user_version")).containsExactly("" + CURRENT);
        assertThat(read("SELECT name FROM sqlite_schema WHERE name = 'extra'")).isEmpty();
        open(folder).close();
    }
}
