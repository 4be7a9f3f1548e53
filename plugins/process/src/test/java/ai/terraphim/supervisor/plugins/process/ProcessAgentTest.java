package ai.terraphim.supervisor.plugins.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.plugins.TestContext;
import ai.terraphim.supervisor.plugins.TestRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Real processes; every one of them must be gone at the end of its test. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ProcessAgentTest {

    @TempDir Path data;
    private TestContext context;
    private final List<Process> strangers = new ArrayList<>();

    @BeforeEach
    void firstRun() {
        context = new TestContext(data);
    }

    @AfterEach
    void noProcessIsLeft() throws Exception {
        strangers.forEach(Process::destroyForcibly);
        assertThat(RunMarker.of(context).ofAnyRun()).isEmpty();
    }

    // Exits

    @Test
    void anExitCodeOfZeroIsANormalEnd() throws Exception {
        assertThat(run("echo hello")).isEqualTo(ExitReason.normal());
        assertThat(context.logged()).contains("INFO hello");
    }

    @Test
    void anotherExitCodeIsAFailureThatShowsTheLastOfTheOutput() throws Exception {
        ExitReason reason = run("echo first; echo Address already in use >&2; exit 3");
        assertThat(reason.toString())
                .matches(".*exit code 3 after \\d+\\.\\d s; last output: Address already in use");
        assertThat(((ExitReason.Error) reason).failure().message()).contains("\nfirst\n");
    }

    @Test
    void aProcessKilledBySomebodyElseSaysWithWhichSignal() throws Exception {
        assertThat(run("kill -9 $$").toString())
                .contains("exit code 137 (signal 9) after")
                .endsWith("it printed nothing");
    }

    @Test
    void otherExitCodesCanBeNormal() throws Exception {
        TestConfig config = shell("exit 3");
        config.normalExitCodes = Optional.of(List.of(0, 3));
        assertThat(start(config).exit()).isEqualTo(ExitReason.normal());
    }

    @Test
    void aMissingProgramIsAFailedStartThatNamesItAndTheFolder() {
        TestConfig config = new TestConfig("no-such-program-here");
        assertThatThrownBy(() -> start(config))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'no-such-program-here'")
                .hasMessageContaining(data.toString())
                .hasMessageContaining("No such file");
    }

    @Test
    void aMissingFolderIsAFailedStart() {
        TestConfig config = shell("true");
        config.folder = Optional.of(Path.of("nowhere"));
        assertThatThrownBy(() -> start(config))
                .hasMessageContaining("nowhere does not exist; create it");
    }

    @Test
    void environmentAndFolderAreAsConfigured() throws Exception {
        Files.createDirectory(data.resolve("work"));
        TestConfig config = shell("echo $GREETING $HOME in $(pwd)");
        config.env = Optional.of(Map.of("GREETING", "good morning"));
        config.folder = Optional.of(Path.of("work"));
        assertThat(start(config).exit()).isEqualTo(ExitReason.normal());
        assertThat(context.logged())
                .contains(
                        "INFO good morning "
                                + System.getenv("HOME")
                                + " in "
                                + data.toRealPath().resolve("work"));
    }

    @Test
    void noShellReadsTheArguments() throws Exception {
        assertThat(start(new TestConfig("echo", "$HOME", "*", "a  b; exit 1")).exit())
                .isEqualTo(ExitReason.normal());
        assertThat(context.logged()).contains("INFO $HOME * a  b; exit 1");
    }

    @Test
    void whoReadsItsInputFindsTheEnd() throws Exception {
        assertThat(run("cat")).isEqualTo(ExitReason.normal());
    }

    // Output

    @Test
    void outputOverTheLimitIsDroppedButReadAndItsEndKept() throws Exception {
        TestConfig config = shell("seq 1 20000; echo the end; exit 1");
        config.outputLimit = OptionalLong.of(10);
        assertThat(start(config).exit().toString()).endsWith("last output: the end");
        assertThat(context.logged())
                .contains("INFO 1", "INFO 9")
                .doesNotContain("INFO 20000")
                .filteredOn(line -> line.startsWith("WARNING"))
                .singleElement()
                .asString()
                .startsWith("WARNING output over the limit of 10 bytes an hour is dropped until");
    }

    @Test
    void aLongLineIsCut() throws Exception {
        TestConfig config = new TestConfig("printf", "%s\\n%s", "x".repeat(50_000), "short");
        config.maxLine = OptionalInt.of(100);
        start(config).exit();
        assertThat(context.logged())
                .contains("INFO " + "x".repeat(100) + " ... (cut)", "INFO short");
    }

    @Test
    void coloursAndProgressBarsBecomePlainLines() throws Exception {
        run("printf '\\033[1;31mred\\033[0m\\r10%%\\r20%%\\r\\ndone'");
        assertThat(context.logged()).contains("INFO red", "INFO 10%", "INFO 20%", "INFO done");
    }

    @Test
    void silenceForTooLongIsATimeout() throws Exception {
        TestConfig config = shell("echo working; exec sleep 1000");
        config.silenceLimit = Optional.of(Duration.ofMillis(300));
        assertThat(start(config).exit())
                .isEqualTo(ExitReason.timeout("no output for 0.3s; last output: working"));
    }

    @Test
    void outputNowAndThenIsNoSilence() throws Exception {
        TestConfig config = shell("for i in 1 2 3 4 5 6; do printf .; sleep 0.1; done");
        config.silenceLimit = Optional.of(Duration.ofMillis(400));
        assertThat(start(config).exit()).isEqualTo(ExitReason.normal());
    }

    // Stop

    @Test
    void aStopAsksTheProcessAndLetsItFinish() throws Exception {
        TestRun run =
                start(
                        shell(
                                "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"));
        awaitLog("INFO ready");
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(context.logged()).contains("INFO bye", "INFO told to stop: exit code 7");
    }

    @Test
    void aProcessThatIgnoresTheSignalIsKilledBeforeTheShutdownTimeIsOver() throws Exception {
        TestRun run =
                start(
                        shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"),
                        Shutdown.within(Duration.ofSeconds(1)));
        awaitLog("INFO ready");
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(context.logged())
                .anyMatch(line -> line.matches("WARNING did not end within 0.8 s .*"));
    }

    @Test
    void withAnInfiniteShutdownItIsKilledAfterAWhile() throws Exception {
        TestConfig config = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
        config.killAfter = Optional.of(Duration.ofMillis(200));
        TestRun run = start(config, Shutdown.infinity());
        awaitLog("INFO ready");
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
    }

    @Test
    void whoIsBehindAShellIsAskedToo() throws Exception {
        TestRun run =
                start(
                        shell(
                                "sh -c 'trap \"echo child was asked; sleep 0.2; echo child says bye; exit\" TERM;"
                                        + " echo ready; while :; do sleep 0.05; done'; echo never"));
        awaitLog("INFO ready");
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(context.logged())
                .containsSubsequence("INFO child was asked", "INFO child says bye")
                .doesNotContain("INFO never");
    }

    @Test
    void aBrutalKillLeavesNothing() throws Exception {
        TestRun run = start(shell("sleep 1000 & echo ready; wait"), Shutdown.brutalKill());
        awaitLog("INFO ready");
        assertThat(run.stop()).isEqualTo(ExitReason.kill());
        assertThat(RunMarker.of(context).ofThisRun()).isEmpty(); // at once, not some time later
    }

    @Test
    void aRunKilledInTheMiddleOfItsStopLeavesNothing() throws Exception {
        TestRun run =
                start(shell("trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done"));
        awaitLog("INFO ready");
        run.requestStop(Duration.ofSeconds(60));
        awaitLog("INFO asked");
        run.kill();
        assertThat(run.exit()).isEqualTo(ExitReason.kill());
        assertThat(RunMarker.of(context).ofThisRun()).isEmpty();
    }

    @Test
    void aRunKilledFromOutsideLeavesNothing() throws Exception {
        TestRun run = start(shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
        awaitLog("INFO ready");
        run.kill();
        assertThat(run.exit()).isEqualTo(ExitReason.kill());
        assertThat(RunMarker.of(context).ofThisRun()).isEmpty();
    }

    @Test
    void aRunKilledBetweenItsCallbacksLeavesNothing() throws Exception {
        context.fenceAfterInit();
        assertThatThrownBy(() -> start(shell("exec sleep 1000")))
                .isInstanceOf(InterruptedException.class);
        assertThat(context.logged()).anyMatch(line -> line.startsWith("INFO started sh"));
        await().atMost(5, SECONDS).until(() -> RunMarker.of(context).ofThisRun().isEmpty());
    }

    // Descendants

    @Test
    void childrenLeftBehindAreKilled() throws Exception {
        assertThat(run("sleep 1000 & echo $!")).isEqualTo(ExitReason.normal());
        assertThat(aliveOf(pidIn("INFO (\\d+)"))).isFalse();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aGrandchildInASessionOfItsOwnIsFoundByItsEnvironment() throws Exception {
        assertThat(run("setsid sh -c 'echo $$; sleep 1000; :' & sleep 0.3; exit 0"))
                .isEqualTo(ExitReason.normal());
        assertThat(aliveOf(pidIn("INFO (\\d+)"))).isFalse();
    }

    @Test
    void withoutAMarkerADescendantSeenBeforeIsStillKilled() throws Exception {
        Process root = stranger("sh", "-c", "sleep 1000 & sleep 1000; :");
        ProcessTree tree = new ProcessTree(Optional.of(root.toHandle()), List::of);
        await().atMost(5, SECONDS).until(() -> tree.alive().size() == 3);
        root.destroyForcibly();
        await().atMost(5, SECONDS).until(() -> tree.alive().size() == 2);
        assertThat(tree.kill()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aStrangerWhoHoldsTheOutputOpenDoesNotHoldTheRun() throws Exception {
        // With a clean environment and another parent it cannot be found; it ends by itself.
        ExitReason reason =
                run("env -i setsid sh -c 'sleep 3' & sleep 0.3; echo last words; exit 1");
        assertThat(reason.toString()).endsWith("last output: last words");
    }

    // Leftovers of an earlier run

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatAnEarlierRunLeftIsKilledByItsMarker() throws Exception {
        Process left = stranger(Map.of(RunMarker.AGENT, "root/agent#7"), data, "sleep", "1000");
        Process sibling = stranger(Map.of(RunMarker.AGENT, "root/agent2#7"), data, "sleep", "1000");
        Process likewise =
                stranger(Map.of(RunMarker.AGENT, "root/agent#1#7"), data, "sleep", "1000");
        Process elsewhere =
                stranger(
                        Map.of(RunMarker.AGENT, "root/agent#7"), data.getParent(), "sleep", "1000");

        TestRun run = start(shell("exec sleep 1000"));

        assertThat(left.waitFor(5, SECONDS)).isTrue();
        assertThat(List.of(sibling, likewise, elsewhere)).allMatch(Process::isAlive);
        assertThat(context.logged())
                .contains(
                        "WARNING killing what an earlier run has left behind: process "
                                + left.pid());
        run.stop();
    }

    @Test
    void whatAnEarlierRunLeftIsKilledByItsPid() throws Exception {
        Process left = stranger("sleep", "1000");
        context.state(Optional.of(ProcessAgent.State.of(left.toHandle())));
        TestRun run = start(shell("exec sleep 1000"));
        assertThat(left.waitFor(5, SECONDS)).isTrue();
        run.stop();
    }

    @Test
    void aPidThatWasGivenToAnotherProcessIsLeftAlone() throws Exception {
        Process other = stranger("sleep", "1000");
        long started = ProcessAgent.State.of(other.toHandle()).startedAtMillis();
        context.state(Optional.of(new ProcessAgent.State(other.pid(), started - 60_000)));
        TestRun run = start(shell("exec sleep 1000"));
        assertThat(other.isAlive()).isTrue();
        run.stop();
    }

    @Test
    void thePidIsSavedRightAfterTheStart() throws Exception {
        TestRun run = start(shell("exec sleep 1000"));
        ProcessAgent.State state = (ProcessAgent.State) context.state().orElseThrow();
        assertThat(state.find()).isPresent();
        run.stop();
        assertThat(state.find()).isEmpty();
    }

    @Test
    void aFailedStartLeavesNothing() throws Exception {
        context.saving((_, _) -> {
            throw new IllegalStateException("no such luck");
        });
        assertThatThrownBy(() -> start(shell("exec sleep 1000"))).hasMessage("no such luck");
        assertThat(RunMarker.of(context).ofThisRun()).isEmpty();
    }

    @Test
    void aFullStoreDoesNotTakeTheProcessWithIt() throws Exception {
        context.saving((_, _) -> {
            throw new StorageException(true, "disk full", new IOException());
        });
        TestRun run = start(shell("echo ready; exec sleep 1000"));
        awaitLog("INFO ready");
        assertThat(context.logged())
                .anyMatch(line -> line.startsWith("WARNING the pid could not be saved"));
        run.stop();
    }

    // What the tests are made of

    private ExitReason run(String script) throws Exception {
        return start(shell(script)).exit();
    }

    private TestRun start(TestConfig config) throws Exception {
        return start(config, Shutdown.DEFAULT);
    }

    private TestRun start(TestConfig config, Shutdown shutdown) throws Exception {
        return TestRun.start(new ProcessAgent(config.config()), shutdown, context);
    }

    private void awaitLog(String line) {
        await().atMost(10, SECONDS).until(() -> context.logged().contains(line));
    }

    private long pidIn(String pattern) {
        return context.logged().stream()
                .filter(line -> line.matches(pattern))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static boolean aliveOf(long pid) {
        return new ProcessTree(ProcessHandle.of(pid), List::of)
                .alive().stream().anyMatch(process -> process.pid() == pid);
    }

    private Process stranger(String... command) throws IOException {
        return stranger(Map.of(), data, command);
    }

    private Process stranger(Map<String, String> env, Path dataFolder, String... command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(env);
        builder.environment().put(RunMarker.DATA, dataFolder.toRealPath().toString());
        Process process = builder.start();
        strangers.add(process);
        return process;
    }

    private static TestConfig shell(String script) {
        return new TestConfig("sh", "-c", script);
    }

    /** A configuration with every default, for tests to change what they are about. */
    private static final class TestConfig {
        private final List<String> command;
        private Optional<Map<String, String>> env = Optional.empty();
        private Optional<Path> folder = Optional.empty();
        private Optional<List<Integer>> normalExitCodes = Optional.empty();
        private Optional<Duration> silenceLimit = Optional.empty();
        private Optional<Duration> killAfter = Optional.empty();
        private OptionalLong outputLimit = OptionalLong.empty();
        private OptionalInt maxLine = OptionalInt.empty();

        private TestConfig(String... command) {
            this.command = List.of(command);
        }

        private ProcessConfig config() {
            return new ProcessConfig(
                    command,
                    env,
                    folder,
                    normalExitCodes,
                    silenceLimit,
                    killAfter,
                    outputLimit,
                    maxLine);
        }
    }
}
