package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static ai.terraphim.supervisor.testkit.StateStoreContract.valid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StoreBackupTest {
    @TempDir Path temp;
    private Path data;
    private Path backup;

    @BeforeEach
    void names() {
        data = temp.resolve("data");
        backup = temp.resolve("backup.db");
    }

    private static long lastSeq(Path folder) {
        try (var store = open(folder)) {
            return store.recover().lastSeq();
        }
    }

    private void write(long from, long to) {
        try (var store = open(data)) {
            for (long seq = from; seq <= to; seq++) {
                get(store.append(event(seq, "root/a", 1)));
            }
        }
    }

    @Test
    void aBackupHoldsAllThatTheStoreDoesAndIsMadeWhileItIsOpen() {
        var state = checkpoint("root/a", 1, 1, "state");
        Path other = temp.resolve("other");
        try (var store = open(data)) {
            get(store.saveCheckpoint(state));
            get(store.saveChild(child("root", "b", "t")));
            get(store.saveStop(child("root", "c", "t")));
            get(store.append(event(1, "root/a", 1)));
            StoreBackup.backup(data, backup);
            get(store.append(event(2, "root/a", 1)));
        }
        assertThat(StoreBackup.restore(backup, other)).isEmpty();
        try (var store = open(other)) {
            assertThat(store.recover().children()).containsExactly(child("root", "b", "t"));
            assertThat(store.recover().stopped()).containsExactly(child("root", "c", "t"));
            assertThat(get(store.checkpoints(new AgentPid("root/a")))).isEqualTo(valid(state));
            assertThat(get(store.history(HistoryQuery.newest(10))))
                    .containsExactly(event(1, "root/a", 1));
        }
    }

    @Test
    void aBackupMadeUnderLoadHoldsWhatWasAcknowledgedBefore() throws Exception {
        try (var store = open(data)) {
            var stop = new AtomicBoolean();
            Thread writing =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (long seq = 1; !stop.get(); seq++) {
                                    get(store.append(event(seq, "root/a", 1)));
                                }
                            });
            long acknowledged = 0;
            while (acknowledged < 100) {
                acknowledged = store.recover().lastSeq();
            }
            StoreBackup.backup(data, backup);
            stop.set(true);
            writing.join();
            StoreBackup.restore(backup, temp.resolve("other"));
            assertThat(lastSeq(temp.resolve("other"))).isGreaterThanOrEqualTo(acknowledged);
        }
    }

    @Test
    void whatIsReplacedIsKeptAndTheMarkDoesNotStandInTheWay() throws IOException {
        write(1, 3);
        StoreBackup.backup(data, backup);
        write(4, 9);
        Path kept = StoreBackup.restore(backup, data).orElseThrow();
        assertThat(lastSeq(data)).isEqualTo(3);
        Path before = Files.createDirectory(temp.resolve("before"));
        Files.copy(kept, before.resolve(Database.FILE));
        assertThat(lastSeq(before)).isEqualTo(9);
    }

    @Test
    void aDamagedDatabaseIsReplacedToo() throws IOException {
        write(1, 3);
        StoreBackup.backup(data, backup);
        Files.writeString(data.resolve(Database.FILE), "no database");
        StoreBackup.restore(backup, data);
        assertThat(lastSeq(data)).isEqualTo(3);
    }

    @Test
    void nothingIsRestoredUnderARunningSupervisor() {
        write(1, 3);
        StoreBackup.backup(data, backup);
        try (var _ = open(data)) {
            assertThatThrownBy(() -> StoreBackup.restore(backup, data))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("in use by supervisor 'test'");
        }
    }

    @Test
    void aBackupThatIsNoneIsRefusedAndNothingIsChanged() throws IOException {
        write(1, 3);
        assertThatThrownBy(() -> StoreBackup.restore(backup, data))
                .hasMessageContaining("there is no backup " + backup);
        Files.writeString(backup, "dear diary");
        assertThatThrownBy(() -> StoreBackup.restore(backup, data))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("not a SQLite database");
        assertThat(lastSeq(data)).isEqualTo(3);
    }

    @Test
    void aFileThatIsThereIsNotOverwritten() throws IOException {
        write(1, 3);
        Files.writeString(backup, "precious");
        assertThatThrownBy(() -> StoreBackup.backup(data, backup))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("is there already");
        assertThat(backup).hasContent("precious");
    }

    @Test
    void aFolderWithoutADatabaseHasNothingToBackUp() {
        assertThatThrownBy(() -> StoreBackup.backup(data, backup))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("there is no database");
        assertThat(backup).doesNotExist();
    }
}
