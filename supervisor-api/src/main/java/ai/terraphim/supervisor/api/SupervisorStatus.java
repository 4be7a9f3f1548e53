package ai.terraphim.supervisor.api;

/**
 * What is known of a supervisor at one moment.
 *
 * @param id its place in the tree
 * @param state what it is doing
 * @param policy its strategy and intensity
 * @param restartsInPeriod how many restarts are counted in the current window
 * @param childCount how many children it has, those that are down included
 */
public record SupervisorStatus(
        SupervisorId id,
        AgentStatus state,
        RestartPolicy policy,
        int restartsInPeriod,
        int childCount) {}
