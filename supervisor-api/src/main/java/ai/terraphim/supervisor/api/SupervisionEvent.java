package ai.terraphim.supervisor.api;

import java.time.Instant;
import java.util.Objects;

/**
 * One fact about a tree; a row of the history.
 *
 * @param seq numbers the facts of a runtime in order, over restarts of the JVM
 * @param at when it happened
 * @param path whom it concerns: a child's or a supervisor's path, or a plugin's name
 * @param run which run of it, 0 where that has no meaning
 * @param kind what happened
 * @param reason why, in short; empty where there is no reason
 * @param detail what else is known, possibly over several lines, such as a stack trace or a chain
 *     of causes
 */
public record SupervisionEvent(
        long seq, Instant at, String path, long run, EventKind kind, String reason, String detail) {

    /** Checks that nothing is missing. */
    public SupervisionEvent {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(detail, "detail");
    }
}
