package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The unpacked archive, used as a user would: its launcher as a process, on a home of the test's
 * own.
 */
final class Installed implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final JsonMapper JSON = new JsonMapper();

    private final Path home;
    private final List<Running> started = new ArrayList<>();

    private Installed(Path home) {
        this.home = home;
    }

    /** The archive's folder; failsafe gives it. */
    static Path archive() {
        return Path.of(System.getProperty("supervisor.archive", "target/supervisor"))
                .toAbsolutePath();
    }

    /** A home with the archive's plugins in an empty folder. */
    static Installed in(Path folder) throws IOException {
        Path plugins = Files.createDirectories(folder.resolve("plugins"));
        try (Stream<Path> jars = Files.list(archive().resolve("plugins"))) {
            for (Path jar : jars.toList()) {
                Files.copy(jar, plugins.resolve(jar.getFileName()));
            }
        }
        return new Installed(folder.toRealPath());
    }

    Path home() {
        return home;
    }

    Path data() {
        return home.resolve("data");
    }

    /** Writes a file into the home. */
    Path write(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** How a command ended. */
    record Result(int code, String out, String err) {
        JsonNode json() {
            return JSON.readTree(out);
        }

        Result succeeded() {
            assertThat(code).as("%s%n%s", out, err).isZero();
            return this;
        }

        Result failedWith(ExitCode expected) {
            assertThat(code).as("%s%n%s", out, err).isEqualTo(expected.code());
            return this;
        }
    }

    /** Runs a command on this home to its end. */
    Result run(String... args) throws IOException, InterruptedException {
        return run(Map.of(), archive().resolve("bin/supervisor"), withHome(args));
    }

    /** Runs a program to its end, in this home's folder. */
    Result run(Map<String, String> environment, Path program, List<String> args)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile(home, "out", ".txt");
        Path err = Files.createTempFile(home, "err", ".txt");
        Process process =
                builder(environment, program, args)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(
                    args + " did not end: " + Files.readString(out) + Files.readString(err));
        }
        Result result =
                new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        Files.delete(out);
        Files.delete(err);
        return result;
    }

    /** Starts {@code run TREE} and returns at once. */
    Running start(Path tree) throws IOException {
        return start(tree, Map.of());
    }

    /** As {@link #start(Path)}, with more in its environment. */
    Running start(Path tree, Map<String, String> environment) throws IOException {
        Process process =
                builder(
                                environment,
                                archive().resolve("bin/supervisor"),
                                withHome("run", tree.toString()))
                        .redirectErrorStream(true)
                        .start();
        Running running = new Running(process);
        started.add(running);
        return running;
    }

    /** The rows of {@code ps --json}, by path. */
    Map<String, JsonNode> ps() throws IOException, InterruptedException {
        Map<String, JsonNode> rows = new java.util.LinkedHashMap<>();
        run("ps", "--json")
                .succeeded()
                .json()
                .forEach(row -> rows.put(row.get("path").stringValue(), row));
        return rows;
    }

    private List<String> withHome(String... args) {
        List<String> all = new ArrayList<>(List.of("--home", home.toString()));
        all.addAll(List.of(args));
        return all;
    }

    private ProcessBuilder builder(
            Map<String, String> environment, Path program, List<String> args) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(args);
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
        builder.environment().keySet().removeIf(it -> it.startsWith("SUPERVISOR_"));
        builder.environment().put("SUPERVISOR_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder;
    }

    /** Processes that carry this home's run marker in their environment. */
    List<ProcessHandle> marked() {
        String mark = Leftovers.MARKER + "=" + data();
        return ProcessHandle.allProcesses().filter(process -> carries(process, mark)).toList();
    }

    private static boolean carries(ProcessHandle process, String mark) {
        try {
            String environment = Files.readString(Path.of("/proc", process.pid() + "", "environ"));
            return Stream.of(environment.split("\0")).anyMatch(mark::equals);
        } catch (IOException _) { // ended, or another user's, or not Linux
            return false;
        }
    }

    @Override
    public void close() {
        started.forEach(Running::kill9);
        for (ProcessHandle process : marked()) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A supervisor that runs. */
    static final class Running {
        private final Process process;
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Thread reader;

        private Running(Process process) {
            this.process = process;
            this.reader =
                    Thread.ofPlatform()
                            .daemon()
                            .start(() -> {
                                try (var in = process.inputReader()) {
                                    in.lines().forEach(lines::add);
                                } catch (IOException | UncheckedIOException _) {
                                    return; // killed
                                }
                            });
        }

        long pid() {
            return process.pid();
        }

        Process process() {
            return process;
        }

        List<String> lines() {
            return lines;
        }

        /** Waits for a line with these words in this order. */
        Running awaitLine(String... words) {
            Pattern pattern =
                    Pattern.compile(
                            Stream.of(words).map(Pattern::quote).collect(Collectors.joining(".*")));
            try {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> {
                            boolean over = !reader.isAlive(); // before the look
                            boolean there =
                                    lines.stream().anyMatch(it -> pattern.matcher(it).find());
                            if (over && !there) {
                                throw new IllegalStateException("it has ended");
                            }
                            return there;
                        });
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "no line like %s in:%n%s".formatted(pattern, String.join("\n", lines)), e);
            }
            return this;
        }

        Running awaitUp() {
            return awaitLine("up; ");
        }

        int awaitEnd() throws InterruptedException {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it still runs:\n" + String.join("\n", lines));
            }
            reader.join();
            return process.exitValue();
        }

        /** SIGTERM. */
        int term() throws InterruptedException {
            process.toHandle().destroy(); // the process's own destroy would close its output, too
            return awaitEnd();
        }

        /** SIGKILL, and nothing of it is left. */
        void kill9() {
            process.toHandle().destroyForcibly();
            process.onExit().join();
        }
    }
}
