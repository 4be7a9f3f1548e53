package ai.terraphim.supervisor.runtime.jmx;

import java.util.function.Predicate;

/** Reads the filter of a list: words that must all fit. */
final class AgentFilter {

    private AgentFilter() {}

    static Predicate<AgentView> of(String filter) {
        Predicate<AgentView> all = _ -> true;
        for (String word : filter.strip().split("\\s+", -1)) {
            if (!word.isEmpty()) {
                all = all.and(ofWord(word));
            }
        }
        return all;
    }

    private static Predicate<AgentView> ofWord(String word) {
        int equals = word.indexOf('=');
        if (equals < 0) {
            return row -> row.path().contains(word);
        }
        String value = word.substring(equals + 1);
        return switch (word.substring(0, equals)) {
            case "kind" -> row -> row.kind().equals(value);
            case "type" -> row -> row.type().equals(value);
            case "state" -> row -> row.state().equals(value);
            case "path" -> row -> row.path().equals(value) || row.path().startsWith(value + "/");
            default ->
                    throw new IllegalArgumentException(
                            "unknown filter '%s'; use kind=, type=, state=, path= or part of a path"
                                    .formatted(word));
        };
    }
}
