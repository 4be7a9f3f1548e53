package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Locale;

/** Writes durations as people do. */
final class Durations {
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
}
