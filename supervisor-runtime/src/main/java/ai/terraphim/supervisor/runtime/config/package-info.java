/**
 * Reads tree files and binds the configuration of agents to the records of their authors. The only
 * user of Jackson in the runtime.
 *
 * <p>Start reading at {@link ai.terraphim.supervisor.runtime.config.TreeFile}, which turns a file
 * into a tree of specs with every problem found at once, or at {@link
 * ai.terraphim.supervisor.runtime.config.AgentTypes#bind}, which turns one spec into a {@link
 * ai.terraphim.supervisor.runtime.config.BoundAgent} that can be made. Factories are called only
 * here.
 *
 * <p>The way of a file: text, {@code NodeReader}, nodes with their lines, {@code TreeReader} and
 * the readers of its parts, which collect what is wrong in a {@code Reading}, specs, {@code
 * AgentTypes}. {@code RecordBinder} reads a configuration into a record; a problem travels as a
 * {@code Fault} until its line is known.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.config;

import org.jspecify.annotations.NullMarked;
