package ai.terraphim.supervisor.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lock between processes. */
@Timeout(120)
class OwnerLockIT {
    @TempDir Path folder;

    @Test
    void anotherProcessIsRefusedAndToldWhoTheOwnerIs() throws Exception {
        try (var _ = SqliteStore.open(folder, "the first");
                var other = ForkedJvm.start(OpenOnce.class, folder.toString())) {
            assertThat(other.output().readLine())
                    .contains("'the first'")
                    .contains("pid " + ProcessHandle.current().pid());
        }
    }

    @Test
    void aKilledOwnerOwnsNothing() throws Exception {
        try (var target = ForkedJvm.start(KillTarget.class, folder.toString())) {
            target.output().readLine();
            Owner owner = SqliteStore.owner(folder).orElseThrow();
            assertThat(owner.pid()).isEqualTo(target.process().pid());
            assertThat(owner.runtime()).isEqualTo("kill target");
            assertThat(target.process().info().startInstant()).contains(owner.started());
        }
        assertThat(SqliteStore.owner(folder)).isEmpty();
        SqliteStore.open(folder, "next").close();
    }

    /** The onlooker locks for a moment each time it looks. None of that may make an owner fail. */
    @Test
    void onlookersDoNotKeepAnOwnerOut() throws Exception {
        SqliteStore.open(folder, "creates the files").close();
        try (var onlooker = ForkedJvm.start(Onlooker.class, folder.toString())) {
            assertThat(onlooker.output().readLine()).isEqualTo("looking");
            for (int i = 0; i < 300; i++) {
                OwnerLock.acquire(folder, "run " + i).release();
            }
            try (var _ = SqliteStore.open(folder, "the last")) {
                String seen = "";
                while (!seen.equals("the last")) {
                    seen = onlooker.output().readLine();
                    assertThat(seen).as("the onlooker's output").isNotNull();
                }
            }
        }
    }

    /** Prints why it could not open the folder, or that it could. */
    static final class OpenOnce {
        private OpenOnce() {}

        public static void main(String[] args) {
            try (var _ = SqliteStore.open(Path.of(args[0]), "forked")) {
                System.out.println("opened");
            } catch (RuntimeException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** Asks without end who the owner is, and prints each new one. */
    static final class Onlooker {
        private Onlooker() {}

        public static void main(String[] args) {
            System.out.println("looking");
            String last = "";
            while (true) {
                String now = SqliteStore.owner(Path.of(args[0])).map(Owner::runtime).orElse("");
                if (!now.isEmpty() && !now.equals(last)) {
                    System.out.println(now);
                    last = now;
                }
            }
        }
    }
}
