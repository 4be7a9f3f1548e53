package ai.terraphim.supervisor.api;

import java.time.Duration;

/** How a child is stopped. The three ways are OTP's. */
public sealed interface Shutdown {

    /** At once and without a callback. */
    record BrutalKill() implements Shutdown {}

    /**
     * The child is asked, and killed if it has not ended when the time is over.
     *
     * @param time zero or longer
     */
    record Timeout(Duration time) implements Shutdown {
        /** Checks that the time is not negative. */
        public Timeout {
            if (time.isNegative()) {
                throw new IllegalArgumentException(
                        "a shutdown time must not be negative, was " + time);
            }
        }
    }

    /** The child is asked and waited for as long as it takes. */
    record Infinity() implements Shutdown {}

    /** Five seconds, the default of an agent. */
    Shutdown DEFAULT = new Timeout(Duration.ofSeconds(5));

    /**
     * At once and without a callback.
     *
     * @return the way
     */
    static Shutdown brutalKill() {
        return new BrutalKill();
    }

    /**
     * Asked, then killed when the time is over.
     *
     * @param time zero or longer
     * @return the way
     */
    static Shutdown within(Duration time) {
        return new Timeout(time);
    }

    /**
     * Asked, and waited for as long as it takes.
     *
     * @return the way
     */
    static Shutdown infinity() {
        return new Infinity();
    }
}
