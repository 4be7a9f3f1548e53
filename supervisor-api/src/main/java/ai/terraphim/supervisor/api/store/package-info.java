/**
 * What a store must do to keep agent state, the tree and the history. Written for authors of
 * stores; agents save through their {@link ai.terraphim.supervisor.api.AgentContext}.
 */
@NullMarked
package ai.terraphim.supervisor.api.store;

import org.jspecify.annotations.NullMarked;
