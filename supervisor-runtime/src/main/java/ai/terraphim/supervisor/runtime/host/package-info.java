/**
 * What the engine needs of the machine it runs on: clocks, waits and threads. Nothing else in the
 * engine reads a clock, waits or makes a thread, so a simulation that replaces these two runs the
 * engine as it is; see {@code docs/adr/0007-one-door-to-clocks-and-threads.md}. Public for the
 * testkit only, and no promise.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.host;

import org.jspecify.annotations.NullMarked;
