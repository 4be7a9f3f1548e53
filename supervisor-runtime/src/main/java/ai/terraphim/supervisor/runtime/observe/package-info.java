/**
 * Tells what has happened: one fact after the other, to the history, to listeners and to the log,
 * behind a queue.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.observe;

import org.jspecify.annotations.NullMarked;
