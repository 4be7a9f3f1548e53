package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
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
    void agentsPauseWhileTheFileSystemIsFullIfThatIsThePolicy() throws Exception {
        String prepare = "mount -t tmpfs -o size=4m none " + folder;
        assertThat(run(prepare, PausesOnAFullDisk.class))
                .containsExactly("suspended after 1", "goes on with 3", "3 of 3 saved");
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

    /**
     * An agent that counts messages and saves each count: on a full disk, then on one with space.
     */
    static final class PausesOnAFullDisk {
        private static final AgentPid COUNTER = new AgentPid("root/counter");

        record State(int count, String filler) {}

        private static final class Counter implements MessageAgent {
            private final AtomicInteger taken;

            private Counter(AtomicInteger taken) {
                this.taken = taken;
            }

            @Override
            public void handle(Object message, AgentContext context) throws Exception {
                int count = taken.incrementAndGet();
                context.checkpoint(new State(count, "x".repeat(20_000)));
                context.reply(count);
            }
        }

        private PausesOnAFullDisk() {}

        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            var taken = new AtomicInteger();
            var events = new LinkedBlockingQueue<SupervisionEvent>();
            try (var runtime =
                    SupervisorRuntime.builder("disk")
                            .store(StoreFixture.open(folder))
                            .onStoreFailure(OnStoreFailure.PAUSE)
                            .factory(AgentFactory.of("counter", () -> new Counter(taken)))
                            .listener(events::add)
                            .build()) {
                AgentSupervisor root =
                        runtime.start(
                                SupervisorConfig.builder("root")
                                        .children(AgentSpec.of("counter", "counter"))
                                        .build());
                Path ballast = folder.resolve("ballast");
                fill(ballast);
                root.tell(COUNTER, "one");
                root.tell(COUNTER, "two");
                await(events, EventKind.CHILD_SUSPENDED);
                System.out.println("suspended after " + taken);
                Files.delete(ballast);
                await(events, EventKind.STORE_RECOVERED);
                await(events, EventKind.CHILD_RESUMED);
                Object count = root.ask(COUNTER, "three", Duration.ofSeconds(30));
                System.out.println("goes on with " + count);
            }
            try (var store = StoreFixture.open(folder)) {
                byte[] state =
                        get(store.checkpoints(COUNTER)).newest().orElseThrow().snapshot().state();
                String count = new String(state, UTF_8).replaceAll("\\D", "");
                System.out.println(count + " of " + taken + " saved");
            }
        }

        private static void fill(Path ballast) throws IOException {
            try (OutputStream out = Files.newOutputStream(ballast)) {
                while (true) {
                    out.write(new byte[4096]);
                }
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains("No space left")) {
                    throw e;
                }
            }
        }

        private static void await(BlockingQueue<SupervisionEvent> events, EventKind kind)
                throws InterruptedException {
            while (events.take().kind() != kind) {}
        }
    }
}
