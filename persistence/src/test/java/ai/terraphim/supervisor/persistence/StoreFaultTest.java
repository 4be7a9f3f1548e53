package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.MANY_PAGES;
import static ai.terraphim.supervisor.persistence.StoreFixture.connect;
import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.settings;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.failure;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static ai.terraphim.supervisor.testkit.StateStoreContract.valid;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.StoredChild;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers get when the disk, other programs or other callers misbehave. */
@Timeout(120)
class StoreFaultTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir Path folder;

    @Test
    void aFullDiskFailsTheWritesThatMeetItAndNoOthers() {
        try (var store = open(folder, settings(10_000, 300, Duration.ofSeconds(5)))) {
            var ballast = Map.of("ballast", "x".repeat(400_000));
            var big = AgentSpec.builder("big", "t").config(ballast).build();
            get(store.saveChild(new StoredChild(new SupervisorId("root"), big)));

            int fit = 0;
            StorageException full = null;
            while (full == null) {
                assertThat(fit).as("checkpoints that fit into 300 pages").isLessThan(300);
                var saved =
                        store.saveCheckpoint(
                                StoreFixture.checkpoint("root/" + fit, new byte[8_000]));
                if (get(saved.handle((_, e) -> e == null))) {
                    fit++;
                } else {
                    full = failure(saved);
                }
            }
            assertThat(full)
                    .hasMessageContaining("disk is full")
                    .hasMessageContaining(Database.FILE)
                    .returns(true, StorageException::isRecoverable);
            // Whole groups, too; and again and again.
            List<CompletionStage<Void>> group = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                var large = StoreFixture.checkpoint("root/full" + i, new byte[100_000]);
                group.add(store.saveCheckpoint(large));
            }
            group.forEach(w -> assertThat(failure(w)).hasMessageContaining("disk is full"));

            get(store.deleteChild("root/big")); // frees pages
            for (int i = 0; i < 5; i++) {
                get(
                        store.saveCheckpoint(
                                StoreFixture.checkpoint("root/after" + i, new byte[8_000])));
            }
            for (int i = 0; i < fit; i++) {
                assertThat(get(store.checkpoints(new AgentPid("root/" + i))).newest())
                        .as("acknowledged checkpoint %d", i)
                        .isPresent();
            }
        }
    }

    @Test
    void aLockedDatabaseFailsWritesUntilItIsFreeAgain() throws Exception {
        try (var store = open(folder, settings(10_000, MANY_PAGES, Duration.ofMillis(50)));
                Connection other = connect(folder);
                var statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertThat(failure(store.append(event(1, "root", 1))))
                    .hasMessageContaining("another program has locked")
                    .returns(true, StorageException::isRecoverable);
            statement.execute("ROLLBACK");
            get(store.append(event(1, "root", 1)));
        }
    }

    @Test
    void theQueueIsBoundedByBytesToo() throws Exception {
        try (var store = open(folder, settings(10_000, 1 << 20, MANY_PAGES, LONG));
                Connection other = connect(folder);
                var statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            List<CompletionStage<Void>> writes = new ArrayList<>();
            do { // whenever the writer takes its first group, at last the queue is full
                int i = writes.size();
                assertThat(i).as("a queue of ten and one group").isLessThan(300);
                writes.add(
                        store.saveCheckpoint(
                                StoreFixture.checkpoint("root/" + i, new byte[100_000])));
            } while (!writes.getLast().toCompletableFuture().isCompletedExceptionally());
            statement.execute("ROLLBACK");
            get(writes.getFirst());
        }
    }

    @Test
    void aWriteThatContradictsTheStoreDoesNotTakeItsNeighboursAlong() throws Exception {
        try (var store = open(folder, settings(1_000, MANY_PAGES, LONG));
                Connection other = connect(folder);
                var statement = other.createStatement()) {
            get(store.append(event(1, "root", 1)));
            statement.execute("BEGIN IMMEDIATE"); // so that they gather in one group, or two
            var first = store.append(event(2, "root", 2));
            var before = store.append(event(3, "root", 3));
            var twice = store.append(event(1, "root", 4));
            var after = store.saveCheckpoint(checkpoint("root/a", 1, 5, "s"));
            statement.execute("ROLLBACK");
            get(first);
            get(before);
            get(after);
            assertThat(failure(twice)).returns(false, StorageException::isRecoverable);
            assertThat(store.recover().lastRuns()).containsEntry("root", 3L);
        }
    }

    @Test
    void aLateWriterIsFenced() throws Exception {
        try (var store = open(folder)) {
            get(store.append(event(1, "root", 1)));
            sql(folder, "UPDATE meta SET epoch = epoch + 1, runtime = 'thief', pid = 4711");
            assertThat(failure(store.append(event(2, "root", 2))))
                    .hasMessageContaining("'thief' (pid 4711)")
                    .returns(false, StorageException::isRecoverable);
            failure(store.saveCheckpoint(checkpoint("root/a", 1, 1, "s")));
            failure(store.saveChild(child("root", "b", "t")));
            failure(store.deleteChild("root/b"));
            assertThat(store.recover().lastSeq()).isEqualTo(1);
            assertThat(get(store.checkpoints(new AgentPid("root/a")))).isEqualTo(valid());
        }
    }

    @Test
    void theEpochRisesAtEachOpen() throws Exception {
        for (int epoch = 1; epoch <= 3; epoch++) {
            open(folder).close();
            try (Connection other = connect(folder);
                    var statement = other.createStatement();
                    var row = statement.executeQuery("SELECT epoch FROM meta")) {
                assertThat(row.getLong(1)).isEqualTo(epoch);
            }
        }
    }
}
