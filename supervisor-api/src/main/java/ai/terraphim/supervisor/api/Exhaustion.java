package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Optional;

/** What becomes of a child that has failed once too often. */
public sealed interface Exhaustion {

    /** The default: the supervisor gives up and leaves it to its parent, as OTP's does. */
    Exhaustion ESCALATE = new Escalate();

    /** The supervisor stops its children and ends, and its parent decides what comes next. */
    record Escalate() implements Exhaustion {}

    /**
     * The child is put aside and the tree lives on without it, through group restarts too. It comes
     * back with a clean record, when somebody restarts it or the time is over.
     *
     * @param after when it comes back by itself; empty for never
     */
    record Park(Optional<Duration> after) implements Exhaustion {
        /** Checks that the time, if there is one, is longer than zero. */
        public Park {
            after.ifPresent(time -> Durations.checkPositive("park", time));
        }
    }

    /**
     * The child is put aside for a time and then has one trial run: the half-open state of a
     * circuit breaker. A trial that lasts as long as a healthy run must closes the matter; one that
     * fails before puts the child aside for twice as long as before, up to {@code max}.
     *
     * @param time how long at first
     * @param max how long at most
     */
    record CoolDown(Duration time, Duration max) implements Exhaustion {
        /** Checks the times. */
        public CoolDown {
            Durations.checkPositive("cool_down", time);
            if (max.compareTo(time) < 0) {
                throw new IllegalArgumentException(
                        "max must be cool_down or longer, was %s with a cool_down of %s"
                                .formatted(Durations.text(max), Durations.text(time)));
            }
        }
    }

    /**
     * The supervisor gives up.
     *
     * @return {@link #ESCALATE}
     */
    static Exhaustion escalate() {
        return ESCALATE;
    }

    /**
     * The child is put aside until somebody restarts it.
     *
     * @return the choice
     */
    static Exhaustion park() {
        return new Park(Optional.empty());
    }

    /**
     * The child is put aside for a time.
     *
     * @param after longer than zero
     * @return the choice
     */
    static Exhaustion park(Duration after) {
        return new Park(Optional.of(after));
    }

    /**
     * The child is put aside and then tried.
     *
     * @param time how long at first
     * @param max how long at most
     * @return the choice
     */
    static Exhaustion coolDown(Duration time, Duration max) {
        return new CoolDown(time, max);
    }
}
