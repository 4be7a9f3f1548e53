/** Runs an operating-system process as an agent: its exit is the exit of the agent. */
@NullMarked
package ai.terraphim.supervisor.plugins.process;

import org.jspecify.annotations.NullMarked;
