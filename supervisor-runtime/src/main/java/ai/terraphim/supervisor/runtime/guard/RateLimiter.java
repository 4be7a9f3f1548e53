package ai.terraphim.supervisor.runtime.guard;

import ai.terraphim.supervisor.api.DependencyConfig.RateLimit;

/**
 * At most so many begin in any period. Remembers when the last ones began, so the limit holds for
 * every window of that length, which a bucket of tokens does not do after a pause. For one thread
 * at a time.
 */
final class RateLimiter {
    private final long perNanos;
    private final long[] began;
    private int oldest;
    private int known;

    RateLimiter(RateLimit limit) {
        perNanos = limit.per().toNanos();
        began = new long[limit.calls()];
    }

    /** Begins one and gives 0, or says in how many nanoseconds one may begin. */
    long tryBegin(long now) {
        if (known < began.length) {
            known++;
        } else {
            long left = began[oldest] + perNanos - now;
            if (left > 0) {
                return left;
            }
        }
        began[oldest] = now;
        oldest = (oldest + 1) % began.length;
        return 0;
    }
}
