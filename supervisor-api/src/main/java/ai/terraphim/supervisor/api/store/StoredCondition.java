package ai.terraphim.supervisor.api.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a child stands with its restarts: what the end of the JVM must not make good. Known only of
 * children that have failed, and that have a budget of their own or may be put aside.
 *
 * @param child the child, with the spec that it has
 * @param aside that it is put aside, or on trial after that; empty if it is neither
 * @param shortRuns how many runs in a row were too short to be healthy, 0 or more
 * @param restarts when its budget was used, as far as that is within its window, the oldest first;
 *     the newest {@value #MAX_RESTARTS} of them
 */
public record StoredCondition(
        StoredChild child, Optional<Aside> aside, int shortRuns, List<Instant> restarts) {

    /** How many restarts of one child are remembered over the end of the JVM. */
    public static final int MAX_RESTARTS = 1_000;

    /** Checks the numbers, and copies the list. */
    public StoredCondition {
        if (shortRuns < 0) {
            throw new IllegalArgumentException("shortRuns must be 0 or more, was " + shortRuns);
        }
        if (restarts.size() > MAX_RESTARTS) {
            throw new IllegalArgumentException(
                    "restarts must be %d at most, were %d"
                            .formatted(MAX_RESTARTS, restarts.size()));
        }
        restarts = List.copyOf(restarts);
    }

    /**
     * The child's place in the tree.
     *
     * @return the supervisor's path and the child's id
     */
    public String path() {
        return child.path();
    }

    /** How a child is put aside. */
    public enum Kind {
        /** Until somebody restarts it, or for a time. */
        PARKED,
        /** For a time, and then it is tried. */
        COOLING;

        /**
         * The word for it in the history and in listings.
         *
         * @return such as {@code parked}
         */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A child has failed once too often.
     *
     * @param kind how it is put aside
     * @param since since when
     * @param time how long; empty until somebody restarts it. Twice as long, up to a limit, if the
     *     trial after it fails
     * @param why what was too often, and how it had failed last
     */
    public record Aside(Kind kind, Instant since, Optional<Duration> time, String why) {
        /** Checks the time. */
        public Aside {
            if (kind == Kind.COOLING && time.isEmpty()) {
                throw new IllegalArgumentException("a child that cools does so for a time");
            }
            time.filter(it -> !it.isPositive())
                    .ifPresent(it -> {
                        throw new IllegalArgumentException(
                                "time must be longer than zero, was " + it);
                    });
        }
    }
}
