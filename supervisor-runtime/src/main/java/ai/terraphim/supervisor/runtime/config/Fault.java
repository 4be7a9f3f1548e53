package ai.terraphim.supervisor.runtime.config;

import java.util.List;

/**
 * Something wrong in one place of a configuration, before file and line are known.
 *
 * @param steps the keys that lead there; an element of a list is a step like {@code [1]}
 * @param message what is wrong and what would be right
 */
record Fault(List<String> steps, String message) {

    /** The steps as people read them: {@code config.command[1]}. */
    String path() {
        StringBuilder path = new StringBuilder();
        for (String step : steps) {
            path.append(path.isEmpty() || step.startsWith("[") ? "" : ".").append(step);
        }
        return path.toString();
    }
}
