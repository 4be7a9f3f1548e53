package ai.terraphim.supervisor.plugins.process;

import java.time.Duration;
import java.util.Locale;

/** Durations as people write them. */
final class Words {
    private Words() {}

    /** A limit from the configuration: {@code 30s}, {@code 2m}, {@code 0.2s}. */
    static String of(Duration limit) {
        return limit.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    /** A measured time: {@code 0.4 s}, {@code 2h3m}. */
    static String measured(Duration time) {
        return time.toMinutes() < 1
                ? String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0)
                : of(Duration.ofSeconds(time.toSeconds()));
    }
}
