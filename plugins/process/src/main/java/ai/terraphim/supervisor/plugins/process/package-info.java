/**
 * Runs an operating-system command as an agent: its exit is the agent's exit, and nothing it has
 * started outlives it.
 *
 * <p>Start reading at {@code ProcessAgent}.
 */
@NullMarked
package ai.terraphim.supervisor.plugins.process;

import org.jspecify.annotations.NullMarked;
