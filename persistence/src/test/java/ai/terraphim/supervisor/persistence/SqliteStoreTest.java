package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.failure;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteStoreTest {
    @TempDir Path folder;

    @Test
    void aStateIsRejectedWhateverPartOfItHasChanged() throws Exception {
        var previous = checkpoint("root/a", 3, 2, "previous");
        for (String damage :
                List.of(
                        "state = x'6f6c65'",
                        "number = number + 2",
                        "run = 9",
                        "at = at + 1",
                        "content_type = 'text/plaim'",
                        "state_version = 4",
                        "epoch = 777",
                        "checksum = checksum + 1")) {
            try (var store = open(folder)) {
                store.saveCheckpoint(previous);
                get(store.saveCheckpoint(checkpoint("root/a", 4, 2, "newest")));
            }
            sql(folder, "UPDATE checkpoint SET " + damage + " WHERE number = 4");
            try (var store = open(folder)) {
                StoredCheckpoints found = get(store.checkpoints(previous.pid()));
                assertThat(found.valid()).as(damage).containsExactly(previous);
                assertThat(found.rejected())
                        .as(damage)
                        .singleElement()
                        .asString()
                        .contains("checksum does not match");
            }
        }
    }

    @Test
    void aChildThatCannotBeReadIsNamed() throws Exception {
        try (var store = open(folder)) {
            get(store.saveChild(child("root", "a", "t")));
        }
        sql(folder, "UPDATE child SET spec = replace(spec, '\"kind\"', '\"kin\"')");
        try (var store = open(folder)) {
            assertThatThrownBy(store::recover)
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("root/a");
        }
    }

    @Test
    void closeLeavesNoJournalAndNoOwner() {
        var store = open(folder);
        get(store.append(event(1, "root/a", 1)));
        store.close();
        store.close();
        assertThat(folder.resolve("supervisor.db-wal")).doesNotExist();
        assertThat(folder.resolve(OwnerLock.FILE)).isEmptyFile();
    }

    @Test
    void whatIsAttachedToAReadMayBlockAndMayUseTheStore() {
        try (var store = open(folder)) {
            var never = new CompletableFuture<Void>();
            var blocked = new CompletableFuture<Void>();
            // If it is read before anything is attached, it runs on the thread that attaches: not
            // on this one.
            Thread.startVirtualThread(() ->
                    store.history(HistoryQuery.newest(1))
                            .thenRun(never::join)
                            .thenRun(() -> blocked.complete(null)));
            var nested =
                    store.history(HistoryQuery.newest(1))
                            .thenRun(() -> get(store.append(event(1, "root/a", 1))))
                            .thenCompose(_ -> store.history(HistoryQuery.newest(1)));
            assertThat(get(nested)).extracting(SupervisionEvent::seq).containsExactly(1L);
            assertThat(blocked).isNotDone();
            never.complete(null);
            get(blocked);
        }
    }

    @Test
    void whatIsAttachedToAWriteMayUseTheStore() {
        try (var store = open(folder)) {
            var second =
                    store.append(event(1, "root/a", 1))
                            .thenCompose(_ -> store.append(event(2, "root/a", 1)))
                            .thenCompose(_ -> store.history(HistoryQuery.newest(1)));
            assertThat(get(second)).extracting(SupervisionEvent::seq).containsExactly(2L);
        }
    }

    @Test
    void whatIsAttachedToAWriteCannotCloseTheStore() {
        Thread here = Thread.currentThread();
        try (var store = open(folder)) {
            Throwable thrown = null;
            for (int seq = 1; thrown == null; seq++) { // until it is attached before the commit
                thrown =
                        get(
                                store.append(event(seq, "root/a", 1))
                                        .thenApply(_ ->
                                                Thread.currentThread() == here
                                                        ? null
                                                        : catchThrowable(store::close)));
            }
            assertThat(thrown)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("with an executor");
        }
    }

    @Test
    void anInstantThatCannotBeStoredFailsItsOwnWriteOnly() {
        var end = new SupervisionEvent(1, Instant.MAX, "root", 1, EventKind.CHILD_EXITED, "", "");
        try (var store = open(folder)) {
            failure(store.append(end));
            get(store.append(event(1, "root", 1)));
        }
    }

    @Test
    void aFolderNameMayHaveAnyCharacters() {
        Path odd = folder.resolve("a b?mode=ro#%41&x");
        try (var store = open(odd)) {
            get(store.append(event(1, "root", 1)));
        }
        assertThat(odd.resolve(Database.FILE)).isNotEmptyFile();
        assertThat(folder.toFile().list()).hasSize(1);
        try (var store = open(odd)) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
        }
    }
}
