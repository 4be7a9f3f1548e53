package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real file systems that are read-only or full: a JVM in a mount namespace of its own, where it may
 * mount them.
 */
@Timeout(120)
class StoreDiskIT {
    @TempDir Path folder;

    @BeforeAll
    static void mountsAreAllowed() throws Exception {
        Path scratch = Files.createTempDirectory("mount");
        try {
            var mount = inNamespace("mount -t tmpfs none " + scratch, List.of("true"));
            boolean allowed = new ProcessBuilder(mount).start().waitFor() == 0;
            assumeTrue(allowed, "this user may not mount file systems; run as root on Linux");
        } catch (IOException e) {
            assumeTrue(false, "no unshare or no sh here: " + e.getMessage());
        } finally {
            Files.delete(scratch);
        }
    }

    private static List<String> inNamespace(String prepare, List<String> command) {
        String line = command.stream().map(w -> "'" + w + "'").collect(Collectors.joining(" "));
        return List.of("unshare", "--mount", "sh", "-c", prepare + " && exec " + line);
    }

    private List<String> run(String prepare, Class<?> main) throws Exception {
        var command = inNamespace(prepare, ForkedJvm.command(main, folder.toString()));
        try (var forked = ForkedJvm.start(command)) {
            return forked.output().lines().toList();
        }
    }

    @Test
    void aReadOnlyFileSystemIsRefusedInOneLine() throws Exception {
        String prepare = "mount -t tmpfs -o ro none " + folder;
        assertThat(run(prepare, OwnerLockIT.OpenOnce.class))
                .singleElement()
                .asString()
                .contains(folder.toString())
                .containsIgnoringCase("read-only file system");
    }

    @Test
    void aDatabaseOnAFileSystemThatBecameReadOnlyIsRefusedInOneLine() throws Exception {
        StoreFixture.open(folder).close();
        String prepare =
                "mount --bind DIR DIR && mount -o remount,ro,bind DIR".replace("DIR", "" + folder);
        assertThat(run(prepare, OwnerLockIT.OpenOnce.class))
                .singleElement()
                .asString()
                .contains(folder.toString())
                .containsIgnoringCase("read-only file system");
    }

    @Test
    void aFullFileSystemFailsWritesUntilThereIsSpaceAndLosesNothing() throws Exception {
        String prepare = "mount -t tmpfs -o size=4m none " + folder;
        assertThat(run(prepare, FillsTheDisk.class))
                .containsExactly("full", "recovered", "complete");
    }

    @Test
    void aDiskWithoutAnySpaceIsRefusedInOneLine() throws Exception {
        String prepare =
                "mount -t tmpfs -o size=64k none DIR && { cat /dev/zero > DIR/ballast 2>/dev/null; true; }"
                        .replace("DIR", "" + folder);
        assertThat(run(prepare, OwnerLockIT.OpenOnce.class))
                .singleElement()
                .asString()
                .contains(folder.toString())
                .containsAnyOf("No space left on device", "disk is full");
    }

    /** Saves until the disk is full, deletes a large file, and saves again. */
    static final class FillsTheDisk {
        private FillsTheDisk() {}

        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            Path ballast = Files.write(folder.resolve("ballast"), new byte[2 << 20]);
            List<String> saved = new ArrayList<>();
            try (var store = StoreFixture.open(folder)) {
                int n = 0;
                while (save(store, "root/" + n)) {
                    saved.add("root/" + n++);
                }
                System.out.println("full");
                Files.delete(ballast);
                for (int i = 0; i < 10; i++) {
                    if (!save(store, "root/after" + i)) {
                        return;
                    }
                    saved.add("root/after" + i);
                }
                System.out.println("recovered");
            }
            try (var store = StoreFixture.open(folder)) {
                for (String path : saved) {
                    if (get(store.checkpoints(new AgentPid(path))).newest().isEmpty()) {
                        throw new AssertionError(path + " was acknowledged and is lost");
                    }
                }
            }
            System.out.println("complete");
        }

        private static boolean save(SqliteStore store, String path) {
            CompletionStage<Void> saved =
                    store.saveCheckpoint(StoreFixture.checkpoint(path, new byte[20_000]));
            try {
                saved.toCompletableFuture().join();
                return true;
            } catch (CompletionException e) {
                if (e.getCause() instanceof StorageException s && s.isRecoverable()) {
                    return false;
                }
                throw e;
            }
        }
    }
}
