package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The launcher of the unpacked archive as a real process. */
class LauncherIT {
    private static final Path LAUNCHER = Installed.archive().resolve("bin/supervisor");
    private static final String JDK = System.getProperty("java.home");

    @TempDir private Path folder;

    @Test
    void theArchiveHasEverything() throws IOException {
        Path archive = Installed.archive();
        assertThat(names(archive))
                .contains("bin", "lib", "plugins", "conf", "data", "logs", "README.md", "LICENSE");
        assertThat(names(archive.resolve("plugins"))).hasSize(3);
        assertThat(names(archive.resolve("bin"))).containsExactly("supervisor", "supervisor.cmd");
        assertThat(LAUNCHER).isExecutable();
    }

    @Test
    void aJdk25IsFoundThoughJavaHomeIsAnother() throws Exception {
        Path old = fakeJdk("jdk-17", "17.0.9", "java.base jdk.attach");
        Installed.Result result =
                launch(
                        Map.of(
                                "SUPERVISOR_JAVA_HOME",
                                "",
                                "JAVA_HOME",
                                old.toString(),
                                "PATH",
                                JDK + "/bin:" + System.getenv("PATH")),
                        "--version");
        assertThat(result.succeeded().out())
                .contains("Terraphim Agent Supervisor")
                .contains("Java 25");
    }

    @Test
    void aWrongJdkThatWasAskedForIsRefused() throws Exception {
        Path old = fakeJdk("jdk-21", "21.0.2", "java.base jdk.attach");
        Installed.Result result =
                launch(Map.of("SUPERVISOR_JAVA_HOME", old.toString()), "--version")
                        .failedWith(ExitCode.NO_JDK);
        assertThat(result.err())
                .contains("needs a JDK 25")
                .contains(old + " (Java 21.0.2)")
                .contains("SUPERVISOR_JAVA_HOME");
    }

    @Test
    void aJreIsRefused() throws Exception {
        Path jre = fakeJdk("jre-25", "25.0.1", "java.base java.management");
        assertThat(
                        launch(Map.of("SUPERVISOR_JAVA_HOME", jre.toString()), "--version")
                                .failedWith(ExitCode.NO_JDK)
                                .err())
                .contains(jre + " (Java 25.0.1, but a JRE and not a JDK)");
    }

    @Test
    void aFolderWithoutJavaIsRefused() throws Exception {
        assertThat(
                        launch(Map.of("SUPERVISOR_JAVA_HOME", "/nowhere"), "--version")
                                .failedWith(ExitCode.NO_JDK)
                                .err())
                .contains("/nowhere (no bin/java there)");
    }

    @Test
    void itIsFoundThroughSymbolicLinksAndBlanks() throws Exception {
        Path there = Files.createDirectories(folder.resolve("some where/bin"));
        Path absolute = Files.createSymbolicLink(there.resolve("first"), LAUNCHER);
        Path relative = Files.createSymbolicLink(there.resolve("second"), absolute.getFileName());
        assertThat(home().run(Map.of(), relative, List.of("--version")).succeeded().out())
                .contains("Terraphim Agent Supervisor");
    }

    @Test
    void theHomeIsTheArchivesFolderAndMayBeNamedOtherwise() throws Exception {
        Path other = Files.createDirectories(folder.resolve("other home"));
        Installed.Result byVariable = launch(Map.of("SUPERVISOR_HOME", other.toString()), "ps");
        assertThat(byVariable.failedWith(ExitCode.NO_RUNTIME).err())
                .contains(other.toRealPath() + "/data");
        Installed.Result byOption =
                launch(Map.of("SUPERVISOR_HOME", "/nowhere"), "--home", other.toString(), "ps");
        assertThat(byOption.failedWith(ExitCode.NO_RUNTIME).err())
                .contains(other.toRealPath() + "/data");
        assertThat(
                        launch(Map.of("SUPERVISOR_HOME", "/nowhere"), "ps")
                                .failedWith(ExitCode.USAGE)
                                .err())
                .contains("there is no folder /nowhere");
    }

    @Test
    void optionsForTheJvmArePassedOn() throws Exception {
        Installed.Result result =
                launch(Map.of("SUPERVISOR_JAVA_OPTS", "-Xmx64m -XshowSettings:vm"), "--version");
        assertThat(result.succeeded().err() + result.out()).contains("64.00M");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void everyPosixShellCanRunIt(String shell) throws Exception {
        List<String> args =
                shell.equals("busybox")
                        ? List.of("sh", LAUNCHER.toString(), "--version")
                        : List.of(LAUNCHER.toString(), "--version");
        assertThat(home().run(Map.of(), onPath(shell).orElseThrow(), args).succeeded().out())
                .contains("Terraphim Agent Supervisor");
    }

    /** Those that are installed here; sh always is. */
    static List<String> shells() {
        return Stream.of("sh", "dash", "bash", "busybox", "ksh", "mksh")
                .filter(shell -> onPath(shell).isPresent())
                .toList();
    }

    private Installed.Result launch(Map<String, String> environment, String... args)
            throws Exception {
        return home().run(environment, LAUNCHER, List.of(args));
    }

    private Installed home() throws IOException {
        return Installed.in(Files.createTempDirectory(folder, "home"));
    }

    private Path fakeJdk(String name, String version, String modules) throws IOException {
        Path home = folder.resolve(name);
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\nexit 1\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"%s\"\nMODULES=\"%s\"\n"
                        .formatted(version, modules));
        return home;
    }

    private static java.util.Optional<Path> onPath(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(it -> Path.of(it, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(it -> it.getFileName().toString()).sorted().toList();
        }
    }
}
