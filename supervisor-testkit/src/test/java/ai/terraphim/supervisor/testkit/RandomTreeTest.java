package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Random trees and random faults through the real engine, checked for what must always hold. */
class RandomTreeTest {
    @Test
    void whatMustHoldInEveryHistoryHolds() {
        Campaign.of("RandomTreeTest", Seeds.of(1_000, 50_000))
                .run(seed -> new RandomTree(seed).play());
    }

    @Test
    void aSeedAlwaysGivesTheSameHistory() {
        for (long seed = 0; seed < 10; seed++) {
            assertThat(new RandomTree(seed).play())
                    .as("seed %d", seed)
                    .isEqualTo(new RandomTree(seed).play());
        }
    }
}
