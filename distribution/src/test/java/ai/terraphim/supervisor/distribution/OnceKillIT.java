package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a JVM with SIGKILL whose agent adds up the numbers 0, 1, 2 and so on that it is sent. The
 * next one's sender repeats those of which it does not know that they were handled. {@code
 * -Dcampaign.kills=N} kills a quarter as often as {@link KillIT}; {@code -Dcampaign.seed=N} repeats
 * the moments.
 */
class OnceKillIT {
    @TempDir private Path folder;

    /** What the last JVM said it begins with, and what it knew to be handled. */
    private long count;

    private long total;
    private long handled;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void eachNumberIsAddedOnce() throws Exception {
        int kills = Math.max(1, Integer.getInteger("campaign.kills", 20) / 4);
        long seed = Long.getLong("campaign.seed", System.nanoTime());
        Random random = new Random(seed);
        long repeated = 0;
        for (int kill = 1; kill <= kills; kill++) {
            long known = handled;
            runAndKill(random, "with-ids");
            assertThat(count)
                    .as("life %d, seed %d", kill, seed)
                    .isBetween(known, known + OnceKillTarget.ROUND);
            assertThat(total).as("life %d, seed %d", kill, seed).isEqualTo(sumBelow(count));
            repeated += count - known;
        }
        System.out.printf(
                "kill -9 of a JVM that is sent numbers with ids: seed %d, %d kills, %d numbers handled, %d repeated, each added once%n",
                seed, kills, handled, repeated);
        assertThat(repeated).as("numbers that were sent again, seed %d", seed).isPositive();
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void withoutIdsSomeAreAddedTwice() throws Exception {
        Random random = new Random(1);
        boolean twice = false;
        for (int kill = 0; kill < 20 && !twice; kill++) {
            runAndKill(random, "without");
            twice = total != sumBelow(count);
        }
        assertThat(twice).as("the test finds what is added twice").isTrue();
    }

    private void runAndKill(Random random, String how) throws Exception {
        for (String line :
                KilledJvm.run(
                        random, false, folder, OnceKillTarget.class, Long.toString(handled), how)) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("begun")) {
                count = Long.parseLong(words[1]);
                total = Long.parseLong(words[2]);
            } else if (words[0].equals("handled")) {
                handled = Long.parseLong(words[1]);
            }
        }
    }

    private static long sumBelow(long numbers) {
        return numbers * (numbers - 1) / 2;
    }
}
