package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.SupervisionEvent;

/**
 * A fact of the history as management clients see it.
 *
 * @param seq its number
 * @param at when it happened, in ISO 8601 and UTC
 * @param path whom it concerns
 * @param run which run of it
 * @param event what happened, such as {@code child.exited}; more words may join
 * @param reason why, in short
 * @param detail what else is known, possibly over several lines
 */
public record EventView(
        long seq, String at, String path, long run, String event, String reason, String detail) {

    /**
     * Shows a fact.
     *
     * @param event the fact
     * @return the same in types that every client has
     */
    public static EventView of(SupervisionEvent event) {
        return new EventView(
                event.seq(),
                event.at().toString(),
                event.path(),
                event.run(),
                event.kind().word(),
                event.reason(),
                event.detail());
    }
}
