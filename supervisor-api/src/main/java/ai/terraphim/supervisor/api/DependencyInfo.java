package ai.terraphim.supervisor.api;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * How a dependency is, at one moment.
 *
 * @param key names it
 * @param state of its circuit
 * @param since when the circuit came into that state
 * @param failureRate which part of its last calls have failed, from 0 to 1; empty while there are
 *     too few to say
 * @param calls how many calls have ended, well or badly, since the runtime was made
 * @param failures how many of them have failed
 * @param suspensions how often somebody had to wait because the circuit was open
 * @param inFlight how many calls are under way
 * @param suspended how many wait now because the circuit is open: agents in a call, agents with
 *     messages, and children that are to be restarted
 * @param waiting how many calls wait now for the rate limit or the bulkhead
 * @param lastFailure what the last call that failed has thrown, on one line; empty if none has
 */
public record DependencyInfo(
        String key,
        State state,
        Instant since,
        OptionalDouble failureRate,
        long calls,
        long failures,
        long suspensions,
        int inFlight,
        int suspended,
        int waiting,
        String lastFailure) {

    /** Checks that nothing is missing. */
    public DependencyInfo {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(failureRate, "failureRate");
        Objects.requireNonNull(lastFailure, "lastFailure");
    }

    /** The states of a circuit. */
    public enum State {
        /** Calls go through. */
        CLOSED,
        /** Too many calls have failed: nobody calls. */
        OPEN,
        /** Some calls go through on trial. */
        HALF_OPEN,
        /** An operator says that nobody calls, until it is reset. */
        FORCED_OPEN;

        /**
         * The word for this state everywhere.
         *
         * @return such as {@code half_open}
         */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
