/** Watches a directory and reports what changes in it. */
@NullMarked
package ai.terraphim.supervisor.plugins.watch;

import org.jspecify.annotations.NullMarked;
