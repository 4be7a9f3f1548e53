package ai.terraphim.supervisor.runtime.core;

import java.time.Duration;
import java.util.Locale;

/** Writes durations as people do, and as tree files have them. */
public final class DurationText {

    private DurationText() {}

    /** Such as {@code 1m30s}. */
    public static String of(Duration duration) {
        return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }
}
