/**
 * Tells what happened, one event per fact: to history, Flight Recorder and the log, never on the
 * restart path.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.observe;

import org.jspecify.annotations.NullMarked;
