package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.checkpoint;
import static ai.terraphim.supervisor.persistence.StoreFixture.child;
import static ai.terraphim.supervisor.persistence.StoreFixture.event;
import static ai.terraphim.supervisor.persistence.StoreFixture.failure;
import static ai.terraphim.supervisor.persistence.StoreFixture.get;
import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredChild;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteStoreTest {
    @TempDir Path folder;

    @Test
    void aNewStoreKnowsNothing() {
        try (var store = open(folder)) {
            assertThat(store.recover()).isEqualTo(Recovery.NOTHING);
            assertThat(get(store.latestCheckpoint(new AgentPid("root/a")))).isEmpty();
            assertThat(get(store.history(HistoryQuery.newest(10)))).isEmpty();
        }
    }

    @Test
    void theNewestCheckpointOfAnAgentWinsAndOutlivesTheStore() {
        var newest = checkpoint("root/a", 2, "newest");
        var other = checkpoint("root/b", 1, new byte[] {0, -1, 127});
        try (var store = open(folder)) {
            get(store.saveCheckpoint(checkpoint("root/a", 1, "old")));
            store.saveCheckpoint(checkpoint("root/a", 1, "newer"));
            store.saveCheckpoint(other);
            get(store.saveCheckpoint(newest));
            assertThat(get(store.latestCheckpoint(newest.pid()))).contains(newest);
        }
        try (var store = open(folder)) {
            assertThat(get(store.latestCheckpoint(newest.pid()))).contains(newest);
            assertThat(get(store.latestCheckpoint(other.pid()))).contains(other);
        }
    }

    @Test
    void stateAndTextComeBackAsTheyWere() {
        var empty = checkpoint("root/grün ⌘ '\"%_", 1, new byte[0]);
        var fact =
                new SupervisionEvent(
                        1,
                        Instant.parse("1969-12-31T23:59:59.000000001Z"),
                        "root/ä",
                        0,
                        EventKind.HISTORY_GAP,
                        "",
                        "line one\nline two\t\0 \uD83D\uDC1F");
        try (var store = open(folder)) {
            get(store.saveCheckpoint(empty));
            get(store.append(fact));
            assertThat(get(store.latestCheckpoint(empty.pid()))).contains(empty);
            assertThat(get(store.history(HistoryQuery.newest(1)))).containsExactly(fact);
        }
    }

    @Test
    void aCheckpointThatHasChangedIsRefusedAndSaysSo() throws Exception {
        for (String damage :
                List.of(
                        "state = x'6f6c65'",
                        "run = 9",
                        "at = at + 1",
                        "content_type = 'text/plaim'",
                        "state_version = 4",
                        "epoch = 777",
                        "checksum = checksum + 1")) {
            try (var store = open(folder)) {
                get(store.saveCheckpoint(checkpoint("root/a", 1, "old")));
            }
            sql(folder, "UPDATE checkpoint SET " + damage);
            try (var store = open(folder)) {
                assertThat(failure(store.latestCheckpoint(new AgentPid("root/a"))))
                        .as(damage)
                        .hasMessageContaining("root/a")
                        .hasMessageContaining("checksum does not match");
            }
        }
    }

    @Test
    void recoveryTellsTheLastNumbersOfFactsAndRuns() {
        try (var store = open(folder)) {
            store.append(event(1, "root/a", 1));
            store.append(event(2, "root/a", 7));
            store.append(event(3, "root/a", 5));
            store.append(event(4, "some-plugin", 0));
            store.saveCheckpoint(checkpoint("root/b", 3, "its start is not in the history"));
        }
        try (var store = open(folder)) {
            Recovery recovery = store.recover();
            assertThat(recovery.lastSeq()).isEqualTo(4);
            assertThat(recovery.lastRuns()).isEqualTo(Map.of("root/a", 7L, "root/b", 3L));
        }
    }

    @Test
    void historyOfAPathIsThatOfThePathAndAllBelowIt() {
        List<String> paths =
                List.of(
                        "root",
                        "root/a",
                        "root/ab",
                        "root/a/x",
                        "root/a_",
                        "root/a%",
                        "root/aXx",
                        "root/a/x/y",
                        "root/a0",
                        "root/a.",
                        "other/root/a");
        try (var store = open(folder)) {
            for (int i = 0; i < paths.size(); i++) {
                store.append(event(i + 1, paths.get(i), 1));
            }
            get(store.append(event(99, "last", 1)));
            assertThat(paths(store, "root/a")).containsExactly("root/a", "root/a/x", "root/a/x/y");
            assertThat(paths(store, "root/a_")).containsExactly("root/a_");
            assertThat(paths(store, "root/a%")).containsExactly("root/a%");
            assertThat(paths(store, "root")).hasSize(10).doesNotContain("other/root/a");
            assertThat(paths(store, "roo")).isEmpty();
        }
    }

    private static List<String> paths(SqliteStore store, String path) {
        return get(store.history(new HistoryQuery(Optional.of(path), 0, true, 100))).stream()
                .map(SupervisionEvent::path)
                .toList();
    }

    @Test
    void historyGivesTheNewestOrTheNextInOrderOfTheirNumbers() {
        Optional<String> all = Optional.empty();
        Optional<String> even = Optional.of("root/even");
        try (var store = open(folder)) {
            for (int seq = 1; seq <= 20; seq++) {
                store.append(event(seq, seq % 2 == 0 ? "root/even" : "root/odd", 1));
            }
            get(store.append(event(21, "root/odd", 1)));
            assertThat(seqs(store, HistoryQuery.newest(3))).containsExactly(19L, 20L, 21L);
            assertThat(seqs(store, new HistoryQuery(all, 5, false, 2))).containsExactly(6L, 7L);
            assertThat(seqs(store, new HistoryQuery(even, 5, false, 2))).containsExactly(6L, 8L);
            assertThat(seqs(store, new HistoryQuery(even, 18, true, 5))).containsExactly(20L);
            assertThat(seqs(store, new HistoryQuery(all, 21, true, 5))).isEmpty();
        }
    }

    private static List<Long> seqs(SqliteStore store, HistoryQuery query) {
        return get(store.history(query)).stream().map(SupervisionEvent::seq).toList();
    }

    @Test
    void childrenKeepTheirOrderAndAReplacedOneItsPlace() {
        StoredChild replaced = child("root", "b", "other");
        try (var store = open(folder)) {
            store.saveChild(child("root", "z", "t"));
            store.saveChild(child("root", "b", "t"));
            store.saveChild(child("root/z", "a", "t"));
            store.saveChild(replaced);
            store.saveChild(child("root", "gone", "t"));
            store.deleteChild("root/gone");
        }
        try (var store = open(folder)) {
            assertThat(store.recover().children())
                    .containsExactly(child("root", "z", "t"), replaced, child("root/z", "a", "t"));
        }
    }

    @Test
    void aDeletedChildTakesThoseBelowItAlong() {
        List<StoredChild> all =
                List.of(
                        child("root", "a", "t"),
                        child("root/a", "b", "t"),
                        child("root/a/b", "c", "t"),
                        child("root", "ab", "t"),
                        child("root", "a_", "t"),
                        child("root", "a%", "t"));
        try (var store = open(folder)) {
            all.forEach(store::saveChild);
            get(store.deleteChild("root/a%"));
            assertThat(store.recover().children()).isEqualTo(all.subList(0, 5));
            get(store.deleteChildrenBelow("root/a"));
            assertThat(store.recover().children())
                    .containsExactly(all.get(0), all.get(3), all.get(4));
            get(store.deleteChild("root/a"));
            get(store.deleteChild("root/nobody"));
            assertThat(store.recover().children()).containsExactly(all.get(3), all.get(4));
        }
    }

    @Test
    void whatWasStoppedIsRememberedUntilItIsStartedOrForgotten() {
        StoredChild newer = child("root", "a", "other");
        StoredChild below = child("root/z", "b", "t");
        try (var store = open(folder)) {
            store.saveStop(child("root", "a", "t"));
            store.saveStop(newer);
            store.saveStop(child("root", "started", "t"));
            store.saveStop(below);
            store.saveStop(child("root", "removed", "t"));
            store.deleteStop("root/started");
            store.deleteChild("root/removed");
        }
        try (var store = open(folder)) {
            assertThat(store.recover().stopped()).containsExactlyInAnyOrder(newer, below);
            get(store.deleteChildrenBelow("root/z"));
            assertThat(store.recover().stopped()).containsExactly(newer);
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
    void closeWritesWhatWasAcceptedAndNothingIsAcceptedAfterwards() {
        List<CompletionStage<Void>> accepted = new ArrayList<>();
        var store = open(folder);
        for (int seq = 1; seq <= 5_000; seq++) {
            accepted.add(store.append(event(seq, "root/a", seq)));
        }
        store.close();
        store.close();
        accepted.forEach(StoreFixture::get);
        var pid = new AgentPid("root/a");
        List.of(
                        store.append(event(5_001, "root/a", 1)),
                        store.saveCheckpoint(checkpoint("root/a", 1, "s")),
                        store.latestCheckpoint(pid),
                        store.history(HistoryQuery.newest(1)))
                .forEach(stage -> assertThat(failure(stage)).hasMessageContaining("closed"));
        assertThatThrownBy(store::recover).isInstanceOf(StorageException.class);
        assertThat(folder.resolve("supervisor.db-wal")).doesNotExist();
        assertThat(folder.resolve(OwnerLock.FILE)).isEmptyFile();
        try (var again = open(folder)) {
            assertThat(again.recover().lastSeq()).isEqualTo(5_000);
        }
    }

    @Test
    void whatIsAttachedToAStageMayBlockAndMayUseTheStore() {
        try (var store = open(folder)) {
            var never = new CompletableFuture<Void>();
            var blocked = new CompletableFuture<Void>();
            // If the write is durable before anything is attached, it runs on the thread that
            // attaches: not on this one.
            Thread.startVirtualThread(() ->
                    store.append(event(1, "root/a", 1))
                            .thenRun(never::join)
                            .thenRun(() -> blocked.complete(null)));
            var nested =
                    store.append(event(2, "root/a", 1))
                            .thenRun(() -> get(store.append(event(3, "root/a", 1))))
                            .thenCompose(_ -> store.history(HistoryQuery.newest(1)));
            assertThat(get(nested)).extracting(SupervisionEvent::seq).containsExactly(3L);
            get(store.append(event(4, "root/a", 1)));
            assertThat(blocked).isNotDone();
            never.complete(null);
            get(blocked);
        }
    }

    @Test
    void aWriteThatIsTooLargeIsRefusedWithTheLimit() {
        int limit = SqliteStore.MAX_WRITE_BYTES;
        try (var store = open(folder)) {
            var large = checkpoint("root/a", 1, new byte[limit + 1]);
            assertThat(failure(store.saveCheckpoint(large)))
                    .hasMessageContaining("" + limit)
                    .returns(false, StorageException::isRecoverable);
            var fits = checkpoint("root/a", 1, new byte[limit - 1_000]);
            get(store.saveCheckpoint(fits));
            assertThat(get(store.latestCheckpoint(fits.pid()))).contains(fits);
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
