/**
 * Does what the core decides: mailboxes, threads, timers and agents. Every outcome goes back to the
 * core as a signal.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.shell;

import org.jspecify.annotations.NullMarked;
