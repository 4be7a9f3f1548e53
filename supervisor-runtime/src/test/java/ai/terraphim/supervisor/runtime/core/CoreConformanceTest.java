package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compares the core with the Erlang/OTP supervisor, whose behaviour was recorded in the files under
 * {@code conformance}: each line is a tree, what was done to it, and what happened.
 *
 * <p>{@code -Dconformance.cases=FOLDER} plays the {@code *.jsonl} of another folder instead.
 */
class CoreConformanceTest {

    /** How many of our own cases pass at least, so that the test cannot silently do nothing. */
    private static final int FLOOR = 459;

    @Test
    void behavesAsTheReferenceDid() throws IOException, URISyntaxException {
        String folder = System.getProperty("conformance.cases");
        Tally tally = new Tally();
        for (Path file : files(folder)) {
            for (String line : Files.readAllLines(file)) {
                tally.add(JsonMapper.shared().readTree(line));
            }
        }
        System.out.print(tally);
        assertThat(tally.failures).isEmpty();
        if (folder == null) {
            assertThat(tally.passed).isGreaterThanOrEqualTo(FLOOR);
        }
    }

    private static List<Path> files(String folder) throws IOException, URISyntaxException {
        URI own =
                Objects.requireNonNull(CoreConformanceTest.class.getResource("/conformance"))
                        .toURI();
        try (Stream<Path> files = Files.list(folder == null ? Path.of(own) : Path.of(folder))) {
            return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
        }
    }

    /** What came of the cases. */
    private static final class Tally {
        private final List<String> failures = new ArrayList<>();
        private final List<String> notPlayed = new ArrayList<>();
        private final Map<String, int[]> categories = new TreeMap<>();
        private int passed;
        private int later;
        private int all;

        void add(JsonNode recorded) {
            String name = recorded.get("name").asString();
            int[] counts =
                    categories.computeIfAbsent(
                            recorded.get("category").asString(), _ -> new int[3]);
            all++;
            Optional<String> reason = whyNotPlayed(recorded.get("scenario"));
            if (reason.isPresent()) {
                later++;
                counts[1]++;
                notPlayed.add(name + ": " + reason.get());
                return;
            }
            Optional<String> difference = firstDifference(recorded);
            if (difference.isPresent()) {
                counts[2]++;
                failures.add(name + ": " + difference.get());
            } else {
                passed++;
                counts[0]++;
            }
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            notPlayed.forEach(line -> text.append("later ").append(line).append('\n'));
            failures.forEach(line -> text.append("FAILED ").append(line).append('\n'));
            categories.forEach((name, counts) ->
                    text.append(
                            "%s: passed %d, later %d, failed %d%n"
                                    .formatted(name, counts[0], counts[1], counts[2])));
            return text.append(
                            "core conformance: passed %d of %d (later %d)%n"
                                    .formatted(passed, all, later))
                    .toString();
        }
    }

    // ---- cases that are not played

    private static Optional<String> whyNotPlayed(JsonNode scenario) {
        Optional<String> reason = whyNotPlayed(scenario.get("supervisor"), true);
        for (JsonNode action : scenario.get("actions")) {
            if (action.has("key")) {
                reason = reason.or(() -> Optional.of("needs a pool"));
            }
            if (action.has("spec")) {
                reason = reason.or(() -> whyNotPlayed(action.get("spec"), false));
            }
        }
        return reason;
    }

    private static Optional<String> whyNotPlayed(JsonNode spec, boolean root) {
        String strategy = spec.path("strategy").asString("one_for_one");
        if (strategy.equals("simple_one_for_one")) {
            return Optional.of("needs a pool");
        }
        if (spec.path("significant").asBoolean(false)
                || !spec.path("auto_shutdown").asString("never").equals("never")) {
            return Optional.of("needs auto_shutdown");
        }
        if (!isWord(RestartStrategy.class, strategy)
                || !isWord(RestartType.class, spec.path("restart").asString("permanent"))
                || !isShutdown(spec.path("shutdown"))
                || !isNumber(spec.path("intensity"))
                || !isNumber(spec.path("period_s"))) {
            return Optional.of("has a value for which there is no Java value");
        }
        if (!root && isRefused(spec)) {
            return Optional.of("is refused earlier: a configuration is checked as a whole");
        }
        return spec.path("children")
                .valueStream()
                .flatMap(child -> whyNotPlayed(child, false).stream())
                .findFirst();
    }

