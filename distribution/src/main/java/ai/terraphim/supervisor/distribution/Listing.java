package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.AbandonedView;
import ai.terraphim.supervisor.runtime.jmx.AgentView;
import ai.terraphim.supervisor.runtime.jmx.DependencyView;
import ai.terraphim.supervisor.runtime.jmx.EventView;
import ai.terraphim.supervisor.runtime.jmx.MessageView;
import ai.terraphim.supervisor.runtime.jmx.OrphanView;
import ai.terraphim.supervisor.runtime.jmx.TreeText;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How a list is shown.
 *
 * @param text to people, as lines
 * @param json to programs, as an object for each
 */
record Listing<T>(
        Function<List<T>, List<String>> text, Function<T, Map<String, @Nullable Object>> json) {

    static final Listing<AgentView> AGENTS =
            new Listing<>(
                    table(
                            Listing::cells,
                            "PATH",
                            "KIND",
                            "TYPE",
                            "STATE",
                            "RUN",
                            "RESTARTS",
                            "UPTIME",
                            "LAST EXIT"),
                    Listing::json);

    static final Listing<EventView> EVENTS =
            new Listing<>(
                    table(Listing::cells, "SEQ", "AT", "EVENT", "PATH", "RUN", "REASON"),
                    Listing::json);

    static final Listing<DependencyView> DEPENDENCIES =
            new Listing<>(
                    table(
                            Listing::cells,
                            "KEY",
                            "STATE",
                            "SINCE",
                            "FAILING",
                            "CALLS",
                            "FAILURES",
                            "IN FLIGHT",
                            "SUSPENDED",
                            "WAITING",
                            "LAST FAILURE"),
                    Listing::json);

    static final Listing<MessageView> MESSAGES =
            new Listing<>(
                    table(Listing::cells, "ID", "AT", "PATH", "CRASHES", "REASON", "MESSAGE"),
                    Listing::json);

    static final Listing<OrphanView> ORPHANS =
            new Listing<>(
                    table(Listing::cells, "PATH", "SINCE", "AGE", "SAVED AT", "BYTES"),
                    Listing::json);

    static final Listing<AbandonedView> THREADS =
            new Listing<>(
                    threads -> threads.stream().map(Listing::paragraph).toList(), Listing::json);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS");

    private static List<String> cells(AgentView row) {
        return List.of(
                row.path(),
                row.kind(),
                row.type(),
                row.state(),
                Long.toString(row.run()),
                Long.toString(row.restarts()),
                row.uptimeMs() > 0 ? TreeText.duration(row.uptimeMs()) : "-",
                orDash(row.lastExit()));
    }

    private static List<String> cells(EventView event) {
        return List.of(
                Long.toString(event.seq()),
                localTime(event.at()),
                event.event(),
                event.path(),
                Long.toString(event.run()),
                firstLine(event.reason()));
    }

    private static List<String> cells(OrphanView row) {
        return List.of(
                row.path(),
                localTime(row.since()),
                TreeText.duration(ageMs(row.since())),
                localTime(row.savedAt()),
                Long.toString(row.bytes()));
    }

    private static List<String> cells(DependencyView row) {
        return List.of(
                row.key(),
                row.state(),
                localTime(row.since()),
                row.failureRate() == null ? "-" : Math.round(100 * row.failureRate()) + "%",
                Long.toString(row.calls()),
                Long.toString(row.failures()),
                Integer.toString(row.inFlight()),
                Integer.toString(row.suspended()),
                Integer.toString(row.waiting()),
                orDash(row.lastFailure()));
    }

    private static List<String> cells(MessageView message) {
        return List.of(
                Long.toString(message.id()),
                localTime(message.parkedAt()),
                message.path(),
                Integer.toString(message.crashes()),
                firstLine(message.reason()),
                firstLine(message.message()));
    }

    private static String paragraph(AbandonedView thread) {
        String age =
                thread.since().isEmpty()
                        ? ""
                        : ", abandoned %s ago".formatted(TreeText.duration(ageMs(thread.since())));
        return "%s run %d%s%n%s"
                .formatted(thread.path(), thread.run(), age, thread.stack().stripTrailing());
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
        json.put("lastCheckpoint", orNull(row.lastCheckpoint()));
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

    private static Map<String, @Nullable Object> json(MessageView message) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", message.id());
        json.put("path", message.path());
        json.put("parkedAt", message.parkedAt());
        json.put("crashes", message.crashes());
        json.put("message", message.message());
        json.put("reason", message.reason());
        json.put("stack", message.stack());
        return json;
    }

    private static Map<String, @Nullable Object> json(OrphanView orphan) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("path", orphan.path());
        json.put("since", orphan.since());
        json.put("ageMs", ageMs(orphan.since()));
        json.put("savedAt", orphan.savedAt());
        json.put("bytes", orphan.bytes());
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

    /**
     * A tree as one object: the root's, and each supervisor's with its children.
     *
     * @param rows each supervisor before its children
     */
    static Map<String, @Nullable Object> nested(List<AgentView> rows) {
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

    private static <T> Function<List<T>, List<String>> table(
            Function<T, List<String>> cells, String... head) {
        return rows -> {
            List<List<String>> all = new ArrayList<>(List.of(List.of(head)));
            rows.forEach(row -> all.add(cells.apply(row)));
            return aligned(all);
        };
    }

    /** Pads every column but the last to its widest cell. */
    private static List<String> aligned(List<List<String>> rows) {
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

    private static String localTime(String instant) {
        return TIME.format(Instant.parse(instant).atZone(ZoneId.systemDefault()));
    }

    private static long ageMs(String since) {
        return Math.max(0, Duration.between(Instant.parse(since), Instant.now()).toMillis());
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : TreeText.shortened(text);
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
