package ai.terraphim.supervisor.runtime.jmx;

import java.util.List;

/**
 * What management clients see of an agent or a supervisor. Composite data with the same names, so a
 * client needs none of our classes.
 *
 * @param path its place in the tree, as in {@code root/pipeline/inbox}
 * @param kind {@code agent} or {@code supervisor}
 * @param type the agent's type; {@code supervisor} for a supervisor
 * @param state such as {@code running}; more words may join
 * @param run the number of its newest start, 0 if it was never started
 * @param restarts how often it was restarted since this runtime started
 * @param uptimeMs how long its run has been up, 0 if it is not up
 * @param lastExit why its last run ended, empty if none has
 * @param strategy a supervisor's restart strategy, empty for an agent
 * @param names the names it is registered under, in alphabetical order
 * @param health what came of its last health check, such as "unhealthy: no provider"; empty if
 *     there was none
 * @param lastCheckpoint when its newest saved state was saved, such as 2026-01-31T12:00:00Z; empty
 *     if it has none
 */
public record AgentView(
        String path,
        String kind,
        String type,
        String state,
        long run,
        long restarts,
        long uptimeMs,
        String lastExit,
        String strategy,
        List<String> names,
        String health,
        String lastCheckpoint) {

    /** How deep in the tree it is: 0 for the root. */
    int depth() {
        return (int) path.chars().filter(c -> c == '/').count();
    }

    /** The last part of its path. */
    String id() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
