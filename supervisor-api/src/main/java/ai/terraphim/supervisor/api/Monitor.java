package ai.terraphim.supervisor.api;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;

/**
 * A watch over one run of an agent, told once of its end. The end is with the agent's supervisor
 * before it is told here. The next run, if there is one, wants a new monitor.
 *
 * <p>Any thread may call.
 */
public interface Monitor {

    /**
     * Who is watched.
     *
     * @return the agent's pid
     */
    AgentPid pid();

    /**
     * The end of the run: to be waited for with {@link AgentContext#await} in an agent, or in any
     * other way by a client. What is chained to it runs on a thread of its own.
     *
     * @return completes once; with a {@link CancellationException} if the monitor was cancelled
     *     first, or the run that watches has ended
     */
    CompletionStage<AgentDown> down();

    /**
     * Ends the watch. An {@link AgentDown} that is in a mailbox already stays there; after the end
     * was told this does nothing.
     */
    void cancel();
}
