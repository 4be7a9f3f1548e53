/**
 * Publishes a running tree to JMX and takes orders from there. The only user of javax.management in
 * the runtime.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.jmx;

import org.jspecify.annotations.NullMarked;
