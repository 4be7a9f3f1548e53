/**
 * Watches a folder and handles each new file once, over crashes and restarts.
 *
 * <p>Start reading at {@code WatchAgent}; {@code Ledger} is what makes it exactly once.
 */
@NullMarked
package ai.terraphim.supervisor.plugins.watch;

import org.jspecify.annotations.NullMarked;
