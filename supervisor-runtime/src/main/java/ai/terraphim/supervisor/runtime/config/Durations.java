package ai.terraphim.supervisor.runtime.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads durations as people write them: a whole number and {@code ms}, {@code s}, {@code m} or
 * {@code h}.
 */
final class Durations {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,15})(ms|s|m|h)");

    /** More would not fit into the nanoseconds that clocks count in. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final String RIGHT =
            "write a whole number with its unit, as in 200ms, 5s, 2m or 1h";

    private Durations() {}

    /**
     * Reads a duration, zero or longer.
     *
     * @throws IllegalArgumentException with a message that continues "the field ..."
     */
    static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            Duration duration =
                    Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
            if (duration.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "must be 876000h (100 years) or less, was '" + text + "'");
            }
            return duration;
        }
        if (text.matches("[0-9]+(\\.[0-9]+)?")) {
            throw new IllegalArgumentException("has no unit, was '" + text + "'; " + RIGHT);
        }
        if (text.startsWith("-")) {
            throw new IllegalArgumentException(
                    "must not be negative, was '" + text + "'; " + RIGHT);
        }
        throw new IllegalArgumentException("is not a duration, was '" + text + "'; " + RIGHT);
    }

    private static ChronoUnit unit(String word) {
        return switch (word) {
            case "ms" -> ChronoUnit.MILLIS;
            case "s" -> ChronoUnit.SECONDS;
            case "m" -> ChronoUnit.MINUTES;
            case "h" -> ChronoUnit.HOURS;
            default -> throw new IllegalArgumentException(word);
        };
    }
}
