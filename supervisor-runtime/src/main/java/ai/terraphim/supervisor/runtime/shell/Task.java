package ai.terraphim.supervisor.runtime.shell;

import org.jspecify.annotations.Nullable;

/**
 * What a virtual thread of the engine is for: to go on with an agent's run, or to handle what a
 * supervisor was told.
 *
 * <p>Threads are started sparingly. One that has handled a supervisor's signals goes on with the
 * agent that the supervisor has just started, and one on which an agent has just ended goes on with
 * its supervisor. But an agent only ever runs on a thread on which no other run has been: what
 * {@link ThreadLocal}s and late interrupts a run leaves behind must not reach another.
 */
sealed interface Task permits AgentRun, SupervisorCell {

    /** The path of the agent or supervisor. */
    String threadName();

    /** Does what there is to do, within bounds, and says what this thread may go on with. */
    @Nullable Task work();
}
