/**
 * Decides what a supervisor does next: a signal and the time go in, effects come out, and the same
 * history always gives the same effects. No type here may start a thread, read a clock or write a
 * log; an architecture test says so.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.core;

import org.jspecify.annotations.NullMarked;
