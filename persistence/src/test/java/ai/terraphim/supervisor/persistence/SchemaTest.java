package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.event;
import static ai.terraphim.supervisor.persistence.StoreFixture.get;
import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.StorageException;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTest {
    private static final String SECOND =
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

    private static Schema current(String... andMore) throws Exception {
        try (var first = Schema.class.getResourceAsStream("schema-1.sql")) {
            List<String> scripts = new ArrayList<>();
            scripts.add(new String(first.readAllBytes(), UTF_8));
            scripts.addAll(List.of(andMore));
            return new Schema(scripts);
        }
    }

    @Test
    void anEmptyDatabaseIsBroughtToTheCurrentLayout() throws Exception {
        open(folder).close();
        assertThat(read("PRAGMA user_version")).containsExactly("" + Schema.current().version());
        assertThat(read("PRAGMA application_id")).containsExactly("" + Schema.APPLICATION_ID);
        assertThat(read("PRAGMA journal_mode")).containsExactly("wal");
        assertThat(read("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 1"))
                .containsExactlyInAnyOrder("meta", "checkpoint", "history", "run", "child");
    }

    @Test
    void anOlderDatabaseIsBroughtUpToDateAndKeepsWhatIsInIt() throws Exception {
        try (var store = open(folder)) {
            get(store.append(event(1, "root", 1)));
        }
        var newer = current(SECOND);
        try (var store = SqliteStore.open(folder, "newer", Settings.DEFAULT, newer)) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
        }
        assertThat(read("PRAGMA user_version")).containsExactly("2");
        assertThat(read("SELECT count(*) FROM extra")).containsExactly("0");
        assertThatThrownBy(() -> open(folder)).hasMessageContaining("newer supervisor");
    }

    @Test
    void aMigrationThatFailsLeavesTheDatabaseAsItWas() throws Exception {
        open(folder).close();
        var broken = current(SECOND, "CREATE TABLE extra (id)");
        assertThatThrownBy(() -> SqliteStore.open(folder, "newer", Settings.DEFAULT, broken))
                .isInstanceOf(StorageException.class);
        assertThat(read("PRAGMA user_version")).containsExactly("1");
        assertThat(read("SELECT name FROM sqlite_schema WHERE name = 'extra'")).isEmpty();
        open(folder).close();
    }
}
