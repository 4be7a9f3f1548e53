package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.persistence.StoreFixture.withoutStates;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static ai.terraphim.supervisor.testkit.StateStoreContract.message;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes out comes in again, whole or not at all. */
@Timeout(120)
class StoreExportTest {
    @TempDir Path temp;
    private Path data;
    private Path other;
    private Path file;

    @BeforeEach
    void names() {
        data = temp.resolve("data");
        other = temp.resolve("other");
        file = temp.resolve("export.jsonl");
    }

    private static List<Long> seeds() {
        return List.of(1L, 2L, 3L, System.nanoTime());
    }

    private static String text(Random random) {
        List<String> parts = List.of("a", "\"", "\\", "\n", "\0", "ä⌘", "\uD83D\uDC1F", " ", "{}");
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(parts.get(random.nextInt(parts.size())));
        }
        return text.toString();
    }

    private static Snapshot snapshot(Random random) {
        byte[] bytes = new byte[random.nextInt(50)];
        random.nextBytes(bytes);
        return switch (random.nextInt(4)) {
            case 0 -> new Snapshot(bytes, "application/json", 1 + random.nextInt(9));
            case 1 -> new Snapshot("{\"page\": 7}\n".getBytes(UTF_8), "application/json", 1);
            case 2 -> new Snapshot(text(random).getBytes(UTF_8), "application/x+json; v=1", 1);
            default -> new Snapshot(bytes, text(random), 1 + random.nextInt(9));
        };
    }

    private static Instant instant(Random random) {
        return Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
    }

    private static Optional<Aside> aside(Random random) {
        Optional<Duration> time = Optional.of(Duration.ofNanos(1 + random.nextInt(1_000_000)));
        return switch (random.nextInt(3)) {
            case 0 -> Optional.empty();
            case 1 ->
                    Optional.of(
                            new Aside(
                                    Kind.PARKED,
                                    instant(random),
                                    random.nextBoolean() ? time : Optional.empty(),
                                    text(random)));
            default -> Optional.of(new Aside(Kind.COOLING, instant(random), time, text(random)));
        };
    }

    private static Optional<PluginVersion> plugin(Random random) {
        return random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new PluginVersion("p", "1." + random.nextInt(3), "0f3a"));
    }

    /** Writes to every table. */
    private void fill(Random random) throws Exception {
        try (var store = open(data)) {
            int agents = 1 + random.nextInt(20);
            for (int i = 0; i < 100; i++) {
                String path = "root/" + text(random).replace("/", "") + random.nextInt(agents);
                store.saveCheckpoint(
                        new StoredCheckpoint(
                                new AgentPid(path),
                                random.nextInt(5),
                                random.nextLong(),
                                instant(random),
                                snapshot(random),
                                List.of(),
                                plugin(random)));
                store.append(
                        new SupervisionEvent(
                                i + 1,
                                instant(random),
                                path,
                                random.nextLong(),
                                EventKind.values()[random.nextInt(EventKind.values().length)],
                                text(random),
                                text(random) + "\tat somewhere\n".repeat(20 * (i % 3))));
                store.saveChild(child("root", "c" + random.nextInt(20), "t" + random.nextInt(3)));
                store.saveStop(child("root", "c" + random.nextInt(20), "t"));
                store.saveCondition(
                        new StoredCondition(
                                child("root", "d" + random.nextInt(20), "t"),
                                aside(random),
                                random.nextInt(5),
                                Stream.generate(() -> instant(random))
                                        .limit(random.nextInt(5))
                                        .toList()));
                store.deleteCondition("root/d" + random.nextInt(20));
                store.saveMessage(
                        message(1 + random.nextInt(50), path, "m" + random.nextInt(1_000)));
                store.deleteMessage(1 + random.nextInt(50));
                String deleted = "root/c" + random.nextInt(20);
                store.saveCheckpoint(checkpoint(deleted, 1, 1, "of an orphan"));
                store.deleteChild(deleted);
            }
            get(store.append(event(1_000, "root", 1)));
        }
        long checksum = new Checksum().add("root").add(7).value();
        sql(
                data,
                "INSERT INTO instance (path, last, checksum) VALUES ('root', 7, " + checksum + ")");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anImportedStoreIsExportedInTheSameLines(long seed) throws Exception {
        fill(new Random(seed));
        var written = StoreExport.export(data, file);
        assertThat(written.leftOut()).isEmpty();
        assertThat(StoreImport.importInto(file, other).rows()).isEqualTo(written.rows());
        Path again = temp.resolve("again.jsonl");
        StoreExport.export(other, again);
        assertThat(again).as("seed %d", seed).hasSameTextualContentAs(file);
        try (var before = open(data);
                var after = open(other)) {
            assertThat(withoutStates(after.recover())).isEqualTo(withoutStates(before.recover()));
            assertThat(get(after.history(HistoryQuery.newest(1_000))))
                    .isEqualTo(get(before.history(HistoryQuery.newest(1_000))));
            for (String path : before.recover().lastRuns().keySet()) {
                if (path.contains("/")) {
                    var pid = new AgentPid(path);
                    assertThat(get(after.checkpoints(pid))).isEqualTo(get(before.checkpoints(pid)));
                }
            }
        }
    }

    /** Whoever adds a table has to say here what its rows are. */
    @Test
    void everyTableAndColumnOfTheLayoutIsKnown() throws Exception {
        open(data).close();
        try (Connection connection = StoreFixture.connect(data);
                var handle = Jdbi.open(connection)) {
            assertThat(
                            handle.createQuery(
                                            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                                    .mapTo(String.class)
                                    .list())
                    .containsExactlyInAnyOrderElementsOf(
                            Arrays.stream(Table.values()).map(Table::word).toList());
            for (Table table : Table.values()) {
                var columns = table.columns(handle);
                assertThat(columns.values()).isSubsetOf("INTEGER", "TEXT", "BLOB");
                assertThat(columns.containsKey("checksum"))
                        .as("a table other than these has checksums")
                        .isEqualTo(table != Table.META && table != Table.STACK);
                assertThat(table.hasChecksums(columns))
                        .isEqualTo(table != Table.META && table != Table.STACK);
            }
        }
    }

    /** Every row of every table changes, one column at a time, and is missed by nobody. */
    @Test
    void aRowThatHasChangedIsLeftOutAndNamed() throws Exception {
        fill(new Random(1));
        var whole = StoreExport.export(data, file).rows();
        for (Table table : Table.values()) {
            if (table == Table.META) {
                continue;
            }
            Path copy = Files.createDirectory(temp.resolve(table.word()));
            Files.copy(data.resolve(Database.FILE), copy.resolve(Database.FILE));
            sql(
                    copy,
                    "UPDATE %s SET %s WHERE rowid = (SELECT min(rowid) FROM %1$s)"
                            .formatted(
                                    table.word(),
                                    table == Table.STACK
                                            ? "text = text || '.'"
                                            : "checksum = checksum + 1"));
            Path rest = temp.resolve(table.word() + ".jsonl");
            var written = StoreExport.export(copy, rest);
            assertThat(written.leftOut()).as(table.word()).hasSize(1);
            assertThat(written.leftOut().getFirst()).endsWith("its checksum does not match");
            assertThat(written.rows().get(table.word())).isEqualTo(whole.get(table.word()) - 1);
            Path saved = temp.resolve(table.word() + "-saved");
            StoreImport.importInto(rest, saved);
            try (var store = open(saved)) {
                store.recover();
            }
        }
    }

    @Test
    void aStoreIsExportedWhileItIsWrittenTo() throws Exception {
        try (var store = open(data)) {
            get(store.append(event(1, "root/a", 1)));
            var written = StoreExport.export(data, file);
            get(store.append(event(2, "root/a", 1)));
            assertThat(written.rows()).containsEntry("history", 1L);
        }
        assertThatThrownBy(() -> StoreExport.export(data, file))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("there already");
    }

    @Test
    void aStateOfJsonIsReadableAndItsInstantToo() throws Exception {
        try (var store = open(data)) {
            get(
                    store.saveCheckpoint(
                            new StoredCheckpoint(
                                    new AgentPid("root/a"),
                                    1,
                                    1,
                                    Instant.parse("2026-02-03T04:05:06.123456789Z"),
                                    new Snapshot(
                                            "{\"page\":7}".getBytes(UTF_8),
                                            "application/json",
                                            1))));
        }
        StoreExport.export(data, file);
        assertThat(Files.readAllLines(file).get(1))
                .contains("\"state\":\"{\\\"page\\\":7}\"")
                .contains("\"at\":\"2026-02-03T04:05:06.123456789Z\"")
                .doesNotContain("checksum");
    }

    private List<String> exported() throws Exception {
        try (var store = open(data)) {
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "state"));
            store.saveChild(child("root", "b", "t"));
            store.append(event(1, "root/a", 1));
            get(store.append(event(2, "root/a", 1)));
        }
        StoreExport.export(data, file);
        return new ArrayList<>(Files.readAllLines(file));
    }

    private void refused(List<String> lines, int line, String why) throws Exception {
        Path changed = temp.resolve("changed.jsonl");
        Files.writeString(changed, String.join("\n", lines) + (lines.isEmpty() ? "" : "\n"));
        refused(changed, line, why);
    }

    private void refused(Path changed, int line, String why) {
        assertThatThrownBy(() -> StoreImport.importInto(changed, other))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining(changed + ", line " + line + ": ")
                .hasMessageContaining(why);
        assertThat(other.toFile().list()).containsOnly(OwnerLock.FILE);
    }

    /** As somebody does who knows what the closing line is for. */
    private static void close(List<String> lines) {
        var digest = StoreExport.sha256();
        lines.subList(0, lines.size() - 1)
                .forEach(line -> digest.update((line + "\n").getBytes(UTF_8)));
        String sha256 = HexFormat.of().formatHex(digest.digest());
        lines.set(
                lines.size() - 1,
                lines.getLast()
                        .replaceFirst("\"sha256\":\"\\w+\"", "\"sha256\":\"" + sha256 + '"'));
    }

    @Test
    void aFileThatWasCutAnywhereIsRefused() throws Exception {
        exported();
        byte[] whole = Files.readAllBytes(file);
        Path cut = temp.resolve("cut.jsonl");
        for (int length = 0; length < whole.length; length++) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> StoreImport.importInto(cut, other))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("the file ends");
        }
    }

    @Test
    void aFileInWhichABitHasFlippedIsRefused() throws Exception {
        exported();
        byte[] whole = Files.readAllBytes(file);
        int rows = Files.readString(file).lastIndexOf("{\"kind\":\"end\""); // all that is imported
        Path flipped = temp.resolve("flipped.jsonl");
        Random random = new Random(7);
        for (int flip = 0; flip < 300; flip++) {
            byte[] bytes = whole.clone();
            int at = random.nextInt(bytes.length);
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(flipped, bytes);
            boolean refused;
            try {
                StoreImport.importInto(flipped, temp.resolve("flip" + flip));
                refused = false;
            } catch (StorageException _) {
                refused = true;
            }
            assertThat(refused || at > rows).as("byte %d", at).isTrue();
        }
    }

    @Test
    void aLineThatIsWrongIsNamed() throws Exception {
        List<String> lines = exported();
        int last = lines.size();
        List<String> changed = new ArrayList<>(lines);
        changed.set(2, "no JSON");
        refused(changed, 3, "this is no JSON");
        changed.set(2, "[]");
        refused(changed, 3, "a JSON object is wanted");
        changed.set(2, "{}");
        refused(changed, 3, "'kind' is missing");
        changed.set(2, "{\"kind\":\"budget\"}");
        refused(changed, 3, "no rows of kind 'budget'");
        changed.set(2, lines.get(2).replace("\"position\"", "\"positron\""));
        refused(changed, 3, "'position' is missing");
        changed.set(2, lines.get(2).replace("\"position\":1", "\"position\":1.5"));
        refused(changed, 3, "'position' must be a whole number");
        changed.set(2, lines.get(2).replace("permanent", "sometimes"));
        refused(changed, 3, "SOMETIMES");
        changed.set(2, lines.get(2).replace("\"path\":\"root/b\"", "\"path\":\"root/c\""));
        refused(changed, 3, "supervisor and spec say root/b");
        changed.set(2, lines.get(1));
        refused(changed, 3, "contradicts");
        changed.set(2, lines.get(2));
        changed.set(1, lines.get(1).replace("\"state_base64\":\"", "\"state_base64\":\"*"));
        refused(changed, 2, "'state_base64'");
        changed.set(1, lines.get(1).replace("2026-", "-"));
        refused(changed, 2, "'at' must be an instant");
        changed.set(1, lines.get(1).replace("\"run\":1", "\"run\":2"));
        refused(changed, last, "not those that were written");
        changed.set(1, lines.get(1));
        changed.set(last - 1, lines.getLast().replace("\"history\":2", "\"history\":3"));
        refused(changed, last, "'rows'");
        refused(lines.subList(1, last), 1, "begins with a line of kind 'meta'");
        refused(lines.subList(0, last - 1), last, "without its closing line");
        refused(lines.subList(last - 1, last), 1, "nothing before");
        refused(List.of(), 1, "without its closing line");
        refused(Stream.concat(lines.stream(), Stream.of("{}")).toList(), last, "there is more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"format\":1", "\"layout\":10"})
    void aNewerFormatIsRefused(String version) throws Exception {
        List<String> lines = exported();
        assertThat(lines.getFirst()).contains(version);
        lines.set(0, lines.getFirst().replace(version, version.replaceFirst("\\d", "99")));
        refused(lines, 1, "another version of the program");
    }

    @Test
    void fieldsThatAreNotKnownAreIgnored() throws Exception {
        List<String> lines = exported();
        lines.replaceAll(line -> line.replaceFirst("\\{", "{\"note\":[1],"));
        close(lines);
        Files.write(file, lines);
        StoreImport.importInto(file, other);
        try (var store = open(other)) {
            assertThat(store.recover().lastSeq()).isEqualTo(2);
        }
    }

    @Test
    void anExportOfAnOlderLayoutIsBroughtUpToDate() throws Exception {
        exported();
        Files.delete(file);
        Path old = Files.createDirectory(temp.resolve("old"));
        try (Connection connection = StoreFixture.connect(old);
                var handle = Jdbi.open(connection)) {
            Schema.current().upTo(2).migrate(handle);
            handle.execute("INSERT INTO history VALUES (1, 0, 'root', 1, 'child.exited', '', '')");
        }
        assertThat(StoreExport.export(old, file).rows()).containsEntry("history", 1L);
        StoreImport.importInto(file, other);
        try (var store = open(other)) {
            assertThat(get(store.history(HistoryQuery.newest(5)))).hasSize(1);
        }
    }

    @Test
    void aFolderThatHasADatabaseIsRefusedAndOneInUseToo() throws Exception {
        exported();
        assertThatThrownBy(() -> StoreImport.importInto(file, data))
                .hasMessageContaining("there is a database");
        Path fresh = temp.resolve("fresh");
        try (var _ = open(fresh)) {
            assertThatThrownBy(() -> StoreImport.importInto(file, fresh))
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void aMarkOfADatabaseThatIsGoneDoesNotStandInTheWay() throws Exception {
        exported();
        open(other).close();
        try (var store = open(other)) {
            for (int seq = 1; seq < 50; seq++) {
                get(store.append(event(seq, "root/a", 1)));
            }
        }
        Files.delete(other.resolve(Database.FILE));
        StoreImport.importInto(file, other);
        try (var store = open(other)) {
            assertThat(store.recover().lastSeq()).isEqualTo(2);
        }
    }
}
