package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.condition;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static ai.terraphim.supervisor.testkit.StateStoreContract.message;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class StoreCheckTest {
    @TempDir Path folder;

    @BeforeEach
    void fill() {
        try (var store = open(folder)) {
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "state"));
            store.saveCheckpoint(checkpoint("root/a", 2, 1, "state"));
            store.saveChild(child("root", "b", "t"));
            store.saveStop(child("root", "c", "t"));
            store.saveChild(child("root", "d", "t"));
            store.saveCheckpoint(checkpoint("root/d", 1, 1, "state"));
            store.deleteChild("root/d");
            store.saveCondition(condition(child("root", "d", "t"), 1));
            store.saveMessage(message(1, "root/a", "text"));
            get(store.append(event(1, "root/a", 1)));
        }
    }

    private List<String> damage() {
        var report = StoreCheck.check(folder);
        assertThat(report.isSound()).isEqualTo(report.damage().isEmpty());
        return report.damage();
    }

    @Test
    void aSoundStoreIsCountedAlsoWhileItIsWrittenTo() {
        try (var store = open(folder)) {
            get(store.append(event(2, "root/a", 1)));
            var report = StoreCheck.check(folder);
            assertThat(report.damage()).isEmpty();
            assertThat(report.rows())
                    .containsEntry("checkpoint", 3L)
                    .containsEntry("orphan", 1L)
                    .containsEntry("child", 1L)
                    .containsEntry("stopped", 1L)
                    .containsEntry("condition", 1L)
                    .containsEntry("message", 1L)
                    .containsEntry("run", 1L)
                    .containsEntry("history", 2L);
        }
        assertThat(damage()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "UPDATE checkpoint SET run = 9 WHERE number = 2, checkpoint 2 of root/a",
        "UPDATE child SET spec = '{}', the added child root/b",
        "UPDATE stopped SET supervisor = 'top', the stopped child root/c",
        "UPDATE condition SET aside = 'parked', the record of restarts of root/d",
        "UPDATE message SET type = 'x', the parked message 1 of root/a",
        "UPDATE run SET last = 9, the run number of root/a",
        "UPDATE orphan SET since = 9, what is known of the orphan root/d",
        "UPDATE history SET reason = 'x', fact 1 of root/a",
    })
    void aRowThatHasChangedIsNamed(String change, String row) throws Exception {
        sql(folder, change);
        assertThat(damage())
                .containsExactly(
                        row + " has changed since it was saved: its checksum does not match");
    }

    @Test
    void aRowThatAnIndexDoesNotKnowIsSeen() throws Exception {
        sql(
                folder,
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_run_1') WHERE name = 'sqlite_autoindex_child_1'");
        assertThat(damage()).isNotEmpty().allMatch(line -> line.startsWith("SQLite says: "));
    }

    @Test
    void aDatabaseThatIsBehindItsMarkIsSeen() throws Exception {
        Path old = Files.copy(folder.resolve(Database.FILE), folder.resolve("old"));
        try (var store = open(folder)) {
            get(store.append(event(2, "root/a", 1)));
        }
        Files.move(old, folder.resolve(Database.FILE), REPLACE_EXISTING);
        assertThat(damage()).singleElement().asString().contains("its journal was damaged or lost");
    }

    @Test
    void whatIsNoDatabaseOfOursIsRefused() throws Exception {
        Files.writeString(folder.resolve(Database.FILE), "no database");
        assertThatThrownBy(() -> StoreCheck.check(folder)).isInstanceOf(StorageException.class);
        Files.delete(folder.resolve(Database.FILE));
        assertThatThrownBy(() -> StoreCheck.check(folder))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("there is no database");
    }
}
