package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A journal that has lost its end is noticed. */
@Timeout(60)
class HighWaterMarkTest {
    private static final int FACTS = 100;

    @TempDir Path temp;
    private Path live;
    private Path killed;
    private Path journal;
    private Path mark;

    @BeforeEach
    void folders() throws IOException {
        live = temp.resolve("live");
        killed = Files.createDirectory(temp.resolve("killed"));
        journal = killed.resolve(Database.FILE + "-wal");
        mark = killed.resolve(HighWaterMark.FILE);
    }

    /** Writes some facts, one by one, and takes the files as a crash leaves them behind. */
    private void writeAndCrash(StoreOptions options) throws Exception {
        try (var store = SqliteStore.open(live, "test", options)) {
            for (int seq = 1; seq <= FACTS; seq++) {
                get(store.append(event(seq, "root/a", 1)));
            }
            while (commits(live) < FACTS) {
                Thread.onSpinWait(); // at most 50 ms
            }
            for (String file :
                    new String[] {Database.FILE, Database.FILE + "-wal", HighWaterMark.FILE}) {
                StoreFixture.copy(live.resolve(file), killed);
            }
        }
    }

    private static long commits(Path folder) throws IOException {
        return HighWaterMark.read(folder.resolve(HighWaterMark.FILE))
                .map(HighWaterMark.Mark::commits)
                .orElse(-1L);
    }

    private static void flipABitInTheMiddle(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 8;
        Files.write(file, bytes);
    }

    @Test
    void aStoreThatWasKilledIsNotBehindItsMark() throws Exception {
        writeAndCrash(StoreFixture.KEEP_ALL);
        try (var store = open(killed)) {
            assertThat(store.recover().lastSeq()).isEqualTo(FACTS);
        }
    }

    @Test
    void aFlippedBitInTheJournalIsNoticedAndNothingIsChanged() throws Exception {
        writeAndCrash(StoreFixture.KEEP_ALL);
        flipABitInTheMiddle(journal);
        byte[] damaged = Files.readAllBytes(journal);
        assertThatThrownBy(() -> open(killed))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("there were " + FACTS)
                .hasMessageContaining("delete " + mark);
        assertThat(journal).hasBinaryContent(damaged);
    }

    @Test
    void aJournalThatIsGoneIsNoticed() throws Exception {
        writeAndCrash(StoreFixture.KEEP_ALL);
        Files.delete(journal);
        assertThatThrownBy(() -> open(killed))
                .hasMessageContaining("its journal was damaged or lost");
    }

    @Test
    void whoeverDeletesTheMarkGoesOnWithWhatIsThere() throws Exception {
        writeAndCrash(StoreFixture.KEEP_ALL);
        flipABitInTheMiddle(journal);
        Files.delete(mark);
        long kept;
        try (var store = open(killed)) {
            kept = store.recover().lastSeq();
            get(store.append(event(kept + 1, "root/a", 1)));
        }
        assertThat(kept).isBetween(1L, FACTS - 1L);
        assertThat(commits(killed)).isPositive();
        open(killed).close();
    }

    @Test
    void underNormalDurabilityWhatIsMissingKeepsNobodyFromGoingOn() throws Exception {
        writeAndCrash(new StoreOptions(Durability.NORMAL, StoreFixture.KEEP_ALL.history()));
        flipABitInTheMiddle(journal);
        try (var store = open(killed)) {
            assertThat(store.recover().lastSeq()).isBetween(1L, FACTS - 1L);
        }
    }

    @Test
    void aMarkThatIsDamagedItselfIsWrittenAnew() throws Exception {
        writeAndCrash(StoreFixture.KEEP_ALL);
        flipABitInTheMiddle(mark);
        assertThat(HighWaterMark.read(mark)).isEmpty();
        try (var store = open(killed)) {
            assertThat(store.recover().lastSeq()).isEqualTo(FACTS);
            get(store.append(event(FACTS + 1, "root/a", 1)));
        }
        assertThat(commits(killed)).isGreaterThan(FACTS);
    }
}
