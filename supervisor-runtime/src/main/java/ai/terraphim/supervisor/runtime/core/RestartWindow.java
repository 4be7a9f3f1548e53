package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.RestartIntensity;
import java.time.Duration;

/**
 * Counts restarts in a sliding window. Holds at most as many times as the intensity allows, in a
 * ring that grows on demand, so that a restart costs the same however many there were. The
 * intensity is said each time, because the specs may change: what was counted stays.
 */
final class RestartWindow {
    private long[] times = {};
    private int oldest;
    private int size;

    /**
     * Counts one more restart, or says that it would be one too many. A restart exactly one window
     * ago still counts.
     */
    boolean admits(RestartIntensity intensity, long nowNanos) {
        if (count(intensity, nowNanos) >= intensity.maxRestarts()) {
            return false;
        }
        if (size == times.length) {
            grow(intensity.maxRestarts());
        }
        times[(oldest + size++) % times.length] = nowNanos;
        return true;
    }

    /** How many restarts the window holds now. */
    int count(RestartIntensity intensity, long nowNanos) {
        long windowNanos = saturatedNanos(intensity.timeWindow());
        while (size > 0 && nowNanos - times[oldest] > windowNanos) {
            oldest = (oldest + 1) % times.length;
            size--;
        }
        return size;
    }

    /** Forgets all of them. */
    void clear() {
        size = 0;
    }

    private void grow(int maxRestarts) {
        long[] larger = new long[(int) Math.min(maxRestarts, Math.max(8, times.length * 2L))];
        for (int i = 0; i < size; i++) {
            larger[i] = times[(oldest + i) % times.length];
        }
        times = larger;
        oldest = 0;
    }

    static long saturatedNanos(Duration duration) {
        return duration.toSeconds() >= Long.MAX_VALUE / 1_000_000_000L
                ? Long.MAX_VALUE
                : duration.toNanos();
    }
}
