package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How calls to something outside the tree are guarded: a provider of language models, a database, a
 * host. All agents of a runtime share the guard of a dependency and call through {@link
 * AgentContext#guarded}.
 *
 * {@snippet :
 * DependencyConfig.builder("llm:api.example.com/large")
 *         .failureRate(0.5)
 *         .openFor(Duration.ofSeconds(30))
 *         .rateLimit(60, Duration.ofMinutes(1))
 *         .bulkhead(8)
 *         .build();
 * }
 *
 * @param key names the dependency, such as {@code llm:host/model}; at most 200 characters, no
 *     spaces
 * @param breaker when its calls are held back
 * @param rateLimit how many calls may begin in a time; empty for any number
 * @param bulkhead how many calls may be under way at once; empty for any number
 */
public record DependencyConfig(
        String key, Breaker breaker, Optional<RateLimit> rateLimit, OptionalInt bulkhead) {

    /** The most calls that a window, a trial, a rate limit or a bulkhead may have. */
    public static final int MAX_CALLS = 100_000;

    private static final int MAX_KEY = 200;

    /**
     * When calls are held back, as by an electrical circuit breaker (after Nygard, <i>Release
     * It!</i>). While the circuit is closed, calls go through. When too many of the last ones have
     * failed, it opens: nobody calls, whoever wants to waits. After a time it is half open: a few
     * calls go through on trial, and by their failure rate it closes or opens again.
     *
     * @param failureRate which part of the calls must have failed for the circuit to open, more
     *     than 0 and at most 1; half of them by default
     * @param window how many of the last calls are looked at; 20 by default
     * @param minimumCalls how many there must have been at least, at most the window; 5 by default
     * @param openFor how long it stays open; 30 seconds by default
     * @param trialCalls how many calls go through when it is half open; 3 by default
     * @param slowCall a call that takes longer has failed, whatever it gave; empty, the default,
     *     for no such limit
     */
    public record Breaker(
            double failureRate,
            int window,
            int minimumCalls,
            Duration openFor,
            int trialCalls,
            Optional<Duration> slowCall) {

        /** The defaults of all six. */
        public static final Breaker DEFAULT =
                new Breaker(0.5, 20, 5, Duration.ofSeconds(30), 3, Optional.empty());

        /** Checks the numbers. */
        public Breaker {
            if (!(failureRate > 0 && failureRate <= 1)) {
                throw new IllegalArgumentException(
                        "failure_rate must be more than 0%% and at most 100%%, was %s%%"
                                .formatted(Math.round(failureRate * 10_000) / 100.0));
            }
            checkCount("window", window);
            checkCount("minimum_calls", minimumCalls);
            if (minimumCalls > window) {
                throw new IllegalArgumentException(
                        "minimum_calls must not be more than window, was %d with a window of %d: the circuit could never open"
                                .formatted(minimumCalls, window));
            }
            Durations.checkPositive("open_for", openFor);
            checkCount("trial_calls", trialCalls);
            slowCall.ifPresent(time -> Durations.checkPositive("slow_call", time));
        }
    }

    /**
     * At most {@code calls} begin in any {@code per}; whoever comes too early waits.
     *
     * @param calls 1 or more
     * @param per longer than zero
     */
    public record RateLimit(int calls, Duration per) {

        /** Checks the numbers. */
        public RateLimit {
            checkCount("calls", calls);
            Durations.checkPositive("per", per);
        }
    }

    /** Checks the key and the bulkhead. */
    public DependencyConfig {
        checkKey(key);
        Objects.requireNonNull(breaker, "breaker");
        Objects.requireNonNull(rateLimit, "rateLimit");
        bulkhead.ifPresent(calls -> checkCount("bulkhead", calls));
    }

    /**
     * A dependency with every default: a breaker, and nothing else.
     *
     * @param key names it
     * @return its configuration
     * @throws IllegalArgumentException if it is no key
     */
    public static DependencyConfig of(String key) {
        return builder(key).build();
    }

    /**
     * Begins a configuration.
     *
     * @param key names the dependency
     * @return a builder with every default
     */
    public static Builder builder(String key) {
        return new Builder(key);
    }

    /**
     * Checks that something can be the key of a dependency.
     *
     * @param key at most 200 characters, none of them a space or a control character
     * @return the key
     * @throws IllegalArgumentException if it cannot
     */
    public static String checkKey(String key) {
        boolean fit =
                !key.isEmpty()
                        && key.length() <= MAX_KEY
                        && key.chars()
                                .noneMatch(c ->
                                        Character.isWhitespace(c) || Character.isISOControl(c));
        if (!fit) {
            throw new IllegalArgumentException(
                    "a key has 1 to %d characters and no spaces, as in llm:host/model, was '%s'"
                            .formatted(MAX_KEY, key));
        }
        return key;
    }

    private static void checkCount(String name, int count) {
        if (count < 1 || count > MAX_CALLS) {
            throw new IllegalArgumentException(
                    "%s must be from 1 to %d, was %d".formatted(name, MAX_CALLS, count));
        }
    }

    /** Collects what differs from the defaults. Not for several threads at once. */
    public static final class Builder {
        private final String key;
        private double failureRate = Breaker.DEFAULT.failureRate;
        private int window = Breaker.DEFAULT.window;
        private OptionalInt minimumCalls = OptionalInt.empty();
        private Duration openFor = Breaker.DEFAULT.openFor;
        private int trialCalls = Breaker.DEFAULT.trialCalls;
        private Optional<Duration> slowCall = Optional.empty();
        private Optional<RateLimit> rateLimit = Optional.empty();
        private OptionalInt bulkhead = OptionalInt.empty();

        private Builder(String key) {
            this.key = key;
        }

        /**
         * Sets which part of the calls must have failed for the circuit to open.
         *
         * @param failureRate 0.5 by default
         * @return this builder
         */
        public Builder failureRate(double failureRate) {
            this.failureRate = failureRate;
            return this;
        }

        /**
         * Sets how many of the last calls are looked at.
         *
         * @param calls 20 by default
         * @return this builder
         */
        public Builder window(int calls) {
            this.window = calls;
            return this;
        }

        /**
         * Sets how many calls there must have been for the circuit to open.
         *
         * @param calls 5 by default, or the window if that is less
         * @return this builder
         */
        public Builder minimumCalls(int calls) {
            this.minimumCalls = OptionalInt.of(calls);
            return this;
        }

        /**
         * Sets how long the circuit stays open.
         *
         * @param openFor 30 seconds by default
         * @return this builder
         */
        public Builder openFor(Duration openFor) {
            this.openFor = openFor;
            return this;
        }

        /**
         * Sets how many calls go through when the circuit is half open.
         *
         * @param calls 3 by default
         * @return this builder
         */
        public Builder trialCalls(int calls) {
            this.trialCalls = calls;
            return this;
        }

        /**
         * Sets which calls have failed because they were slow.
         *
         * @param longerThan none by default
         * @return this builder
         */
        public Builder slowCall(Duration longerThan) {
            this.slowCall = Optional.of(longerThan);
            return this;
        }

        /**
         * Sets how many calls may begin in a time.
         *
         * @param calls any number by default
         * @param per the time
         * @return this builder
         * @throws IllegalArgumentException if a value is not allowed
         */
        public Builder rateLimit(int calls, Duration per) {
            this.rateLimit = Optional.of(new RateLimit(calls, per));
            return this;
        }

        /**
         * Sets how many calls may be under way at once.
         *
         * @param calls any number by default
         * @return this builder
         */
        public Builder bulkhead(int calls) {
            this.bulkhead = OptionalInt.of(calls);
            return this;
        }

        /**
         * Makes the configuration.
         *
         * @return the configuration
         * @throws IllegalArgumentException if a value is not allowed, alone or beside another
         */
        public DependencyConfig build() {
            return new DependencyConfig(
                    key,
                    new Breaker(
                            failureRate,
                            window,
                            minimumCalls.orElse(Math.min(window, Breaker.DEFAULT.minimumCalls)),
                            openFor,
                            trialCalls,
                            slowCall),
                    rateLimit,
                    bulkhead);
        }
    }
}
