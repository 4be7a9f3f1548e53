package ai.terraphim.supervisor.runtime.conformance;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Compares what a player makes of a case with what the reference made of it. */
final class Comparison {
    private Comparison() {}

    /** Plays a case to its end, or to the first difference, which is described. */
    static Optional<String> firstDifference(RecordedCase recorded, Player player) {
        JsonNode trace = recorded.trace();
        try {
            Optional<String> difference =
                    difference(trace.get("boot"), player.boot(recorded.supervisor()));
            if (difference.isPresent()) {
                return difference.map(text -> "boot: " + text);
            }
            for (int i = 0; i < recorded.actions().size(); i++) {
                JsonNode action = recorded.actions().get(i);
                difference = difference(trace.get("steps").get(i), player.perform(action));
                if (difference.isPresent()) {
                    String where = "step %d %s: ".formatted(i + 1, action);
                    return difference.map(text -> where + text);
                }
            }
            return difference("final", trace.get("final").asString(), player.end());
        } catch (RuntimeException | AssertionError e) {
            return Optional.of(e + " at " + e.getStackTrace()[0]);
        }
    }

    private static Optional<String> difference(JsonNode recorded, Player.Step played) {
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
