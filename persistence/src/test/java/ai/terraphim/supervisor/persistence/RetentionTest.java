package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.KEEP_ALL;
import static ai.terraphim.supervisor.persistence.StoreFixture.MANY_PAGES;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store does not grow without end. */
class RetentionTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir Path folder;

    private volatile Instant now = START;

    private SqliteStore open(StoreOptions options) {
        return open(folder, options);
    }

    private SqliteStore open(Path folder, StoreOptions options) {
        var settings =
                new Settings(
                        options,
                        65_536,
                        64 << 20,
                        MANY_PAGES,
                        Duration.ofMinutes(1),
                        () -> now,
                        64 << 20);
        return SqliteStore.open(folder, "test", settings, Schema.current());
    }

    private static StoreOptions keep(int facts, Duration age) {
        return new StoreOptions(Durability.NORMAL, new HistoryLimits(facts, age));
    }

    private void append(SqliteStore store, long from, long to) {
        for (long seq = from; seq < to; seq++) {
            store.append(fact(seq));
        }
        get(store.append(fact(to)));
    }

    private SupervisionEvent fact(long seq) {
        String path = "root/" + seq % 7;
        return new SupervisionEvent(
                seq, now, path, seq, EventKind.CHILD_EXITED, "error: x", "d".repeat(200));
    }

    /** The number of the oldest fact, once the writer has done what it had to do. */
    private long oldest(StoreOptions options) {
        try (var store = open(options)) {
            return get(store.history(new HistoryQuery(Optional.empty(), 0, false, 1)))
                    .getFirst()
                    .seq();
        }
    }

    @Test
    void theOldestFactsGoWhenThereAreTooMany() {
        StoreOptions options = keep(5_000, DAY.multipliedBy(30));
        try (var store = open(options)) {
            append(store, 1, 30_000);
        }
        assertThat(oldest(options)).isBetween(30_000L - 5_000 - 1_000 - Writer.MAX_GROUP, 25_001L);
        try (var store = open(options)) {
            assertThat(store.recover().lastSeq()).isEqualTo(30_000);
            assertThat(store.recover().lastRuns())
                    .as("run numbers outlive the facts")
                    .hasSize(7)
                    .containsEntry("root/" + 30_000 % 7, 30_000L);
        }
    }

    @Test
    void factsGoWhenTheyAreTooOldAndOthersAreWritten() {
        StoreOptions options = keep(1_000_000, DAY);
        try (var store = open(options)) {
            append(store, 1, 100);
            now = START.plus(DAY.dividedBy(2));
            append(store, 101, 200);
            now = START.plus(DAY).plusSeconds(1);
            append(store, 201, 201);
        }
        assertThat(oldest(options)).isEqualTo(101);
    }

    @Test
    void aLowerLimitIsReachedStepByStepAndNoWriteFails() {
        try (var store = open(KEEP_ALL)) {
            append(store, 1, 20_000);
        }
        StoreOptions options = keep(10, DAY);
        try (var store = open(options)) {
            for (long seq = 20_001; seq <= 20_030; seq++) {
                append(store, seq, seq);
            }
        }
        assertThat(oldest(options)).isGreaterThan(20_000);
    }

    @Test
    void statesAndHistoryTakeAboutTheSpaceOfWhatIsKept() throws IOException {
        int agents = 300;
        int rounds = Integer.getInteger("campaign.rounds", 60);
        int facts = 2_000;
        Path used = folder.resolve("used");
        Path fresh = folder.resolve("fresh");
        try (var store = open(used, keep(facts, DAY))) {
            for (int round = 1; round <= rounds; round++) {
                save(store, agents, round);
                append(store, (round - 1L) * agents + 1, (long) round * agents);
            }
        }
        long last = (long) rounds * agents;
        try (var store = open(fresh, KEEP_ALL)) {
            save(store, agents, rounds - 1);
            save(store, agents, rounds);
            append(store, last - facts + 1, last);
        }
        long size = Files.size(used.resolve(Database.FILE));
        long least = Files.size(fresh.resolve(Database.FILE));
        System.out.printf(
                "%,d checkpoints of %d agents and as many facts: %,d bytes, %.2f times what a new store takes for what is kept%n",
                last, agents, size, (double) size / least);
        assertThat(size).isLessThan(2 * least);
    }

    private static void save(SqliteStore store, int agents, int round) {
        for (int agent = 1; agent <= agents; agent++) {
            byte[] state = new byte[(agent * 7_919 + round * 104_729) % 4_000];
            AgentPid pid = new AgentPid("root/" + agent);
            store.saveCheckpoint(
                    new StoredCheckpoint(pid, round, 1, START, new Snapshot(state, "x/y", 1)));
        }
    }
}
