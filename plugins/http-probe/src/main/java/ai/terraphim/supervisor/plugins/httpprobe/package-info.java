/**
 * Asks an HTTP address at intervals; an agent of this type fails when the answer is wrong or late.
 */
@NullMarked
package ai.terraphim.supervisor.plugins.httpprobe;

import org.jspecify.annotations.NullMarked;
