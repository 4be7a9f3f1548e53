package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.persistence.SqliteStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that work on the files of a home. */
class StoreCommandsTest {
    @TempDir Path home;

    private static ExitCode run(Path home, String... command) {
        String[] args = new String[command.length + 2];
        args[0] = "--home";
        args[1] = home.toString();
        System.arraycopy(command, 0, args, 2, command.length);
        int code = Main.run(args);
        for (ExitCode each : ExitCode.values()) {
            if (each.code() == code) {
                return each;
            }
        }
        throw new AssertionError("exit code " + code);
    }

    private SqliteStore open() {
        return SqliteStore.open(home.resolve("data"), "test");
    }

    private static void append(SqliteStore store, long seq) {
        store.append(
                        new SupervisionEvent(
                                seq, Instant.now(), "root/a", 1, EventKind.CHILD_STARTED, "", ""))
                .toCompletableFuture()
                .join();
    }

    @Test
    void aBackupIsMadeWhileAStoreIsOpenAndRestoredWhenItIsClosed() {
        String backup = home.resolve("backup.db").toString();
        try (SqliteStore store = open()) {
            append(store, 1);
            assertThat(run(home, "backup", backup)).isEqualTo(ExitCode.OK);
            append(store, 2);
            assertThat(run(home, "restore", backup))
                    .as("while it is in use")
                    .isEqualTo(ExitCode.STORE);
        }
        assertThat(run(home, "backup", backup)).as("there is one").isEqualTo(ExitCode.STORE);
        assertThat(run(home, "restore", backup)).isEqualTo(ExitCode.OK);
        try (SqliteStore store = open()) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
        }
    }

    @Test
    void withoutADatabaseOrABackupTheyFail() {
        String backup = home.resolve("backup.db").toString();
        assertThat(run(home, "backup", backup)).isEqualTo(ExitCode.STORE);
        assertThat(run(home, "restore", backup)).isEqualTo(ExitCode.STORE);
        assertThat(run(home, "backup")).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void anExportIsMadeWhileAStoreIsOpenAndImportedWhereThereIsNone() throws Exception {
        String file = home.resolve("export.jsonl").toString();
        try (SqliteStore store = open()) {
            append(store, 1);
            assertThat(run(home, "export", file)).isEqualTo(ExitCode.OK);
        }
        assertThat(run(home, "import", file)).as("there is a database").isEqualTo(ExitCode.STORE);
        Path other = Files.createDirectory(home.resolve("other"));
        assertThat(run(other, "import", file)).isEqualTo(ExitCode.OK);
        try (SqliteStore store = SqliteStore.open(other.resolve("data"), "test")) {
            assertThat(store.recover().lastSeq()).isEqualTo(1);
        }
    }

    @Test
    void anOrphanIsListedAndDeletedByItsName() {
        AgentPid pid = new AgentPid("root/a");
        try (SqliteStore store = open()) {
            store.saveChild(new StoredChild(pid.supervisor(), AgentSpec.of("a", "t")));
            store.saveCheckpoint(
                    new StoredCheckpoint(
                            pid, 1, 1, Instant.now(), new Snapshot(new byte[3], "x/y", 1)));
            store.deleteChild("root/a").toCompletableFuture().join();
        }
        assertThat(run(home, "orphans")).isEqualTo(ExitCode.OK);
        assertThat(run(home, "orphans", "--json")).isEqualTo(ExitCode.OK);
        assertThat(run(home, "orphans", "--delete", "root/b")).isEqualTo(ExitCode.REFUSED);
        assertThat(run(home, "orphans", "--delete", "root/a")).isEqualTo(ExitCode.OK);
        assertThat(run(home, "orphans", "--delete", "root/a")).isEqualTo(ExitCode.REFUSED);
        try (SqliteStore store = open()) {
            assertThat(store.checkpoints(pid).toCompletableFuture().join().newest()).isEmpty();
        }
    }

    /** By another program, so to speak. */
    private void sql(String statement) throws Exception {
        Path database = home.resolve("data").resolve("supervisor.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
            connection.createStatement().execute(statement);
        }
    }

    @Test
    void whatIsDamagedIsTheExitCodeOfACheckAndOfAnExport() throws Exception {
        try (SqliteStore store = open()) {
            append(store, 1);
            assertThat(run(home, "check-store")).isEqualTo(ExitCode.OK);
        }
        assertThat(run(home, "check-store", "--json")).isEqualTo(ExitCode.OK);
        sql("UPDATE history SET reason = 'changed'");
        assertThat(run(home, "check-store")).isEqualTo(ExitCode.DAMAGED);
        assertThat(run(home, "export", home.resolve("export.jsonl").toString()))
                .isEqualTo(ExitCode.DAMAGED);
    }
}
