/** Loads agent types from plugin jars, each with its own class loader. The only user of PF4J. */
@NullMarked
package ai.terraphim.supervisor.runtime.plugin;

import org.jspecify.annotations.NullMarked;
