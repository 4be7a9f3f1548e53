package ai.terraphim.supervisor.api;

import java.util.Objects;

/**
 * What an agent says of its own health.
 *
 * @param isHealthy whether it can do its work
 * @param detail what stands in its way, or anything else worth knowing; empty if there is nothing
 *     to say
 */
public record Health(boolean isHealthy, String detail) {

    /** Checks that nothing is missing. */
    public Health {
        Objects.requireNonNull(detail, "detail");
    }

    /**
     * All is well.
     *
     * @return healthy, with nothing to say
     */
    public static Health good() {
        return new Health(true, "");
    }

    /**
     * Something is wrong.
     *
     * @param why what stands in the way
     * @return unhealthy
     */
    public static Health bad(String why) {
        return new Health(false, why);
    }
}
