package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.MANY_PAGES;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.failure;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.store.StoreFigures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators ask of a store while it is open. */
class MaintenanceTest {
    @TempDir Path folder;

    @Test
    void figuresFollowTheFiles() throws Exception {
        try (var store = StoreFixture.open(folder)) {
            assertThat(store.maintenance().orElseThrow().figures().commitP99()).isEmpty();
            get(store.saveCheckpoint(checkpoint("root/a", 1, 1, "s".repeat(100_000))));
            StoreFigures figures = store.maintenance().orElseThrow().figures();
            assertThat(figures.fileBytes()).isEqualTo(Files.size(folder.resolve(Database.FILE)));
            assertThat(figures.journalBytes()).isGreaterThan(100_000);
            assertThat(figures.pendingWrites()).isZero();
            assertThat(figures.commitP99()).hasValueSatisfying(it -> assertThat(it).isPositive());
        }
    }

    @Test
    void writesThatWaitArePending() throws Exception {
        var settings = StoreFixture.settings(100, MANY_PAGES, Duration.ofMinutes(1));
        CompletionStage<Void> first;
        try (var store = StoreFixture.open(folder, settings)) {
            try (var other = StoreFixture.connect(folder);
                    var statement = other.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                first = store.append(event(1, "root/a", 1));
                while (store.maintenance().orElseThrow().figures().pendingWrites() > 0) {
                    Thread.onSpinWait(); // until the writer has it in hand, which waits for us
                }
                for (int seq = 2; seq <= 20; seq++) {
                    store.append(event(seq, "root/a", 1));
                }
                assertThat(store.maintenance().orElseThrow().figures().pendingWrites())
                        .isEqualTo(19);
                statement.execute("ROLLBACK");
            }
            get(first);
            get(store.append(event(21, "root/a", 1)));
            assertThat(store.maintenance().orElseThrow().figures().pendingWrites()).isZero();
        }
    }

    @Test
    void theJournalIsEmptiedAndACopyFromElsewhereIsWholeNevertheless() throws Exception {
        var last = checkpoint("root/a", 1, 1, "last");
        try (var store = StoreFixture.open(folder)) {
            get(store.append(event(1, "root/a", 1)));
            get(store.maintenance().orElseThrow().emptyJournal());
            assertThat(StoreBackup.journal(folder.resolve(Database.FILE))).isEmptyFile();
            try (var read =
                    new Database(folder.resolve(Database.FILE), Settings.of(StoreFixture.KEEP_ALL))
                            .openReadOnly()) {
                get(store.saveCheckpoint(last));
                assertThat(
                                read.createQuery("SELECT count(*) FROM checkpoint")
                                        .mapTo(int.class)
                                        .one())
                        .as("a reader that came while the journal was empty looks for a new one")
                        .isEqualTo(1);
            }
            assertThat(get(store.checkpoints(last.pid())).newest()).contains(last);
        }
    }

    @Test
    void theJournalStaysWhileOthersReadFromItAndTheStoreGoesOn() throws Exception {
        try (var store = StoreFixture.open(folder)) {
            get(store.append(event(1, "root/a", 1)));
            try (var reader = StoreFixture.connect(folder);
                    var statement = reader.createStatement()) {
                statement.execute("BEGIN");
                statement.executeQuery("SELECT count(*) FROM history").close();
                assertThat(failure(store.maintenance().orElseThrow().emptyJournal()))
                        .hasMessageContaining("others read from it")
                        .returns(true, StorageException::isRecoverable);
                get(store.append(event(2, "root/a", 1)));
            }
            get(store.maintenance().orElseThrow().emptyJournal());
        }
    }

    @Test
    void aBackupHoldsWhatWasAcknowledgedAndReplacesNothing() throws Exception {
        var saved = checkpoint("root/a", 1, 1, "saved");
        Path copy = folder.resolve("copy.db");
        try (var store = StoreFixture.open(folder.resolve("data"))) {
            get(store.saveCheckpoint(saved));
            get(store.maintenance().orElseThrow().backup(copy));
            assertThat(failure(store.maintenance().orElseThrow().backup(copy)))
                    .hasMessageContaining("is there already");
        }
        StoreBackup.restore(copy, folder.resolve("other"));
        try (var store = StoreFixture.open(folder.resolve("other"))) {
            assertThat(get(store.checkpoints(new AgentPid("root/a"))).newest()).contains(saved);
        }
    }

    @Test
    void aCheckSaysWhatIsDamaged() throws Exception {
        try (var store = StoreFixture.open(folder)) {
            get(store.saveCheckpoint(checkpoint("root/a", 1, 1, "state")));
            assertThat(get(store.maintenance().orElseThrow().quickCheck())).isEmpty();
            StoreFixture.sql(
                    folder,
                    "PRAGMA writable_schema = ON",
                    "UPDATE sqlite_schema SET sql = replace(sql, 'slot = number & 1', 'slot = 7')",
                    "PRAGMA writable_schema = RESET");
            assertThat(get(store.maintenance().orElseThrow().quickCheck()))
                    .containsExactly("CHECK constraint failed in checkpoint");
        }
    }

    @Test
    void aClosedStoreRefuses() {
        var store = StoreFixture.open(folder);
        store.close();
        assertThat(failure(store.maintenance().orElseThrow().quickCheck()))
                .hasMessageContaining("the store is closed")
                .returns(false, StorageException::isRecoverable);
    }

    @Test
    void ninetyNineOfAHundredCommitsAreWithinTheFigureAndOldOnesAreForgotten() {
        CommitTimes times = new CommitTimes();
        assertThat(times.p99()).isEmpty();
        times.add(7);
        assertThat(times.p99()).contains(Duration.ofNanos(7));
        for (int i = 0; i < CommitTimes.WINDOW; i++) {
            times.add(1_000_000 + i);
        }
        for (int nanos = 1; nanos <= CommitTimes.WINDOW; nanos++) {
            times.add(nanos);
        }
        assertThat(times.p99()).contains(Duration.ofNanos(1_014)); // of 1 to 1,024
    }
}
