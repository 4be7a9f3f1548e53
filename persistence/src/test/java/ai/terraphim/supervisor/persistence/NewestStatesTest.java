package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.handingOver;
import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static java.util.stream.Collectors.toMap;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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

    /** What is said of these, of those of whom something is said. */
    private static Map<String, Optional<StoredCheckpoint>> newest(
            KnownStates states, String... paths) {
        return Arrays.stream(paths)
                .filter(states::isKnown)
                .collect(toMap(path -> path, states::newest));
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
        assertThat(newest(known(ROOM), "root/a", b.pid().path(), "root/nobody"))
                .isEqualTo(
                        Map.of(
                                "root/a",
                                Optional.of(a),
                                b.pid().path(),
                                Optional.of(b),
                                "root/nobody",
                                Optional.empty()));
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
            assertThat(newest(known(ROOM), "root/a", "root/b")).containsOnlyKeys("root/b");
        }
    }

    @Test
    void whoHasALargeStateAsks() {
        String large = "x".repeat(PackedRow.MAX_BYTES + 1);
        var small = checkpoint("root/c", 1, 1, large.substring(1));
        var ids =
                new StoredCheckpoint(
                        new AgentPid("root/d"),
                        1,
                        1,
                        small.at(),
                        new Snapshot(new byte[1], "", 1),
                        List.of(large.substring(1)),
                        Optional.empty());
        try (var store = open(folder)) {
            store.saveCheckpoint(ids);
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "small"));
            store.saveCheckpoint(checkpoint("root/a", 2, 1, large));
            store.saveCheckpoint(checkpoint("root/b", 1, 1, large));
            store.saveCheckpoint(checkpoint("root/b", 2, 1, "small"));
            get(store.saveCheckpoint(small));
        }
        assertThat(newest(known(ROOM), "root/a", "root/b", "root/c", "root/d"))
                .isEqualTo(Map.of("root/c", Optional.of(small)));
    }

    @Test
    void whatSeparatesColumnsMayBeInThem() {
        var path = checkpoint("root/a\u001fb", 1, 1, "\u001f");
        var type =
                new StoredCheckpoint(
                        new AgentPid("root/type"),
                        1,
                        1,
                        path.at(),
                        new Snapshot(new byte[] {31, 0, 31}, "a\u001fb", 1));
        try (var store = open(folder)) {
            store.saveCheckpoint(path);
            store.saveCheckpoint(type);
            get(store.saveCheckpoint(checkpoint("root/next", 1, 1, "sound")));
        }
        KnownStates known = known(ROOM);
        assertThat(known.newest(path.pid().path())).contains(path);
        assertThat(known.isKnown("root/type")).isFalse(); // it asks
        assertThat(known.newest("root/next")).isPresent();
        try (var store = open(folder)) {
            assertThat(get(store.checkpoints(type.pid())).newest()).contains(type);
        }
    }

    @Test
    void whenThereIsNoRoomForMoreThoseThatFitAreHandedOver() {
        Map<String, Optional<StoredCheckpoint>> all = new HashMap<>();
        try (var store = open(folder)) {
            for (int number = 1; number <= 2; number++) {
                for (int agent = 0; agent < 100; agent++) {
                    var state = checkpoint("root/" + agent, number, number, "x".repeat(1_000));
                    all.put("root/" + agent, Optional.of(state));
                    store.saveCheckpoint(state);
                }
            }
            get(store.saveCheckpoint(checkpoint("root/last", 1, 7, "")));
        }
        String[] paths = all.keySet().toArray(String[]::new);
        assertThat(newest(known(ROOM), paths)).isEqualTo(all);
        var some = newest(known(50_000), paths);
        assertThat(some).hasSizeBetween(25, 49);
        assertThat(all).containsAllEntriesOf(some);
        assertThat(newest(known(50_000), "root/nobody")).containsValue(Optional.empty());
        try (var store = open(folder, handingOver(0))) {
            Recovery recovery = store.recover();
            assertThat(newest(recovery.states(), paths)).isEmpty();
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
            for (String path : paths) {
                StoredCheckpoints answer = get(store.checkpoints(new AgentPid(path)));
                boolean isFit =
                        answer.rejected().isEmpty()
                                && answer.valid().stream().noneMatch(NewestStatesTest::isLarge);
                if (known.isKnown(path)) {
                    assertThat(isFit).as(path).isTrue();
                    assertThat(answer.newest()).isEqualTo(known.newest(path));
                } else {
                    assertThat(isFit && isRoomForAll).as(path).isFalse();
                }
            }
        }
    }

    private static boolean isLarge(StoredCheckpoint checkpoint) {
        return checkpoint.snapshot().state().length > PackedRow.MAX_BYTES;
    }
}
