package ai.terraphim.supervisor.api;

import java.time.Instant;
import java.util.Objects;

/**
 * The outcome of a health check.
 *
 * @param at when it was over
 * @param run which run of the agent was asked
 * @param health what it said; unhealthy with the failure as detail if the check threw
 */
public record HealthReport(Instant at, long run, Health health) {

    /** Checks that nothing is missing. */
    public HealthReport {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(health, "health");
    }
}
