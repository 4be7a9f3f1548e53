package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.AbandonedView;
import ai.terraphim.supervisor.runtime.jmx.AgentView;
import ai.terraphim.supervisor.runtime.jmx.SupervisorMXBean;
import ai.terraphim.supervisor.runtime.jmx.SupervisorRuntimeMXBean;
import ai.terraphim.supervisor.runtime.jmx.TreeText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Commands that talk to a running supervisor are methods here, those that work on
 * its files are inherited, the others are classes.
 */
@Command(
        name = "supervisor",
        description = "Runs supervision trees of agents, and shows and steers them.",
        versionProvider = Version.class,
        subcommands = {
            RunCommand.class,
            CheckCommand.class,
            DemoCommand.class,
            MessageCommand.class,
            DependencyCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  SUPERVISOR_HOME       plugins, conf, data and logs of another installation",
            "  SUPERVISOR_JAVA_HOME  the JDK 25 to use; else JAVA_HOME, the PATH and the usual folders are looked at",
            "  SUPERVISOR_JAVA_OPTS  options for the JVM, such as -Xmx512m",
            "  NO_COLOR              set to anything: no colours on a terminal"
        })
final class SupervisorCommand extends StoreCommands {
    @Option(
            names = "--home",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description =
                    "Where plugins, conf, data and logs lie; by default SUPERVISOR_HOME, else where this program lies.")
    private @Nullable Path home;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print stack traces of errors.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli alone looks at it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and exit.")
    @SuppressWarnings("UnusedVariable") // picocli alone looks at it
    private boolean version;

    @Override
    Home home() {
        return Home.of(home);
    }

    boolean verbose() {
        return verbose;
    }

    @Command(name = "ps", description = "Lists agents and supervisors.")
    void ps(
            @Mixin Target target,
            @Mixin Format format,
            @Parameters(
                            arity = "0..*",
                            paramLabel = "FILTER",
                            description =
                                    "kind=, type=, state=, path= or part of a path; all of them must fit.")
                    @Nullable List<String> filters) {
        String filter = filters == null ? "" : String.join(" ", filters);
        format.print(Listing.AGENTS, target.ask(connection -> connection.list(filter)));
    }

    @Command(name = "tree", description = "Draws the tree.")
    void tree(@Mixin Target target, @Mixin Format format) {
        List<AgentView> rows = target.ask(connection -> connection.list(""));
        Terminal terminal = Terminal.standard();
        if (format.isJson()) {
            terminal.line(Json.text(Listing.nested(rows)));
        } else {
            TreeText.lines(rows, terminal::state).forEach(terminal::line);
        }
    }

