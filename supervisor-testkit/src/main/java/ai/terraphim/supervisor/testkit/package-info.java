/**
 * Tests agents and whole trees in simulated time. The engine is the real one; only its clock and
 * its threads are replaced, so that hours pass in milliseconds and the same seed always gives the
 * same history.
 *
 * <p>Start reading at {@link ai.terraphim.supervisor.testkit.Simulation}; the guide is {@code
 * docs/guide/testing.md}.
 */
@NullMarked
package ai.terraphim.supervisor.testkit;

import org.jspecify.annotations.NullMarked;
