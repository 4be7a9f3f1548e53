package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Locale;

/** Writes durations as people do. */
final class Durations {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private Durations() {}

    /** As in {@code 1m30s} or {@code 0.2s}. */
    static String text(Duration duration) {
        return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }

    static void checkPositive(String what, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(
                    what + " must be longer than zero, was " + text(duration));
        }
    }

    /** More than zero, and no more than clocks count. */
    static void checkAge(String what, Duration age) {
        checkPositive(what, age);
        if (age.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    what + " must be 876000h (100 years) or less, was " + text(age));
        }
    }
}
