package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.AgentView;
import ai.terraphim.supervisor.runtime.jmx.SupervisorRuntimeMXBean;
import ai.terraphim.supervisor.runtime.jmx.TreeText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * {@code demo}: runs the demo tree in a process of its own and shows what supervision is for. It
 * does nothing that a user could not do by hand, and says how.
 */
@Command(
        name = "demo",
        description = {
            "Shows in half a minute what a supervisor does: runs conf/demo.yaml, kills its web server and then the supervisor"
                    + " itself with kill -9, and shows both back at work.",
        })
final class DemoCommand implements Callable<Integer> {
    private static final int PORT = 8123;
    private static final String WEB = "root/web";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Option(names = "--keep", description = "Leave the tree running at the end.")
    private boolean keep;

    private final Terminal terminal = Terminal.standard();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Home home = parent.home();
        Path archive = Path.of(System.getProperty(Home.ARCHIVE_PROPERTY, ""));
        checkPort();
        home.prepare();

        step(
                "Start the tree of conf/demo.yaml: a web server, a watched folder, a probe of the web server");
        Process supervisor = start(home, archive);
        try {
            tree(supervisor.pid());

            step(
                    "Drop three files into data/inbox; the agent root/pipeline/inbox handles each once");
            dropFiles(home);

            step("Kill the web server, and see the supervisor bring it back");
            killWeb(supervisor.pid());

            step("Kill the supervisor itself, and start it again: it goes on where it was");
            shell("kill -9 " + supervisor.pid());
            supervisor.toHandle().destroyForcibly();
            supervisor.waitFor();
            supervisor = start(home, archive);
            tree(supervisor.pid());

            step("What happened to the web server, out of the database");
            history(supervisor.pid());

            if (keep) {
                step("It runs on: process " + supervisor.pid());
                terminal.line("   try: bin/supervisor tree; bin/supervisor shutdown");
                supervisor.waitFor();
                return ExitCode.OK.code();
            }
            step("Stop it in order");
            stop(supervisor);
        } finally {
            supervisor.toHandle().destroy(); // SIGTERM: an orderly stop as well
            supervisor.waitFor();
        }
        return ExitCode.OK.code();
    }

    private void checkPort() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_STARTED,
                    "port %d is taken by another program, and the demo tree's web server needs it; end that program, or run"
                                    .formatted(PORT)
                            + " a copy of conf/demo.yaml with another port",
                    e);
        }
    }

    private Process start(Home home, Path archive) throws IOException {
        shell("bin/supervisor run conf/demo.yaml");
        ProcessBuilder builder =
                new ProcessBuilder(
                                archive.resolve("bin/supervisor").toString(),
                                "--home",
                                home.folder().toString(),
                                "run",
                                archive.resolve("conf/demo.yaml").toString())
                        .redirectErrorStream(true);
        builder.environment().put("SUPERVISOR_JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        CountDownLatch upOrEnded = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> show(process, upOrEnded));
        awaitUp(home, process, upOrEnded);
        return process;
    }

    private void show(Process process, CountDownLatch upOrEnded) {
        try (BufferedReader lines = process.inputReader()) {
            lines.lines()
                    .forEach(line -> {
                        terminal.line("   │ " + line);
                        if (line.startsWith(Standalone.UP)) {
                            upOrEnded.countDown();
                        }
                    });
        } catch (IOException | UncheckedIOException _) { // killed: nothing more to show
            return;
        } finally {
            upOrEnded.countDown();
        }
    }

    private void awaitUp(Home home, Process supervisor, CountDownLatch upOrEnded) {
        await("the tree is up", () -> upOrEnded.getCount() == 0);
        if (supervisor.isAlive()) {
            await("the web server answers", DemoCommand::isListening);
        } else {
            throw new CommandFailure(
                    ExitCode.NOT_STARTED,
                    "the demo tree did not start; its lines above say why, and "
                            + home.logs().resolve("supervisor.log")
                            + " may say more");
        }
    }

    private void dropFiles(Home home) throws IOException {
        Path inbox = Files.createDirectories(home.data().resolve("inbox"));
        Path output = home.data().resolve("inbox.log");
        long before = lines(output);
        String stamp = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
        for (String name : List.of("alpha", "beta", "gamma")) {
            Path part = home.data().resolve(name + ".part");
            Files.writeString(part, (name + "\n").repeat(3));
            Files.move(part, inbox.resolve(name + "-" + stamp + ".txt"));
        }
        shell("cp alpha-%1$s.txt beta-%1$s.txt gamma-%1$s.txt data/inbox".formatted(stamp));
        await("the files are handled", () -> lines(output) >= before + 3);
        shell("tail -n 3 data/inbox.log");
        List<String> all = Files.readAllLines(output);
        all.subList(all.size() - 3, all.size()).forEach(line -> terminal.line("   " + line));
    }

    private void killWeb(long supervisor) {
        long runBefore = state(supervisor, WEB).map(AgentView::run).orElse(0L);
        ProcessHandle web =
                ProcessHandle.of(supervisor).stream()
                        .flatMap(ProcessHandle::descendants)
                        .filter(it -> it.info().command().orElse("").endsWith("jwebserver"))
                        .findFirst()
                        .orElseThrow(() ->
                                new CommandFailure(
                                        ExitCode.INTERNAL, "the demo's web server has no process"));
        shell("kill -9 " + web.pid());
        long start = System.nanoTime();
        web.destroyForcibly();
        await(
                "the web server is back",
                () ->
                        state(supervisor, WEB).filter(it -> it.run() > runBefore).isPresent()
                                && isListening());
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        terminal.line(
                "   http://127.0.0.1:%d/ answers again after %.1f s"
                        .formatted(PORT, millis / 1_000.0));
        tree(supervisor);
    }

    private void tree(long supervisor) {
        shell("bin/supervisor tree");
        try (Connection connection = Connection.to(supervisor)) {
            TreeText.lines(connection.list(""), terminal::state)
                    .forEach(line -> terminal.line("   " + line));
        }
    }

    private void history(long supervisor) {
        shell("bin/supervisor history root/web --limit 8");
        try (Connection connection = Connection.to(supervisor)) {
            Listing.EVENTS
                    .text()
                    .apply(connection.ask(runtime -> runtime.history(WEB, 8)))
                    .forEach(line -> terminal.line("   " + line));
        }
    }

    private void stop(Process supervisor) throws InterruptedException {
        List<ProcessHandle> children = supervisor.descendants().toList();
        shell("bin/supervisor shutdown");
        try (Connection connection = Connection.to(supervisor.pid())) {
            connection.order(SupervisorRuntimeMXBean::shutdown);
        }
        int code = supervisor.waitFor();
        long left = children.stream().filter(Leftovers::runs).count();
        terminal.line("   exit code %d; processes left behind: %d".formatted(code, left));
    }

    private static Optional<AgentView> state(long supervisor, String path) {
        try (Connection connection = Connection.to(supervisor)) {
            return connection.list("path=" + path).stream()
                    .filter(it -> it.state().equals("running"))
                    .findFirst();
        } catch (CommandFailure _) { // not published yet
            return Optional.empty();
        }
    }

    private static boolean isListening() {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            return true;
        } catch (IOException _) { // nobody there yet
            return false;
        }
    }

    private static long lines(Path file) {
        if (!Files.exists(file)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException _) { // being written
            return 0;
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new CommandFailure(
                        ExitCode.NOT_STARTED,
                        "waited %d s in vain until %s".formatted(PATIENCE.toSeconds(), what));
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailure(ExitCode.INTERNAL, "interrupted", e);
            }
        }
    }

    private void step(String text) {
        terminal.line("");
        terminal.line(terminal.bold("== " + text));
    }

    private void shell(String command) {
        terminal.line("   $ " + terminal.bold(command));
    }
}
