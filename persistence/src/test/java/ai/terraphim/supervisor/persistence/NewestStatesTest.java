package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.handingOver;
import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.testkit.Campaign;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class NewestStatesTest {
    private static final int ROOM = 64 << 20;

    @TempDir Path folder;

    private KnownStates known(long room) {
        try (var store = open(folder, handingOver(room))) {
            return store.recover().states();
        }
    }

    @Test
    void ofEachAgentTheNewestIsHandedOver() {
        var a = checkpoint("root/a", 2, 3, "newest");
        var b =
                new StoredCheckpoint(
                        new AgentPid("root/grün ⌘ '\"%_"),
                        1,
                        Long.MAX_VALUE,
                        a.at(),
                        new Snapshot(new byte[0], "", 1),
                        List.of("order 17", "grün ⌘ '\"%_,", " "),
                        Optional.of(new PluginVersion("p", "1.2", "abc")));
        try (var store = open(folder)) {
            store.saveCheckpoint(checkpoint("root/a", 1, 2, "previous"));
            store.saveCheckpoint(a);
            get(store.saveCheckpoint(b));
        }
        assertThat(known(ROOM))
                .isEqualTo(new KnownStates(Map.of("root/a", a, b.pid().path(), b), Set.of(), true));
    }

    @Test
    void whoHasADamagedStateAsks() throws Exception {
        for (int damaged : new int[] {1, 2}) {
            try (var store = open(folder)) {
                for (String path : List.of("root/a", "root/b")) {
                    store.saveCheckpoint(checkpoint(path, 1, 1, "previous"));
                    get(store.saveCheckpoint(checkpoint(path, 2, 1, "newest")));
                }
            }
            sql(
                    folder,
                    "UPDATE checkpoint SET at = at + 1 WHERE path = 'root/a' AND number = "
                            + damaged);
            assertThat(known(ROOM).newest()).containsOnlyKeys("root/b");
            assertThat(known(ROOM).unknown()).containsExactly("root/a");
        }
    }

    @Test
    void whoHasALargeStateAsks() {
        String large = "x".repeat(NewestStates.MAX_STATE_BYTES + 1);
        var small = checkpoint("root/c", 1, 1, large.substring(1));
        try (var store = open(folder)) {
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "small"));
            store.saveCheckpoint(checkpoint("root/a", 2, 1, large));
            store.saveCheckpoint(checkpoint("root/b", 1, 1, large));
            store.saveCheckpoint(checkpoint("root/b", 2, 1, "small"));
            get(store.saveCheckpoint(small));
        }
        assertThat(known(ROOM))
                .isEqualTo(
                        new KnownStates(Map.of("root/c", small), Set.of("root/a", "root/b"), true));
    }

    @Test
    void whenThereIsNoRoomForMoreThoseThatFitAreHandedOver() {
        Map<String, StoredCheckpoint> all = new HashMap<>();
        try (var store = open(folder)) {
            for (int number = 1; number <= 2; number++) {
                for (int agent = 0; agent < 100; agent++) {
                    var state = checkpoint("root/" + agent, number, number, "x".repeat(1_000));
                    all.put("root/" + agent, state);
                    store.saveCheckpoint(state);
                }
            }
            get(store.saveCheckpoint(checkpoint("root/last", 1, 7, "")));
        }
        assertThat(known(ROOM).newest()).hasSize(101);
        KnownStates some = known(50_000);
        assertThat(some.newest()).hasSizeBetween(25, 49);
        assertThat(some.complete()).isFalse();
        assertThat(all).containsAllEntriesOf(some.newest());
        try (var store = open(folder, handingOver(0))) {
            Recovery recovery = store.recover();
            assertThat(recovery.states().newest()).isEmpty();
            assertThat(recovery.lastRuns())
                    .hasSize(101)
                    .containsEntry("root/50", 2L)
                    .containsEntry("root/last", 7L);
        }
    }

    @Test
    void whatIsHandedOverIsWhatWouldBeAnswered() {
        Campaign.of("NewestStatesTest", 20)
                .run(seed -> {
                    try {
                        play(new Random(seed), folder.resolve("" + seed));
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private static void play(Random random, Path folder) throws SQLException {
        List<String> paths = IntStream.range(0, 40).mapToObj(agent -> "root/" + agent).toList();
        try (var store = open(folder)) {
            Map<String, Long> numbers = new TreeMap<>();
            List<StoredCheckpoint> saves = new ArrayList<>();
            for (int i = random.nextInt(300); i >= 0; i--) {
                String path = paths.get(random.nextInt(paths.size()));
                long number = numbers.merge(path, 1L + random.nextInt(2), Long::sum);
                int bytes = random.nextInt(50) == 0 ? 70_000 : random.nextInt(200);
                saves.add(checkpoint(path, number, 1 + random.nextInt(9), "x".repeat(bytes)));
            }
            saves.forEach(store::saveCheckpoint); // written when it is closed
        }
        if (random.nextBoolean()) {
            sql(
                    folder,
                    "UPDATE checkpoint SET checksum = checksum + 1 WHERE rowid %% %d = %d"
                            .formatted(7 + random.nextInt(30), random.nextInt(7)));
        }
        boolean isRoomForAll = random.nextBoolean();
        try (var store = open(folder, handingOver(isRoomForAll ? ROOM : random.nextInt(30_000)))) {
            KnownStates known = store.recover().states();
            assertThat(paths).containsAll(known.newest().keySet());
            for (String path : paths) {
                StoredCheckpoints answer = get(store.checkpoints(new AgentPid(path)));
                boolean isFit =
                        answer.rejected().isEmpty()
                                && answer.valid().stream().noneMatch(NewestStatesTest::isLarge);
                if (known.isKnown(path)) {
                    assertThat(isFit).as(path).isTrue();
                    assertThat(answer.newest())
                            .isEqualTo(Optional.ofNullable(known.newest().get(path)));
                } else {
                    assertThat(isFit && isRoomForAll).as(path).isFalse();
                }
            }
        }
    }

    private static boolean isLarge(StoredCheckpoint checkpoint) {
        return checkpoint.snapshot().state().length > NewestStates.MAX_STATE_BYTES;
    }
}
