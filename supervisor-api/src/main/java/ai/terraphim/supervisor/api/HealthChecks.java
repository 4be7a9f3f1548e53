package ai.terraphim.supervisor.api;

import java.time.Duration;

/**
 * When an agent is asked for its {@linkplain SupervisedAgent#healthCheck health}, and when a bad
 * answer is a failure. A check runs on the agent's own thread between its messages or in its waits,
 * so one that is not answered in time says that the agent hangs. Whatever one agent does, the
 * checks of the others go on. The four numbers are those of Kubernetes' probes.
 *
 * @param startDelay how long after its start an agent is left alone; {@code interval} by default
 * @param interval from one check to the next; a minute by default
 * @param timeout how long an answer may take, at most the interval; five seconds by default
 * @param threshold how many checks in a row must fail for the run to end; 3 by default
 */
public record HealthChecks(
        Duration startDelay, Duration interval, Duration timeout, int threshold) {

    /** Every minute, five seconds for an answer, three in a row. */
    public static final HealthChecks DEFAULT =
            new HealthChecks(
                    Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofSeconds(5), 3);

    /** Checks the numbers. */
    public HealthChecks {
        if (startDelay.isNegative()) {
            throw new IllegalArgumentException(
                    "start_delay must not be negative, was " + Durations.text(startDelay));
        }
        Durations.checkPositive("interval", interval);
        Durations.checkPositive("timeout", timeout);
        if (timeout.compareTo(interval) > 0) {
            throw new IllegalArgumentException(
                    "timeout must not be longer than the interval, was %s with an interval of %s"
                            .formatted(Durations.text(timeout), Durations.text(interval)));
        }
        if (threshold < 1) {
            throw new IllegalArgumentException("threshold must be 1 or more, was " + threshold);
        }
    }

    /**
     * The defaults with another interval; the first check is one interval after the start.
     *
     * @param interval from one check to the next
     * @return a copy, whose timeout is the interval if that is shorter
     */
    public static HealthChecks every(Duration interval) {
        Duration timeout = interval.compareTo(DEFAULT.timeout) < 0 ? interval : DEFAULT.timeout;
        return new HealthChecks(interval, interval, timeout, DEFAULT.threshold);
    }
}
