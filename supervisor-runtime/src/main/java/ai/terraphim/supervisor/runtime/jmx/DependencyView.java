package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.DependencyInfo;
import org.jspecify.annotations.Nullable;

/**
 * What management clients see of a dependency. Composite data with the same names, so a client
 * needs none of our classes.
 *
 * @param key names it
 * @param state of its circuit: {@code closed}, {@code open}, {@code half_open} or {@code
 *     forced_open}
 * @param since when it came into that state, ISO 8601, UTC
 * @param failureRate which part of its last calls have failed, from 0 to 1; null while there are
 *     too few to say
 * @param calls how many calls have ended since the runtime started
 * @param failures how many of them have failed
 * @param suspensions how often somebody had to wait because the circuit was open
 * @param inFlight how many calls are under way
 * @param suspended how many wait now because the circuit is open
 * @param waiting how many calls wait now for the rate limit or the bulkhead
 * @param lastFailure what the last call that failed has thrown; empty if none has
 */
public record DependencyView(
        String key,
        String state,
        String since,
        @Nullable Double failureRate,
        long calls,
        long failures,
        long suspensions,
        int inFlight,
        int suspended,
        int waiting,
        String lastFailure) {

    static DependencyView of(DependencyInfo info) {
        return new DependencyView(
                info.key(),
                info.state().word(),
                info.since().toString(),
                info.failureRate().isPresent() ? info.failureRate().getAsDouble() : null,
                info.calls(),
                info.failures(),
                info.suspensions(),
                info.inFlight(),
                info.suspended(),
                info.waiting(),
                info.lastFailure());
    }
}
