package ai.terraphim.supervisor.api;

import java.util.Objects;

/**
 * The end of a run, as a {@link Monitor} tells it. A message agent that watches gets it as a
 * message; OTP's {@code 'DOWN'}.
 *
 * @param pid whose run it was
 * @param run which run; 0 if there was none to watch, because the agent was down or unknown
 * @param reason why it ended
 */
public record AgentDown(AgentPid pid, long run, ExitReason reason) {

    /** Checks that nothing is missing. */
    public AgentDown {
        Objects.requireNonNull(pid, "pid");
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * What a watcher of an agent that is down or unknown is told; OTP's {@code noproc}.
     *
     * @param pid the agent
     * @return the notice, with run 0 and an error as its reason
     */
    public static AgentDown notRunning(AgentPid pid) {
        return new AgentDown(
                pid, 0, ExitReason.error(pid + " is not running: it is down, or unknown"));
    }
}
