/**
 * Decides what a supervisor does next: a {@link ai.terraphim.supervisor.runtime.core.Signal} and
 * the time go in, {@link ai.terraphim.supervisor.runtime.core.Effects} come out, and the same
 * history always gives the same effects.
 *
 * <p>Start reading at {@link ai.terraphim.supervisor.runtime.core.SupervisorMachine#on}. No type
 * here may start a thread, read a clock or write a log; an architecture test says so. The
 * vocabulary and the strategies are those of the Erlang/OTP supervisor; see {@code
 * docs/adr/0002-decide-then-do.md} for the shape.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.core;

import org.jspecify.annotations.NullMarked;
