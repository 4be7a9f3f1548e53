package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a child at one moment.
 *
 * @param pid its place in the tree
 * @param kind whether it is an agent or a nested supervisor
 * @param type the agent's type; {@code supervisor} for a nested supervisor
 * @param status what it is doing
 * @param run the number of its newest start attempt, 0 if it was never started
 * @param restartCount how often its supervisor has restarted it since this runtime started
 * @param startedAt when its current run came up, empty if it is not up
 * @param lastRestart when it was last restarted
 * @param lastExit why its last run ended
 * @param lastHealthCheck what came of its last health check
 * @param lastCheckpoint when the newest of its saved states that is known here was saved; empty
 *     before its first start
 */
public record SupervisedAgentInfo(
        AgentPid pid,
        ChildKind kind,
        String type,
        AgentStatus status,
        long run,
        long restartCount,
        Optional<Instant> startedAt,
        Optional<Instant> lastRestart,
        Optional<ExitReason> lastExit,
        Optional<HealthReport> lastHealthCheck,
        Optional<Instant> lastCheckpoint) {

    /**
     * How long its current run has been up.
     *
     * @param now the time, by the clock of the runtime
     * @return zero if it is not up
     */
    public Duration uptime(Instant now) {
        return startedAt
                .map(started -> Duration.between(started, now))
                .filter(Duration::isPositive)
                .orElse(Duration.ZERO);
    }

    /**
     * The same with another health check.
     *
     * @param report what came of the last one
     * @return a copy
     */
    public SupervisedAgentInfo with(HealthReport report) {
        return new SupervisedAgentInfo(
                pid,
                kind,
                type,
                status,
                run,
                restartCount,
                startedAt,
                lastRestart,
                lastExit,
                Optional.of(report),
                lastCheckpoint);
    }
}
