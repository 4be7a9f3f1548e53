package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentPid;
import java.util.Optional;

/**
 * Decides at every step of every agent whether something goes wrong there. To be repeatable it may
 * depend on its arguments and on a random source of its own with a fixed seed, and on nothing else.
 */
@FunctionalInterface
public interface FaultPlan {

    /**
     * Called before the step is made, on the agent's thread. The threads of a simulation run one at
     * a time, so nothing here needs a lock.
     *
     * @param pid the agent
     * @param run which run of it
     * @param step what it is about to do
     * @return what goes wrong, empty if nothing does
     */
    Optional<Fault> at(AgentPid pid, long run, Step step);
}
