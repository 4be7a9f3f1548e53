package ai.terraphim.supervisor.runtime.conformance;

import tools.jackson.databind.JsonNode;

/**
 * A tree, what was done to it, and what the reference made of that.
 *
 * @param name of the case
 * @param category of the case
 * @param supervisor the root
 * @param actions what was done, one after the other
 * @param trace what happened, a step for each action
 */
public record RecordedCase(
        String name, String category, JsonNode supervisor, JsonNode actions, JsonNode trace) {

    static RecordedCase of(JsonNode node) {
        JsonNode scenario = node.get("scenario");
        return new RecordedCase(
                node.get("name").asString(),
                node.get("category").asString(),
                scenario.get("supervisor"),
                scenario.get("actions"),
                node.get("trace"));
    }
}
