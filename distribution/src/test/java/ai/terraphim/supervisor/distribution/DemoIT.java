package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README's first command runs, on a home of the test's own. */
class DemoIT {
    private static final int PORT = 8123;

    @TempDir private Path folder;

    @Test
    void theDemoKillsAndShowsWhatIsBack() throws Exception {
        try (ServerSocket free = bind()) {
            assumeThat(free.isBound()).as("port %d is free", PORT).isTrue();
        }
        try (Installed installed = Installed.in(folder)) {
            assertThat(installed.run("demo").succeeded().out())
                    .containsSubsequence(
                            "started",
                            "root/web",
                            "run 1",
                            "data/inbox.log",
                            "alpha-",
                            "beta-",
                            "gamma-",
                            "kill -9",
                            "exited",
                            "root/web",
                            "run 1",
                            "restarted",
                            "root/web",
                            "run 2",
                            "answers again after",
                            "kill -9",
                            "left by an earlier run",
                            "jwebserver",
                            "root/web",
                            "run 3",
                            "child.restarted",
                            "exit code 0; processes left behind: 0");
            assertThat(installed.marked()).isEmpty();
        }
    }

    @Test
    void aTakenPortIsSaidBeforeAnythingIsStarted() throws Exception {
        try (ServerSocket _ = bind(); // or somebody else has it
                Installed installed = Installed.in(folder)) {
            assertThat(installed.run("demo").failedWith(ExitCode.NOT_STARTED).err())
                    .startsWith("supervisor: port 8123 is taken by another program");
            assertThat(installed.data()).doesNotExist();
        }
    }

    private static ServerSocket bind() throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        try {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
        } catch (IOException _) { // taken
            return socket;
        }
        return socket;
    }
}
