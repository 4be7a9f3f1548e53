/**
 * Reads tree files and binds the configuration of agents to the records of their authors. The only
 * user of Jackson in the runtime.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.config;

import org.jspecify.annotations.NullMarked;
