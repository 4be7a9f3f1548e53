package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.store.StoredCondition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts restarts in a sliding window. Holds at most as many times as the intensity allows, in a
 * ring that grows on demand, so that a restart costs the same however many there were. The
 * intensity is said each time, because the specs may change: what was counted stays.
 */
final class RestartWindow {
    private long[] times;
    private int oldest;
    private int size;

    RestartWindow() {
        times = new long[0];
    }

    /**
     * A window that holds some already.
     *
     * @param restarts when they were, the oldest first
     */
    RestartWindow(List<Long> restarts) {
        times = restarts.stream().mapToLong(Long::longValue).toArray();
        size = times.length;
    }

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

    /**
     * When those were that it holds now, the oldest first: the newest {@value
     * StoredCondition#MAX_RESTARTS} at most, so that this takes no longer the more there were.
     */
    List<Long> newest(RestartIntensity intensity, long nowNanos) {
        int most = Math.min(count(intensity, nowNanos), StoredCondition.MAX_RESTARTS);
        List<Long> newest = new ArrayList<>(most);
        for (int i = size - most; i < size; i++) {
            newest.add(times[(oldest + i) % times.length]);
        }
        return newest;
    }

    /**
     * In how many nanoseconds it holds none of those that it holds now; {@link FailureRecord#NEVER}
     * if it holds none.
     */
    long emptyIn(RestartIntensity intensity, long nowNanos) {
        if (count(intensity, nowNanos) == 0) {
            return FailureRecord.NEVER;
        }
        long age = nowNanos - times[(oldest + size - 1) % times.length];
        return Math.min(saturatedNanos(intensity.timeWindow()) - age, Long.MAX_VALUE - 1) + 1;
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
