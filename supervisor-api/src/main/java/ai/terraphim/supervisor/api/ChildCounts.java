package ai.terraphim.supervisor.api;

/**
 * How many children a supervisor has. A pool counts its template as its one spec, and its instances
 * as supervisors or workers.
 *
 * @param specs how many it keeps a spec of, those that are down included
 * @param active how many of them run
 * @param supervisors how many of them are supervisors, running or not
 * @param workers how many of them are agents, running or not
 */
public record ChildCounts(int specs, int active, int supervisors, int workers) {}