    /** Whether the reference refuses this nested supervisor, which it does when that starts. */
    private static boolean isRefused(JsonNode supervisor) {
        Set<String> ids = new HashSet<>();
        return supervisor.path("intensity").asInt(0) < 0
                || supervisor.path("period_s").asInt(1) <= 0
                || supervisor
                        .path("children")
                        .valueStream()
                        .anyMatch(child ->
                                !child.has("id")
                                        || !ids.add(child.get("id").asString())
                                        || child.path("shutdown").asInt(0) < 0);
    }

    private static <E extends Enum<E>> boolean isWord(Class<E> type, String word) {
        return Stream.of(type.getEnumConstants())
                .anyMatch(constant -> constant.name().toLowerCase(Locale.ROOT).equals(word));
    }

    private static boolean isShutdown(JsonNode node) {
        return isNumber(node)
                || node.isString() && Set.of("brutal_kill", "infinity").contains(node.asString());
    }

    private static boolean isNumber(JsonNode node) {
        return node.isMissingNode() || node.isIntegralNumber();
    }

    // ---- comparing

    private static Optional<String> firstDifference(JsonNode recorded) {
        JsonNode trace = recorded.get("trace");
        Scenario scenario = new Scenario();
        try {
            Optional<String> difference =
                    difference(
                            trace.get("boot"),
                            scenario.boot(recorded.get("scenario").get("supervisor")));
            if (difference.isPresent()) {
                return difference.map(text -> "boot: " + text);
            }
            JsonNode actions = recorded.get("scenario").get("actions");
            for (int i = 0; i < actions.size(); i++) {
                JsonNode action = actions.get(i);
                difference = difference(trace.get("steps").get(i), scenario.perform(action));
                if (difference.isPresent()) {
                    String where = "step %d %s: ".formatted(i + 1, action);
                    return difference.map(text -> where + text);
                }
            }
            return difference("final", trace.get("final").asString(), scenario.end());
        } catch (RuntimeException | AssertionError e) {
            return Optional.of(e + " at " + e.getStackTrace()[0]);
        }
    }

    private static Optional<String> difference(JsonNode recorded, Scenario.Step played) {
        return difference("result", comparable(recorded.get("result").asString()), played.result())
                .or(() -> eventDifference(recorded.get("events"), played.events()))
                .or(() -> difference("tree", lines(recorded.get("tree")), played.tree()))
                .or(() -> difference("async", lines(recorded.path("async")), played.async()))
                .or(() -> reportDifference(recorded, played.reports()));
    }

    /** Why exactly a spec is refused is said in our own words. */
    private static String comparable(String line) {
        return line.replaceFirst("invalid:\\S+$", "invalid")
                .replaceFirst("^invalid_spec .*", "invalid_spec");
    }

    private static Optional<String> difference(String what, Object recorded, Object played) {
        return recorded.equals(played)
                ? Optional.empty()
                : Optional.of("%s was %s but is %s".formatted(what, recorded, played));
    }

    private static Optional<String> reportDifference(JsonNode recorded, List<String> played) {
        List<String> expected = lines(recorded.get("reports"));
        boolean anyOrder = recorded.path("reports_any_order").asBoolean(false);
        return difference(
                "reports",
                anyOrder ? sorted(expected) : expected,
                anyOrder ? sorted(played) : played);
    }

    private static Optional<String> eventDifference(JsonNode recorded, List<String> played) {
        int cursor = 0;
        for (JsonNode event : recorded) {
            List<String> expected =
                    event.isObject() ? sorted(lines(event.get("any_order"))) : lines(event);
            int end = cursor + expected.size();
            if (end > played.size() || !sorted(played.subList(cursor, end)).equals(expected)) {
                return Optional.of(
                        "events were %s but are %s; they part at %d"
                                .formatted(recorded, played, cursor));
            }
            cursor = end;
        }
        return cursor == played.size()
                ? Optional.empty()
                : Optional.of(
                        "events end too late, with "
                                + played.subList(cursor, played.size())
                                + " after "
                                + played.subList(0, cursor));
    }

    private static List<String> lines(JsonNode nodes) {
        return nodes.isString()
                ? List.of(comparable(nodes.asString()))
                : nodes.valueStream().map(node -> comparable(node.asString())).toList();
    }

    private static List<String> sorted(List<String> lines) {
        return lines.stream().sorted().toList();
    }
}
