package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the command line refuses, and how: one clear line with a remedy, and a documented exit code.
 */
class CommandLineIT {
    private static final String ONE_SLEEPER =
            """
            runtime: refused
            supervisor:
              id: root
              children:
                - { id: sleeper, type: process, config: { command: [sleep, "1000"] } }
            """;

    @TempDir private Path folder;
    private Installed installed;

    @BeforeEach
    void install() throws Exception {
        installed = Installed.in(folder);
    }

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        try {
            assertThat(installed.marked()).isEmpty();
        } finally {
            installed.close();
        }
    }

    @Test
    void helpListsCommandsAndExitCodes() throws Exception {
        String help = installed.run("--help").succeeded().out();
        assertThat(help)
                .contains(
                        "run",
                        "check",
                        "ps",
                        "tree",
                        "history",
                        "threads",
                        "store",
                        "orphans",
                        "dependencies",
                        "dependency",
                        "messages",
                        "message",
                        "spawn",
                        "stop",
                        "restart",
                        "checkpoint",
                        "shutdown",
                        "demo");
        for (ExitCode code : ExitCode.values()) {
            assertThat(help).contains(code.code() + "   " + code.meaning().substring(0, 20));
        }
        assertThat(run(Installed.archive().resolve("bin/supervisor").toString()).succeeded().out())
                .isEqualTo(help);
        assertThat(installed.run("dependency", "open", "--help").succeeded().out())
                .startsWith("Usage: supervisor dependency open ")
                .contains("KEY", "--pid=PID", "--help");
    }

    @Test
    void whatIsNoNumberIsRefused() throws Exception {
        assertRefused(
                installed.run("message", "drop", "all").failedWith(ExitCode.USAGE),
                "'all' is not a whole number",
                "supervisor message drop --help");
    }

    @Test
    void anUnknownCommandIsRefused() throws Exception {
        assertRefused(
                installed.run("rnu", "conf/demo.yaml").failedWith(ExitCode.USAGE),
                "'rnu'",
                "supervisor --help");
    }

    @Test
    void anUnknownOptionIsRefused() throws Exception {
        assertRefused(
                installed.run("ps", "--jsno").failedWith(ExitCode.USAGE),
                "'--jsno'",
                "supervisor ps --help");
    }

    @Test
    void aMissingArgumentIsNamed() throws Exception {
        assertRefused(
                installed.run("run").failedWith(ExitCode.USAGE), "'TREE'", "supervisor run --help");
        assertRefused(
                installed.run("dependency", "open").failedWith(ExitCode.USAGE),
                "'KEY'",
                "supervisor dependency open --help");
    }

    @Test
    void aCommandOfTwoWordsNeedsBoth() throws Exception {
        assertRefused(
                installed.run("message").failedWith(ExitCode.USAGE), "supervisor message --help");
        assertRefused(
                installed.run("dependency", "shut", "db").failedWith(ExitCode.USAGE),
                "unknown command 'shut'",
                "supervisor dependency --help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ps",
                "tree",
                "history",
                "threads",
                "store",
                "orphans",
                "dependencies",
                "dependency open db",
                "messages",
                "message drop 1",
                "shutdown",
                "stop root/x",
                "restart root/x",
                "checkpoint root/x",
                "delete root/x"
            })
    void withoutASupervisorThereIsNobodyToTalkTo(String command) throws Exception {
        assertRefused(
                installed.run(command.split(" ", -1)).failedWith(ExitCode.NO_RUNTIME),
                installed.data().toString(),
                "supervisor run TREE");
    }

    @Test
    void aProcessThatIsNoSupervisorIsRefused() throws Exception {
        String self = Long.toString(ProcessHandle.current().pid());
        assertRefused(
                installed.run("ps", "--pid", self).failedWith(ExitCode.NO_RUNTIME),
                "process " + self + " publishes no supervisor");
        assertRefused(
                installed.run("ps", "--pid", "999999999").failedWith(ExitCode.NO_RUNTIME),
                "process 999999999 does not answer");
    }

    @Test
    void theExampleIsRight() throws Exception {
        Path demo = Installed.archive().resolve("conf/demo.yaml");
        assertThat(installed.run("check", demo.toString()).succeeded().out())
                .contains("runtime demo, 3 agents, 2 supervisors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "check"})
    void aMissingTreeFileIsRefused(String command) throws Exception {
        assertRefused(
                installed.run(command, "nowhere.yaml").failedWith(ExitCode.CONFIGURATION),
                "nowhere.yaml");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "check"})
    void aFolderIsNoTreeFile(String command) throws Exception {
        assertRefused(
                installed.run(command, folder.toString()).failedWith(ExitCode.CONFIGURATION),
                folder.toString());
    }

    @Test
    void aSyntaxErrorIsNamedWithItsLine() throws Exception {
        Path tree =
                installed.write(
                        "broken.yaml", "runtime: x\nsupervisor:\n  id: root\n  children: [\n");
        assertRefused(
                installed.run("run", tree.toString()).failedWith(ExitCode.CONFIGURATION),
                "broken.yaml:");
    }

    @Test
    void everyProblemOfATreeIsNamedAtOnce() throws Exception {
        Path tree =
                installed.write(
                        "wrong.yaml",
                        """
                        runtime: wrong
                        supervisor:
                          id: root
                          strategy: one_for_everyone
                          children:
                            - { id: a, type: procces, config: { command: [sleep, "1000"] } }
                            - { id: b, type: process, config: { comand: [sleep, "1000"] } }
                            - { id: b, type: watch, config: { folder: in, output: out.log } }
                        """);
        Installed.Result result =
                installed.run("run", tree.toString()).failedWith(ExitCode.CONFIGURATION);
        assertThat(result.err().lines())
                .allSatisfy(line -> assertThat(line).startsWith("supervisor: "))
                .anySatisfy(line -> assertThat(line).contains("wrong.yaml:4", "one_for_everyone"))
                .anySatisfy(line -> assertThat(line).contains("wrong.yaml:6", "procces"))
                .anySatisfy(line -> assertThat(line).contains("wrong.yaml:7", "comand"))
                .anySatisfy(line -> assertThat(line).contains("wrong.yaml:8"));
    }

    @Test
    void aDangerousTreeIsRightAndWarnedOf() throws Exception {
        String tree =
                installed
                        .write(
                                "dangerous.yaml",
                                """
                                supervisor:
                                  id: root
                                  backoff: { initial: 1s }
                                  children: []
                                """)
                        .toString();
        assertThat(installed.run("check", tree).succeeded().out())
                .contains("warning: ", "dangerous.yaml:3: root.backoff: has no effect")
                .contains("is right: runtime main, 0 agents, 1 supervisors");
        assertThat(
                        installed
                                .run("check", "--strict", "--json", tree)
                                .failedWith(ExitCode.CONFIGURATION)
                                .out())
                .contains("\"warnings\": [{\"line\": 3, \"path\": \"root.backoff\"");
    }

    @Test
    void aTextFileAmongThePluginsIsNamedAndTheOthersRun() throws Exception {
        installed.write("plugins/notes.jar", "this is no jar");
        Path tree = installed.write("tree.yaml", ONE_SLEEPER);
        Installed.Result result = installed.run("check", tree.toString()).succeeded();
        assertThat(result.out() + result.err()).contains("notes.jar");
    }

    @Test
    void aDataFolderThatCannotBeMadeIsRefused() throws Exception {
        installed.write("data", "a file in the way");
        Path tree = installed.write("tree.yaml", ONE_SLEEPER);
        assertRefused(
                installed.run("run", tree.toString()).failedWith(ExitCode.STORE),
                installed.data().toString(),
                "--home");
    }

    @Test
    void aReadOnlyDataFolderIsRefused() throws Exception {
        Files.createDirectories(installed.data());
        Path tree = installed.write("tree.yaml", ONE_SLEEPER);
        String launcher = Installed.archive().resolve("bin/supervisor").toString();
        String home = installed.home().toString();
        Installed.Result result;
        if (System.getProperty("user.name").equals("root")) { // who may write everywhere: as nobody
            makeReadable(folder);
            assumeThat(
                            run(
                                            "setpriv",
                                            "--reuid=65534",
                                            "--clear-groups",
                                            "test",
                                            "-r",
                                            launcher)
                                    .code())
                    .as("nobody may read the archive")
                    .isZero();
            result =
                    run(
                            "setpriv",
                            "--reuid=65534",
                            "--clear-groups",
                            launcher,
                            "--home",
                            home,
                            "run",
                            tree.toString());
        } else {
            assertThat(installed.data().toFile().setWritable(false)).isTrue();
            result = installed.run("run", tree.toString());
        }
        assertRefused(
                result.failedWith(ExitCode.STORE),
                installed.data().toString(),
                "not writable",
                "--home");
        assertThat(installed.data()).isEmptyDirectory();
    }

    private Installed.Result run(String... command) throws Exception {
        return installed.run(
                Map.of(), Path.of(command[0]), List.of(command).subList(1, command.length));
    }

    private static void makeReadable(Path folder) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void aLogFolderThatCannotBeMadeIsRefused() throws Exception {
        installed.write("logs", "a file in the way");
        Path tree = installed.write("tree.yaml", ONE_SLEEPER);
        assertRefused(
                installed.run("run", tree.toString()).failedWith(ExitCode.STORE),
                installed.home().resolve("logs").toString());
    }

    @Test
    void aDatabaseThatIsNoneIsRefusedAndKept() throws Exception {
        Path database =
                installed.write(
                        "data/supervisor.db",
                        "this is no database, and somebody may want it back\n".repeat(200));
        String before = Files.readString(database);
        Path tree = installed.write("tree.yaml", ONE_SLEEPER);
        assertRefused(
                installed.run("run", tree.toString()).failedWith(ExitCode.STORE),
                database.toString());
        assertThat(database).hasContent(before);
    }

    @Test
    void stackTracesAreShownOnDemandOnly() throws Exception {
        assertThat(installed.run("run", "nowhere.yaml").err()).doesNotContain("\tat ");
        assertThat(installed.run("--verbose", "run", "nowhere.yaml").err()).contains("\tat ");
    }

    private static void assertRefused(Installed.Result result, String... words) {
        assertThat(result.err()).startsWith("supervisor: ").contains(words).doesNotContain("\tat ");
        assertThat(result.err().lines().count()).as(result.err()).isLessThanOrEqualTo(2);
        assertThat(result.out()).as("standard output").doesNotContain("up; ");
    }
}
