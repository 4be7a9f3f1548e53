package ai.terraphim.supervisor.plugins.httpprobe;

import java.time.Instant;
import java.util.Optional;

/**
 * The state of a probe: what all its checks have found, over restarts. Latencies are in
 * milliseconds and of answered checks alone.
 *
 * @param checks how many there were
 * @param failures how many of them failed
 * @param consecutiveFailures how many failed since one was good
 * @param answers how many got an answer, good or bad
 * @param lastStatus of the last check, empty if it got no answer
 * @param lastLatencyMs of the last answer
 * @param minLatencyMs the shortest
 * @param meanLatencyMs the mean
 * @param maxLatencyMs the longest
 * @param lastError what was wrong at the last failed check
 * @param lastCheck when it was
 * @param since since when the checks are good, or fail, without a change
 */
record Statistics(
        long checks,
        long failures,
        long consecutiveFailures,
        long answers,
        Optional<Integer> lastStatus,
        Optional<Double> lastLatencyMs,
        Optional<Double> minLatencyMs,
        Optional<Double> meanLatencyMs,
        Optional<Double> maxLatencyMs,
        Optional<String> lastError,
        Instant lastCheck,
        Instant since) {

    /** Before the first check. */
    static Statistics none(Instant now) {
        return new Statistics(
                0,
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now,
                now);
    }

    boolean isOk() {
        return consecutiveFailures == 0;
    }

    /**
     * Whether a check changes what is known: it is the first one, or the last one ended the other
     * way.
     */
    boolean isChangedBy(Check check) {
        return checks == 0 || isOk() != check.isOk();
    }

    Statistics after(Check check, Instant now) {
        boolean answered = check.status().isPresent();
        double latency = check.latency().toNanos() / 1e6;
        return new Statistics(
                checks + 1,
                check.isOk() ? failures : failures + 1,
                check.isOk() ? 0 : consecutiveFailures + 1,
                answered ? answers + 1 : answers,
                check.status(),
                answered ? Optional.of(latency) : lastLatencyMs,
                answered
                        ? Optional.of(Math.min(latency, minLatencyMs.orElse(latency)))
                        : minLatencyMs,
                answered
                        ? Optional.of(
                                meanLatencyMs
                                        .map(mean -> mean + (latency - mean) / (answers + 1))
                                        .orElse(latency))
                        : meanLatencyMs,
                answered
                        ? Optional.of(Math.max(latency, maxLatencyMs.orElse(latency)))
                        : maxLatencyMs,
                check.problem().or(() -> lastError),
                now,
                isChangedBy(check) ? now : since);
    }
}
