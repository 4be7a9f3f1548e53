/**
 * Checks a URL at intervals. A failed check is a result, and an exit only where the configuration
 * says so.
 *
 * <p>Start reading at {@code HttpProbeAgent}.
 */
@NullMarked
package ai.terraphim.supervisor.plugins.httpprobe;

import org.jspecify.annotations.NullMarked;
