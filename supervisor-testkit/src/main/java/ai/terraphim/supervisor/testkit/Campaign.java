package ai.terraphim.supervisor.testkit;

import java.util.function.LongConsumer;

/**
 * Plays one test with many seeds, and says how to repeat the seed that failed.
 *
 * {@snippet :
 * Campaign.of("PipelineTest", 100).run(seed -> {
 *     try (var sim = Simulation.seeded(seed)) {
 *         ...
 *     }
 * });
 * }
 *
 * <p>{@code -Dcampaign.seeds=N} plays N seeds, and {@code -Dcampaign.first=SEED} begins elsewhere
 * than with 0.
 */
public final class Campaign {
    private final String test;
    private final long first = Long.getLong("campaign.first", 0);
    private final long seeds;

    private Campaign(String test, long seeds) {
        this.test = test;
        this.seeds = Long.getLong("campaign.seeds", seeds);
    }

    /**
     * A campaign.
     *
     * @param test the name of the test class, for the command that repeats a seed
     * @param seeds how many seeds to play unless the system property says otherwise
     * @return the campaign
     */
    public static Campaign of(String test, long seeds) {
        return new Campaign(test, seeds);
    }

    /**
     * Plays all seeds, one after the other, until one fails.
     *
     * @param play plays one seed and throws if it fails
     * @throws AssertionError with the failed seed, the command that repeats it, and the cause
     */
    public void run(LongConsumer play) {
        System.out.printf("campaign %s: %d seeds from %d%n", test, seeds, first);
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                play.accept(seed);
            } catch (Throwable failed) {
                throw new AssertionError(
                        "seed %d failed: %s%nrepeat it with: ./mvnw verify -Dtest=%s -Dsurefire.failIfNoSpecifiedTests=false -Dcampaign.first=%d -Dcampaign.seeds=1"
                                .formatted(seed, failed.getMessage(), test, seed),
                        failed);
            }
        }
    }
}
