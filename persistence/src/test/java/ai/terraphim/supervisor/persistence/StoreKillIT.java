package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a JVM that writes, at random moments, and looks for what it was told is safe. This shows
 * that nothing is acknowledged before it is committed; not that it is synced, for the operating
 * system lives on with what it has in memory.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS) // with 500 kills
class StoreKillIT {
    private static final String LOST = "acknowledged and lost";

    @TempDir Path folder;

    @Test
    void nothingThatWasAcknowledgedIsLost() throws Exception {
        boolean full = "full".equals(System.getProperty("campaign.size"));
        int kills = Integer.getInteger("campaign.kills", full ? 500 : 5);
        long seed = Long.getLong("campaign.seed", System.nanoTime());
        killAndCheck(kills, seed, "after the commit");
    }

    @Test
    void anAcknowledgementBeforeTheCommitIsFound() {
        long seed = Long.getLong("campaign.seed", System.nanoTime());
        assertThatThrownBy(() -> killAndCheck(20, seed, KillTarget.TOO_EARLY))
                .as("the check, of a target that acknowledges too early, seed %d", seed)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(LOST);
    }

    private void killAndCheck(int kills, long seed, String acknowledge) throws Exception {
        Random random = new Random(seed);
        long total = 0;
        long inHistory = 0;
        for (int kill = 1; kill <= kills; kill++) {
            String at = "kill %d of seed %d".formatted(kill, seed);
            List<Long> acknowledged = writeAndBeKilled(random, acknowledge);
            total += acknowledged.size();
            assertThat(SqliteStore.owner(folder)).as(at).isEmpty();
            try (var store = StoreFixture.open(folder)) {
                long last = checkHistory(store, inHistory, at);
                assertThat(acknowledged.stream().filter(number -> number > last))
                        .as("%s, %s", LOST, at)
                        .isEmpty();
                checkCheckpoints(store, last, acknowledged, at);
                if (last > 0) {
                    assertThat(store.recover().lastRuns())
                            .as(at)
                            .containsEntry(KillTarget.pid(last).path(), latest(store, last).run());
                }
                inHistory = last;
            }
        }
        System.out.printf(
                "kill -9: %d kills, %d writes acknowledged, %d in the history, 0 lost (seed %d)%n",
                kills, total * 2, inHistory, seed);
        assertThat(total).as("writes that were acknowledged at all, seed %d", seed).isPositive();
    }

    private List<Long> writeAndBeKilled(Random random, String acknowledge) throws Exception {
        List<Long> acknowledged = new ArrayList<>();
        CountDownLatch first = new CountDownLatch(1);
        try (var target = ForkedJvm.start(KillTarget.class, folder.toString(), acknowledge)) {
            // Read all the time: a target that waits for its reader does not write.
            Thread reading =
                    Thread.ofPlatform()
                            .start(() ->
                                    target.output()
                                            .lines()
                                            .forEach(line -> {
                                                acknowledged.add(Long.valueOf(line));
                                                first.countDown();
                                            }));
            boolean early = random.nextInt(5) == 0; // while it starts, opens or recovers
            if (!early) {
                assertThat(first.await(1, TimeUnit.MINUTES)).as("the target writes").isTrue();
            }
            boolean ended = target.process().waitFor(random.nextInt(1_000), TimeUnit.MILLISECONDS);
            assertThat(ended).as("the target ended by itself").isFalse();
            target.kill();
            reading.join();
        }
        return acknowledged;
    }

    /** The history must be what was appended, in order and without a gap; gives its last number. */
    private static long checkHistory(SqliteStore store, long from, String at) {
        long last = from;
        while (true) {
            var query = new HistoryQuery(Optional.empty(), last, false, HistoryQuery.MAX_LIMIT);
            List<SupervisionEvent> facts = get(store.history(query));
            if (facts.isEmpty()) {
                assertThat(store.recover().lastSeq()).as(at).isEqualTo(last);
                return last;
            }
            for (SupervisionEvent fact : facts) {
                assertThat(fact).as(at).isEqualTo(KillTarget.event(++last));
            }
        }
    }

    /**
     * A state is saved before its fact is appended: it may be newer than the history, never older.
     */
    private static void checkCheckpoints(
            SqliteStore store, long last, List<Long> acknowledged, String at) {
        for (long number = Math.max(1, last - KillTarget.AGENTS + 1); number <= last; number++) {
            StoredCheckpoint stored = latest(store, number);
            assertThat(stored.run()).as(at).isGreaterThanOrEqualTo(number);
            assertThat(stored).as(at).isEqualTo(KillTarget.checkpoint(stored.run()));
        }
        for (long number : acknowledged) {
            assertThat(latest(store, number).run()).as(at).isGreaterThanOrEqualTo(number);
        }
    }

    private static StoredCheckpoint latest(SqliteStore store, long number) {
        StoredCheckpoints stored = get(store.checkpoints(KillTarget.pid(number)));
        assertThat(stored.rejected()).isEmpty();
        return stored.newest().orElseThrow();
    }
}
