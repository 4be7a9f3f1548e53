package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.terraphim.supervisor.api.StoreOptions.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Looks at the system calls of a JVM that writes: a write is acknowledged after the journal that
 * holds it has been synced. A process that is killed cannot show this, for the operating system
 * keeps what it was given.
 */
class SyncIT {
    private static final List<String> STRACE =
            List.of(
                    "strace",
                    "-f",
                    "-qq",
                    "-y",
                    "-e",
                    "trace=write,pwrite64,pwritev,fsync,fdatasync",
                    "-e",
                    "signal=none");

    @TempDir Path folder;

    @BeforeAll
    static void systemCallsCanBeSeen() throws Exception {
        try {
            List<String> command = new ArrayList<>(STRACE);
            command.addAll(List.of("-o", "/dev/null", "true"));
            boolean works = new ProcessBuilder(command).start().waitFor() == 0;
            assumeTrue(works, "strace may not trace here");
        } catch (IOException e) {
            assumeTrue(false, "needs strace, on Linux: " + e.getMessage());
        }
    }

    @Test
    void aWriteIsAcknowledgedAfterItIsSynced() throws Exception {
        SystemCalls calls = trace(Durability.FULL);
        System.out.printf(
                "sync: %d acknowledgements, each after a sync of all that was in the journal%n",
                calls.afterSync);
        assertThat(calls.beforeSync).isZero();
        assertThat(calls.withoutWrite).isZero();
        assertThat(calls.afterSync).isEqualTo(SyncTarget.ROUNDS);
    }

    /** Otherwise the test above might see nothing. */
    @Test
    void withNormalDurabilityItIsNotAndThisIsSeen() throws Exception {
        SystemCalls calls = trace(Durability.NORMAL);
        assertThat(calls.withoutWrite).isZero();
        assertThat(calls.beforeSync).isGreaterThan(SyncTarget.ROUNDS / 2);
    }

    @Test
    void aSyncCountsForWhatWasWrittenBeforeItBegan() {
        SystemCalls calls = new SystemCalls("db-wal", "acknowledged");
        List.of(
                        "7 pwrite64(5</x/db-wal>, \"a\"..., 24, 0) = 24",
                        "7 fdatasync(5</x/db-wal> <unfinished ...>",
                        "8 write(1</dev/pts/0>, \"acknowledged 1\"..., 15) = 15",
                        "8 pwrite64(5</x/db-wal>, \"b\"..., 24, 24) = 24",
                        "7 <... fdatasync resumed>) = 0",
                        "8 write(1</dev/pts/0>, \"acknowledged 2\"..., 15) = 15",
                        "8 write(1</dev/pts/0>, \"acknowledged 2\"..., 15) = 15",
                        "7 pwrite64(5</x/db-wal>, \"c\"..., 24, 48) = 24",
                        "7 fsync(5</x/db-wal>) = -1 EIO (Input/output error)",
                        "8 write(1</dev/pts/0>, \"acknowledged 3\"..., 15) = 15",
                        "7 pwrite64(5</x/db-wal>, \"c\"..., 24, 72) = 24",
                        "7 fsync(5</x/db-wal>) = 0",
                        "8 write(1</dev/pts/0>, \"acknowledged 4\"..., 15) = 15")
                .forEach(calls::read);
        assertThat(calls.beforeSync).isEqualTo(3);
        assertThat(calls.withoutWrite).isEqualTo(1);
        assertThat(calls.afterSync).isEqualTo(1);
    }

    private SystemCalls trace(Durability durability) throws Exception {
        Path trace = folder.resolve("trace");
        Path data = folder.resolve("data");
        List<String> command = new ArrayList<>(STRACE);
        command.addAll(List.of("-o", trace.toString()));
        command.addAll(ForkedJvm.command(SyncTarget.class, data.toString(), durability.name()));
        try (var target = ForkedJvm.start(command)) {
            assertThat(target.output().lines().toList()).hasSize(SyncTarget.ROUNDS);
            assertThat(target.process().waitFor()).isZero();
        }
        SystemCalls calls = new SystemCalls(Database.FILE + "-wal", SyncTarget.ACKNOWLEDGED);
        try (var lines = Files.lines(trace, ISO_8859_1)) {
            lines.forEach(calls::read);
        }
        return calls;
    }
}
