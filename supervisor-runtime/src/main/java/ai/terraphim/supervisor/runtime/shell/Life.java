package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;

/**
 * One life of an agent, by name: it holds on to nothing of the run, so those who keep one longer
 * than the run lasts keep no plugin's classes in memory.
 */
record Life(AgentPid pid, long run) {}
