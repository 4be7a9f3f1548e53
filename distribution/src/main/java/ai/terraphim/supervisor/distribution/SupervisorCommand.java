package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.AbandonedView;
import ai.terraphim.supervisor.runtime.jmx.AgentView;
import ai.terraphim.supervisor.runtime.jmx.DependenciesMXBean;
import ai.terraphim.supervisor.runtime.jmx.DependencyView;
import ai.terraphim.supervisor.runtime.jmx.EventView;
import ai.terraphim.supervisor.runtime.jmx.SupervisorRuntimeMXBean;
import ai.terraphim.supervisor.runtime.jmx.TreeText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Commands that talk to a running supervisor are methods here; the others are
 * classes.
 */
@Command(
        name = "supervisor",
        description = "Runs supervision trees of agents, and shows and steers them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            RunCommand.class,
            CheckCommand.class,
            DemoCommand.class,
            MessagesCommand.class,
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
final class SupervisorCommand {
    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS");

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

    /** Which running supervisor is meant. */
    static final class Target {
        @Option(
                names = "--pid",
                paramLabel = "PID",
                description =
                        "The supervisor's process; by default the one that runs on the data folder.")
        @Nullable Long pid;
    }

    /** How a reading command prints. */
    static final class Format {
        @Option(names = "--json", description = "Print JSON.")
        boolean json;
    }

    Home home() {
        return Home.of(home);
    }

    boolean verbose() {
        return verbose;
    }

    @Command(
            name = "ps",
            description = "Lists agents and supervisors.",
            mixinStandardHelpOptions = true)
    void ps(
            @Mixin Target target,
            @Mixin Format format,
            @Parameters(
                            arity = "0..*",
                            paramLabel = "FILTER",
                            description =
                                    "kind=, type=, state=, path= or part of a path; all of them must fit.")
                    @Nullable List<String> filters) {
        try (Connection connection = Connection.open(home(), target.pid)) {
            List<AgentView> rows =
                    connection.list(filters == null ? "" : String.join(" ", filters));
            print(
                    format.json
                            ? List.of(
                                    Json.lines(rows.stream().map(SupervisorCommand::json).toList()))
                            : table(rows));
        }
    }

    @Command(name = "tree", description = "Draws the tree.", mixinStandardHelpOptions = true)
    void tree(@Mixin Target target, @Mixin Format format) {
        try (Connection connection = Connection.open(home(), target.pid)) {
            List<AgentView> rows = connection.list("");
            Terminal terminal = Terminal.standard();
            print(
                    format.json
                            ? List.of(Json.text(nested(rows)))
                            : TreeText.lines(rows, terminal::state));
        }
    }

    @Command(
            name = "history",
            description = "Shows what happened, oldest first; also when no supervisor runs.",
            mixinStandardHelpOptions = true)
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
        List<EventView> events;
        if (target.pid == null && StoredHistory.isAtRest(home())) {
            events = StoredHistory.read(home(), path, since, limit);
        } else {
            try (Connection connection = Connection.open(home(), target.pid)) {
                events =
                        connection.ask(runtime ->
                                since == null
                                        ? runtime.history(path, limit)
                                        : runtime.historySince(since, limit));
            }
        }
        print(
                format.json
                        ? List.of(Json.lines(events.stream().map(SupervisorCommand::json).toList()))
                        : eventTable(events));
    }

    @Command(
            name = "dependencies",
            description = "Lists what agents depend on, the state of its circuits and who waits.",
            mixinStandardHelpOptions = true)
    void dependencies(@Mixin Target target, @Mixin Format format) {
        try (Connection connection = Connection.open(home(), target.pid)) {
            List<DependencyView> rows =
                    connection
                            .askDependencies(DependenciesMXBean::getDependencies)
                            .orElse(List.of());
            print(
                    format.json
                            ? List.of(
                                    Json.lines(rows.stream().map(SupervisorCommand::json).toList()))
                            : dependencyTable(rows));
        }
    }

    @Command(
            name = "threads",
            description =
                    "Shows the threads of killed agents that have not ended, or where an agent's thread is.",
            mixinStandardHelpOptions = true)
    void threads(
            @Mixin Target target,
            @Mixin Format format,
            @Parameters(
                            arity = "0..1",
                            defaultValue = "",
                            paramLabel = "PATH",
                            description = "An agent, such as root/web.")
                    String path) {
        try (Connection connection = Connection.open(home(), target.pid)) {
            List<AbandonedView> threads =
                    path.isEmpty()
                            ? connection.ask(SupervisorRuntimeMXBean::listAbandonedThreads)
                            : connection.ask(runtime -> threadOf(runtime, path));
            print(
                    format.json
                            ? List.of(
                                    Json.lines(
                                            threads.stream().map(SupervisorCommand::json).toList()))
                            : threads.stream().map(SupervisorCommand::text).toList());
        }
    }

    private static List<AbandonedView> threadOf(SupervisorRuntimeMXBean runtime, String path) {
        String stack = runtime.threadDump(path);
        return stack.isEmpty()
                ? List.of()
                : List.of(new AbandonedView(path, runtime.describe(path).run(), "", stack));
    }

    private static String text(AbandonedView thread) {
        String since = thread.since().isEmpty() ? "" : " abandoned since " + thread.since();
        return "%s run %d%s%n%s"
                .formatted(thread.path(), thread.run(), since, thread.stack().stripTrailing());
    }

    @Command(
            name = "spawn",
            description = "Adds a child to a running supervisor and starts it; prints its path.",
            mixinStandardHelpOptions = true)
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
        try (Connection connection = Connection.open(home(), target.pid)) {
            String path = connection.ask(runtime -> runtime.spawn(supervisor, json));
            print(List.of(path));
        }
    }

    @Command(
            name = "stop",
            description = "Stops a child; it stays down until it is restarted.",
            mixinStandardHelpOptions = true)
    void stop(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "Such as root/web.") String path) {
        steer(target, path, "stopped", (supervisor, id) -> supervisor.stopChild(id));
    }

    @Command(
            name = "restart",
            description = "Stops a child if it is up, and starts it again, alone and uncounted.",
            mixinStandardHelpOptions = true)
    void restart(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "Such as root/web.") String path) {
        steer(target, path, "restarted", (supervisor, id) -> supervisor.restartChild(id));
    }

    @Command(
            name = "delete",
            description = "Removes a child that is down.",
            mixinStandardHelpOptions = true)
    void delete(
            @Mixin Target target,
            @Parameters(paramLabel = "PATH", description = "Such as root/web.") String path) {
        steer(target, path, "deleted", (supervisor, id) -> supervisor.deleteChild(id));
    }

    @Command(
            name = "shutdown",
            description = "Stops the whole tree in order, and returns when its process has ended.",
            mixinStandardHelpOptions = true)
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
        long pid;
        try (Connection connection = Connection.open(home(), target.pid)) {
            pid = connection.pid();
            connection.ask(runtime -> {
                runtime.shutdown();
                return true;
            });
        }
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
        print(List.of("stopped (process " + pid + ")"));
    }

    private void steer(Target target, String path, String done, Connection.Verb verb) {
        try (Connection connection = Connection.open(home(), target.pid)) {
            connection.command(path, verb);
            print(List.of(path + " " + done));
        }
    }

    static void print(List<String> lines) {
        Terminal terminal = Terminal.standard();
        lines.forEach(terminal::line);
    }

    private static List<String> table(List<AgentView> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                List.of("PATH", "KIND", "TYPE", "STATE", "RUN", "RESTARTS", "UPTIME", "LAST EXIT"));
        for (AgentView row : rows) {
            cells.add(
                    List.of(
                            row.path(),
                            row.kind(),
                            row.type(),
                            row.state(),
                            Long.toString(row.run()),
                            Long.toString(row.restarts()),
                            row.uptimeMs() > 0 ? TreeText.duration(row.uptimeMs()) : "-",
                            row.lastExit().isEmpty() ? "-" : TreeText.shortened(row.lastExit())));
        }
        return aligned(cells);
    }

    static List<String> eventTable(List<EventView> events) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("SEQ", "AT", "EVENT", "PATH", "RUN", "REASON"));
        for (EventView event : events) {
            cells.add(
                    List.of(
                            Long.toString(event.seq()),
                            TIME.format(Instant.parse(event.at()).atZone(ZoneId.systemDefault())),
                            event.event(),
                            event.path(),
                            Long.toString(event.run()),
                            event.reason().lines().findFirst().orElse("")));
        }
        return aligned(cells);
    }

    private static List<String> dependencyTable(List<DependencyView> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                List.of(
                        "KEY",
                        "STATE",
                        "SINCE",
                        "FAILING",
                        "CALLS",
                        "FAILURES",
                        "IN FLIGHT",
                        "SUSPENDED",
                        "WAITING",
                        "LAST FAILURE"));
        for (DependencyView row : rows) {
            cells.add(
                    List.of(
                            row.key(),
                            row.state(),
                            TIME.format(Instant.parse(row.since()).atZone(ZoneId.systemDefault())),
                            row.failureRate() == null
                                    ? "-"
                                    : Math.round(100 * row.failureRate()) + "%",
                            Long.toString(row.calls()),
                            Long.toString(row.failures()),
                            Integer.toString(row.inFlight()),
                            Integer.toString(row.suspended()),
                            Integer.toString(row.waiting()),
                            row.lastFailure().isEmpty()
                                    ? "-"
                                    : TreeText.shortened(row.lastFailure())));
        }
        return aligned(cells);
    }

    /** Pads every column but the last to its widest cell. */
    static List<String> aligned(List<List<String>> rows) {
        int last = rows.getFirst().size() - 1;
        int[] widths =
                IntStream.range(0, last)
                        .map(c ->
                                rows.stream().mapToInt(row -> row.get(c).length()).max().orElse(0))
                        .toArray();
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < last; c++) {
                line.append(row.get(c)).repeat(' ', widths[c] - row.get(c).length() + 2);
            }
            lines.add(line.append(row.get(last)).toString().stripTrailing());
        }
        return lines;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static Map<String, @Nullable Object> json(AgentView row) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("path", row.path());
        json.put("kind", row.kind());
        json.put("type", row.type());
        json.put("state", row.state());
        json.put("run", row.run());
        json.put("restarts", row.restarts());
        json.put("uptimeMs", row.uptimeMs());
        json.put("lastExit", orNull(row.lastExit()));
        json.put("strategy", orNull(row.strategy()));
        json.put("names", row.names());
        json.put("health", orNull(row.health()));
        return json;
    }

    private static Map<String, @Nullable Object> json(DependencyView row) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("key", row.key());
        json.put("state", row.state());
        json.put("since", row.since());
        json.put("failureRate", row.failureRate());
        json.put("calls", row.calls());
        json.put("failures", row.failures());
        json.put("suspensions", row.suspensions());
        json.put("inFlight", row.inFlight());
        json.put("suspended", row.suspended());
        json.put("waiting", row.waiting());
        json.put("lastFailure", orNull(row.lastFailure()));
        return json;
    }

    private static Map<String, @Nullable Object> json(AbandonedView thread) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("path", thread.path());
        json.put("run", thread.run());
        json.put("since", orNull(thread.since()));
        json.put("stack", thread.stack());
        return json;
    }

    private static Map<String, @Nullable Object> json(EventView event) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("seq", event.seq());
        json.put("at", event.at());
        json.put("path", event.path());
        json.put("run", event.run());
        json.put("event", event.event());
        json.put("reason", event.reason());
        json.put("detail", event.detail());
        return json;
    }

    /** The root's object, each supervisor's with its children. */
    private static Map<String, @Nullable Object> nested(List<AgentView> rows) {
        Map<String, List<Object>> childrenOf = new LinkedHashMap<>();
        Map<String, @Nullable Object> root = new LinkedHashMap<>();
        for (AgentView row : rows) {
            Map<String, @Nullable Object> json = json(row);
            if (row.kind().equals("supervisor")) {
                List<Object> children = new ArrayList<>();
                json.put("children", children);
                childrenOf.put(row.path(), children);
            }
            int slash = row.path().lastIndexOf('/');
            List<Object> siblings =
                    slash < 0 ? null : childrenOf.get(row.path().substring(0, slash));
            if (siblings == null) {
                root = json;
            } else {
                siblings.add(json);
            }
        }
        return root;
    }

    private static String standardInput() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
