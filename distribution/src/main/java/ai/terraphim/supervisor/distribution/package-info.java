/**
 * Wires API, runtime, persistence and plugins together and starts them; the command line lives
 * here. The only place that knows every module.
 */
@NullMarked
package ai.terraphim.supervisor.distribution;

import org.jspecify.annotations.NullMarked;
