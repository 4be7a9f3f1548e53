package ai.terraphim.supervisor.api;

import java.time.Instant;

/**
 * One restart that a supervisor decided on.
 *
 * @param pid the child whose end made it necessary
 * @param at when
 * @param run the run that had ended
 * @param reason why it had ended
 * @param strategy which strategy decided what else was restarted
 */
public record RestartEntry(
        AgentPid pid, Instant at, long run, ExitReason reason, RestartStrategy strategy) {}
