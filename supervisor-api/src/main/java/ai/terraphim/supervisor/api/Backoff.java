package ai.terraphim.supervisor.api;

import java.time.Duration;

/**
 * How long a supervisor waits before it restarts a child that has failed: the first time {@code
 * initial}, then {@code factor} times as long for each failure in a row, up to {@code max}. A run
 * that lasts {@code resetAfter} ends the row. Exponential backoff with jitter, as networks have
 * used it since Ethernet.
 *
 * <p>The restart is counted when the child fails, not when the wait is over. A group restart waits
 * for the longest of its members, with the group stopped; what else fails in a group that waits is
 * merged into that restart and not counted again.
 *
 * @param initial the first wait; zero for no wait at all
 * @param max the longest wait
 * @param factor 1 or more; 2 by default
 * @param jitter by which part of itself a wait is made longer or shorter at random, from 0 to 1, so
 *     that children that fail together do not come back together; 0.2 by default
 * @param resetAfter how long a run must last for the next wait to be the first again; a minute by
 *     default
 * @param allowImmortal whether the waits may be so long that the supervisor's intensity can never
 *     be exceeded; false by default
 */
public record Backoff(
        Duration initial,
        Duration max,
        double factor,
        double jitter,
        Duration resetAfter,
        boolean allowImmortal) {

    // before the first instance, whose constructor reads it
    private static final Duration LONGEST = Duration.ofDays(365);

    /** Restart at once, which is the default and what OTP does. */
    public static final Backoff NONE =
            new Backoff(Duration.ZERO, Duration.ZERO, 1, 0, Duration.ofMinutes(1), false);

    /** Checks the numbers. */
    public Backoff {
        if (initial.isNegative()) {
            throw new IllegalArgumentException(
                    "initial must not be negative, was " + Durations.text(initial));
        }
        if (max.compareTo(initial) < 0) {
            throw new IllegalArgumentException(
                    "max must be initial or longer, was %s with an initial of %s"
                            .formatted(Durations.text(max), Durations.text(initial)));
        }
        if (max.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "max must be a year (8760h) or shorter, was " + Durations.text(max));
        }
        if (!(factor >= 1 && factor <= 1_000)) {
            throw new IllegalArgumentException("factor must be from 1 to 1000, was " + factor);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter must be from 0 to 1, was " + jitter);
        }
        Durations.checkPositive("reset_after", resetAfter);
    }

    /**
     * Begins a backoff.
     *
     * @param initial the first wait
     * @return a builder in which the longest wait is a minute, or {@code initial} if that is longer
     */
    public static Builder builder(Duration initial) {
        return new Builder(initial);
    }

    /**
     * Whether there is no wait at all.
     *
     * @return true if {@code initial} is zero, as in {@link #NONE}
     */
    public boolean isNone() {
        return initial.isZero();
    }

    /**
     * How long to wait.
     *
     * @param failures how many in a row there were, 1 or more
     * @param random from 0 to 1: where the wait is to lie within its jitter
     * @return at most {@code max}
     */
    public Duration delay(int failures, double random) {
        if (isNone()) {
            return Duration.ZERO;
        }
        double longest = max.toNanos();
        double plain = Math.min(longest, initial.toNanos() * Math.pow(factor, failures - 1.0));
        double least = plain * (1 - jitter);
        double most = Math.min(longest, plain * (1 + jitter));
        return Duration.ofNanos((long) (least + random * (most - least)));
    }

    /**
     * Whether a child that fails the moment it starts never exceeds an intensity, because the
     * shortest possible waits are longer than its window.
     *
     * @param intensity of the child's supervisor
     * @return true if such a child would be restarted for ever
     */
    public boolean makesImmortal(RestartIntensity intensity) {
        Duration timeWindow = intensity.timeWindow();
        double window = timeWindow.getSeconds() * 1e9 + timeWindow.getNano();
        double longest = max.toNanos();
        double wait = initial.toNanos();
        double passed = 0;
        for (long left = intensity.maxRestarts(); left > 0 && passed <= window; left--) {
            double next = Math.min(longest, wait * factor);
            if (next == wait) { // it grows no more
                return passed + left * wait * (1 - jitter) > window;
            }
            passed += wait * (1 - jitter);
            wait = next;
        }
        return passed > window;
    }

    /** Collects what differs from the defaults. Not for several threads at once. */
    public static final class Builder {
        private final Duration initial;
        private Duration max;
        private double factor = 2;
        private double jitter = 0.2;
        private Duration resetAfter = NONE.resetAfter;
        private boolean allowImmortal;

        private Builder(Duration initial) {
            this.initial = initial;
            Duration minute = Duration.ofMinutes(1);
            this.max = initial.compareTo(minute) > 0 ? initial : minute;
        }

        /**
         * Sets the longest wait.
         *
         * @param max a minute by default
         * @return this builder
         */
        public Builder max(Duration max) {
            this.max = max;
            return this;
        }

        /**
         * Sets how much longer each wait is than the one before.
         *
         * @param factor 2 by default
         * @return this builder
         */
        public Builder factor(double factor) {
            this.factor = factor;
            return this;
        }

        /**
         * Sets by which part of itself a wait varies.
         *
         * @param jitter 0.2 by default
         * @return this builder
         */
        public Builder jitter(double jitter) {
            this.jitter = jitter;
            return this;
        }

        /**
         * Sets how long a run must last for the waits to begin anew.
         *
         * @param resetAfter a minute by default
         * @return this builder
         */
        public Builder resetAfter(Duration resetAfter) {
            this.resetAfter = resetAfter;
            return this;
        }

        /**
         * Sets whether the waits may make the supervisor's intensity unreachable.
         *
         * @param allowImmortal false by default
         * @return this builder
         */
        public Builder allowImmortal(boolean allowImmortal) {
            this.allowImmortal = allowImmortal;
            return this;
        }

        /**
         * Makes the backoff.
         *
         * @return the backoff
         * @throws IllegalArgumentException if a value is not allowed
         */
        public Backoff build() {
            return new Backoff(initial, max, factor, jitter, resetAfter, allowImmortal);
        }
    }
}
