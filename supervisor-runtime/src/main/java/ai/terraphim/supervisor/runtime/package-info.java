/**
 * The runtime as an embedding program sees it: {@link
 * ai.terraphim.supervisor.runtime.SupervisorRuntime}.
 */
@NullMarked
package ai.terraphim.supervisor.runtime;

import org.jspecify.annotations.NullMarked;
