package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.connect;
import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stack traces are stored once each, however many crashes have them. */
class StacksTest {
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir Path folder;

    private static SupervisionEvent crash(long seq, String detail) {
        return new SupervisionEvent(
                seq, AT, "root/a", seq, EventKind.CHILD_EXITED, "error: x", detail);
    }

    private static String stack(String what) {
        return (what + " at some.package.SomeClass.someMethod(SomeClass.java:42)\n").repeat(30);
    }

    private List<SupervisionEvent> history(SqliteStore store) {
        return get(store.history(HistoryQuery.newest(10)));
    }

    private int stacks() throws Exception {
        try (Connection other = connect(folder);
                var statement = other.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM stack")) {
            return row.getInt(1);
        }
    }

    @Test
    void tenThousandCrashesOfAKindStoreTheirStackOnce() throws Exception {
        String stack = stack("00000");
        long same = size("same", _ -> stack);
        long different = size("different", seq -> stack("%05d".formatted(seq)));
        System.out.printf(
                "10,000 crashes with a stack of %,d characters: %,d bytes, with one each %,d%n",
                stack.length(), same, different);
        assertThat(same).isLessThan(different / 10);
    }

    private long size(String name, IntFunction<String> stack) throws Exception {
        Path data = folder.resolve(name);
        try (var store = open(data)) {
            for (int seq = 1; seq < 10_000; seq++) {
                store.append(crash(seq, stack.apply(seq)));
            }
            get(store.append(crash(10_000, stack.apply(10_000))));
            assertThat(history(store)).last().isEqualTo(crash(10_000, stack.apply(10_000)));
        }
        return Files.size(data.resolve(Database.FILE));
    }

    @Test
    void aFactWhoseStackIsDamagedIsShownAndSaysSo() throws Exception {
        try (var store = open(folder)) {
            get(store.append(crash(1, stack("x"))));
            get(store.append(crash(2, stack("y"))));
        }
        sql(folder, "UPDATE stack SET text = replace(text, 'x at', 'z at')");
        try (var store = open(folder)) {
            assertThat(history(store))
                    .containsExactly(crash(1, Reader.DAMAGED_DETAIL), crash(2, stack("y")));
        }
        sql(folder, "DELETE FROM stack");
        try (var store = open(folder)) {
            assertThat(history(store))
                    .containsExactly(
                            crash(1, Reader.DAMAGED_DETAIL), crash(2, Reader.DAMAGED_DETAIL));
        }
    }

    @Test
    void aStackGoesWithTheLastFactThatHasIt() throws Exception {
        var limits = new HistoryLimits(10, Duration.ofDays(36_500));
        var options = new StoreOptions(Durability.NORMAL, limits);
        try (var store = SqliteStore.open(folder, "test", options)) {
            store.append(crash(1, stack("old")));
            for (int seq = 2; seq <= 20_000; seq++) {
                var appended = store.append(crash(seq, stack(seq % 5_000 == 0 ? "some" : "most")));
                if (seq % 1_000 == 0) {
                    get(appended); // more would be refused while the disk is slow
                }
            }
            get(store.append(crash(20_001, "short")));
        }
        assertThat(stacks()).isEqualTo(2);
        try (var store = open(folder)) {
            assertThat(history(store)).last().isEqualTo(crash(20_001, "short"));
        }
    }
}
