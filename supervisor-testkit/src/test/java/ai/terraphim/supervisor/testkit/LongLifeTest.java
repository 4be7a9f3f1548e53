package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Whole days of a tree in simulated time, at the ends of which there must be no more than at their
 * beginnings. {@code -Dcampaign.hours=N} plays N hours of each seed.
 */
class LongLifeTest {
    @Test
    void nothingGrowsHoweverLongATreeLives() {
        int hours = Math.toIntExact(Long.getLong("campaign.hours", Seeds.of(1, 24)));
        Campaign.of("LongLifeTest", Seeds.of(2, 40))
                .run(seed -> {
                    LongLife.Figures figures = new LongLife(seed).play(hours);
                    System.out.printf("LongLifeTest: seed %d, %d h: %s%n", seed, hours, figures);
                    assertThat(figures.restarts()).isPositive();
                    assertThat(figures.checkpoints()).isPositive();
                });
    }
}