    @Command(
            name = "history",
            description = "Shows what happened, oldest first; also when no supervisor runs.")
    void history(
            @Mixin Target target,
            @Mixin Format format,
            @Parameters(
                            arity = "0..1",
                            defaultValue = "",
                            paramLabel = "PATH",
                            description = "Only this agent or supervisor and all below it.")
                    String path,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description =
                                    "How many facts at most, 1 to 1000; ${DEFAULT-VALUE} by default.")
                    int limit,
            @Option(
                            names = "--since",
                            paramLabel = "SEQ",
                            description =
                                    "The first facts after this number, instead of the newest.")
                    @Nullable Long since) {
        if (since != null && !path.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--since reads the whole tree's history; leave out PATH or --since");
        }
        format.print(
                Listing.EVENTS,
                target.isAtRest()
                        ? StoredHistory.read(home(), path, since, limit)
                        : target.ask(connection ->
                                connection.ask(runtime ->
                                        since == null
                                                ? runtime.history(path, limit)
                                                : runtime.historySince(since, limit))));
    }

    @Command(
            name = "dependencies",
            description = "Lists what agents depend on, the state of its circuits and who waits.")
    void dependencies(@Mixin Target target, @Mixin Format format) {
        format.print(Listing.DEPENDENCIES, target.ask(Connection::dependencies));
    }

    @Command(
            name = "messages",
            description =
                    "Lists the messages that have crashed their agents once too often and were parked, oldest first.")
    void messages(@Mixin Target target, @Mixin Format format) {
        format.print(
                Listing.MESSAGES,
                target.ask(connection -> connection.ask(SupervisorRuntimeMXBean::parkedMessages)));
    }

    @Command(name = "store", description = "Shows how large the store is, and how it keeps up.")
    void store(@Mixin Target target, @Mixin Format format) {
        var figures = target.ask(connection -> connection.askStore(StoreStatus::of));
        Terminal terminal = Terminal.standard();
        if (format.isJson()) {
            terminal.line(Json.text(figures.json()));
        } else {
            figures.lines().forEach(terminal::line);
        }
    }

    @Command(
            name = "orphans",
            description =
                    "Lists agents that have states in the store and no place in the tree; also when no supervisor runs.")
    void orphans(
            @Mixin Target target,
            @Mixin Format format,
            @Option(
                            names = "--delete",
                            paramLabel = "PATH",
                            description =
                                    "Delete the states of this one now, instead of listing. They cannot be brought back.")
                    @Nullable String delete) {
        if (delete == null) {
            format.print(Listing.ORPHANS, Orphans.list(target));
        } else {
            Orphans.delete(target, delete);
            Terminal.standard().line("the states of " + delete + " are deleted");
        }
    }

    @Command(
            name = "threads",
            description =
                    "Shows the threads of killed agents that have not ended, or where an agent's thread is.")
    void threads(
            @Mixin Target target,
            @Mixin Format format,
            @Parameters(
                            arity = "0..1",
                            defaultValue = "",
                            paramLabel = "PATH",
                            description = "An agent, such as root/web.")
                    String path) {
        format.print(
                Listing.THREADS,
                target.ask(connection ->
                        connection.ask(runtime ->
                                path.isEmpty()
                                        ? runtime.listAbandonedThreads()
                                        : threadOf(runtime, path))));
    }

    private static List<AbandonedView> threadOf(SupervisorRuntimeMXBean runtime, String path) {
        String stack = runtime.threadDump(path);
        return stack.isEmpty()
                ? List.of()
                : List.of(new AbandonedView(path, runtime.describe(path).run(), "", stack));
    }

    @Command(
            name = "spawn",
            description = "Adds a child to a running supervisor and starts it; prints its path.")
    void spawn(
            @Mixin Target target,
            @Parameters(
                            paramLabel = "SUPERVISOR",
                            description = "The supervisor's path, such as root/pipeline.")
                    String supervisor,
            @Parameters(
                            paramLabel = "SPEC",
                            arity = "0..1",
                            defaultValue = "{}",
                            description =
                                    "The child as in a tree file, in JSON, such as '{\"id\": \"w\", \"type\": \"watch\","
                                            + " \"config\": {...}}'; for an instance of a pool '{\"config\": {...}}', or nothing;"
                                            + " - reads it from standard input.")
                    String spec) {
        String json = spec.equals("-") ? standardInput() : spec;
        Terminal.standard()
                .line(
                        target.ask(connection ->
                                connection.ask(runtime -> runtime.spawn(supervisor, json))));
    }

    @Command(name = "stop", description = "Stops a child; it stays down until it is restarted.")
    void stop(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "Such as root/web.") String path) {
        target.order(
                connection -> connection.orderChild(path, SupervisorMXBean::stopChild),
                path + " stopped");
    }

    @Command(
            name = "restart",
            description = "Stops a child if it is up, and starts it again, alone and uncounted.")
    void restart(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "Such as root/web.") String path) {
        target.order(
                connection -> connection.orderChild(path, SupervisorMXBean::restartChild),
                path + " restarted");
    }

    @Command(
            name = "checkpoint",
            description = "Asks an agent to save its state; ps --json tells when it has.")
    void checkpoint(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "An agent, such as root/web.")
                    String path) {
        target.order(
                connection -> connection.order(runtime -> runtime.checkpoint(path)),
                path + " asked to save its state");
    }

    @Command(name = "delete", description = "Removes a child that is down.")
    void delete(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "Such as root/web.") String path) {
        target.order(
                connection -> connection.orderChild(path, SupervisorMXBean::deleteChild),
                path + " deleted");
    }

    @Command(
            name = "shutdown",
            description = "Stops the whole tree in order, and returns when its process has ended.")
    void shutdown(
            @Mixin Target target,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            defaultValue = "60",
                            description =
                                    "How long to wait for the end; ${DEFAULT-VALUE} by default.")
                    long seconds)
            throws InterruptedException, ExecutionException {
        long pid =
                target.ask(connection -> {
                    connection.order(SupervisorRuntimeMXBean::shutdown);
                    return connection.pid();
                });
        var process = ProcessHandle.of(pid);
        if (process.isPresent()) {
            try {
                process.get().onExit().get(seconds, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new CommandFailure(
                        ExitCode.REFUSED,
                        "process %d is still stopping after %d s; its children may have long shutdown times"
                                .formatted(pid, seconds),
                        e);
            }
        }
        Terminal.standard().line("stopped (process " + pid + ")");
    }

    private static String standardInput() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
