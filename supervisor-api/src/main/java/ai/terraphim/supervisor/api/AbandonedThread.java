package ai.terraphim.supervisor.api;

import java.time.Instant;
import java.util.Objects;

/**
 * A thread of a run that was ended by force and does not end. Nothing in the JVM can end it; its
 * context refuses whatever it tries.
 *
 * @param pid whose it was
 * @param run which run of it
 * @param since when it was given up
 * @param stack where it is now, a line for each frame; empty if it has just ended
 */
public record AbandonedThread(AgentPid pid, long run, Instant since, String stack) {

    /** Checks that nothing is missing. */
    public AbandonedThread {
        Objects.requireNonNull(pid, "pid");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(stack, "stack");
    }
}
