package ai.terraphim.supervisor.runtime.jmx;

import java.util.List;

/**
 * Part of a list of agents and supervisors.
 *
 * @param items in the order of the tree, each supervisor before its children
 * @param nextCursor where the next part begins, empty if this is the last
 */
public record AgentPage(List<AgentView> items, String nextCursor) {
    /** Copies the list. */
    public AgentPage {
        items = List.copyOf(items);
    }
}
