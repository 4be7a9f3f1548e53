package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ai.terraphim.supervisor.runtime.core.RandomSupervisors.Besides;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Plays histories made by chance. {@code -Dcampaign.seeds=N} plays seeds 0 to N-1, {@code
 * -Dcampaign.first=S} begins at another.
 */
class RandomHistoryTest {
    private static final int SEEDS =
            Integer.getInteger(
                    "campaign.seeds",
                    System.getProperty("campaign.size", "small").equals("small") ? 1_000 : 200_000);
    private static final long FIRST = Long.getLong("campaign.first", 0);

    @ParameterizedTest
    @EnumSource
    void whatMustHoldInEveryHistoryHolds(Besides besides) {
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            RandomHistory history = new RandomHistory(seed, besides);
            assertThatCode(history::play).as("seed %d", seed).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSeedAlwaysGivesTheSameHistory(Besides besides) {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(new RandomHistory(seed, besides).play())
                    .as("seed %d", seed)
                    .isEqualTo(new RandomHistory(seed, besides).play());
        }
    }

    /** Of 400,000 histories, those in which the world or what was asked of it was wrong. */
    @Test
    void whatAWrongWorldOnceFailedHolds() {
        for (long seed : new long[] {91465, 127627, 135585, 160413}) {
            assertThatCode(() -> new RandomHistory(seed, Besides.NOTHING).play())
                    .as("seed %d", seed)
                    .doesNotThrowAnyException();
        }
        for (long seed : new long[] {3399, 56398, 106062, 110786, 129250, 141256, 193064}) {
            assertThatCode(() -> new RandomHistory(seed, Besides.SLOW_STARTS).play())
                    .as("seed %d", seed)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aChildThatBecomesTemporaryWhileItsGroupIsRestartingIsForgotten() {
        assertThatCode(() -> new RandomHistory(6570, Besides.NOTHING).play())
                .doesNotThrowAnyException();
    }

    /** Children that were removed, or became temporary, while their restarts waited. */
    @Test
    void whatARestartThatWaitsOnceBrokeHolds() {
        for (long seed : new long[] {1020, 1912, 13226, 21388, 46271, 275637}) {
            assertThatCode(() -> new RandomHistory(seed, Besides.WAITS).play())
                    .as("seed %d", seed)
                    .doesNotThrowAnyException();
        }
    }
}
