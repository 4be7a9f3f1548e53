/**
 * Does what {@code core} decides. One {@link ai.terraphim.supervisor.runtime.shell.Engine} per
 * tree; a cell for each life of a supervisor, which feeds its machine from a mailbox; a cell for
 * each agent, and a run for each of its lives.
 *
 * <p>Threads: a virtual one drains a supervisor's mailbox while there is something in it; a virtual
 * one for each loop agent, and for each message agent while it has messages; one platform thread
 * for timers. A supervisor never waits on a child. Threads are lent from one to the other: see
 * {@code Task} and {@code docs/adr/0010-threads-are-lent.md}.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.shell;

import org.jspecify.annotations.NullMarked;
