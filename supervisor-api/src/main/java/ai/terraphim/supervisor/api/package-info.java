/**
 * What an author of agents sees: the agent, its factory and context, the supervisor, and the values
 * they exchange. Depends on the JDK and JSpecify only.
 */
@NullMarked
package ai.terraphim.supervisor.api;

import org.jspecify.annotations.NullMarked;
