package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a JVM with SIGKILL in which a pool runs, again and again on the same data, and holds what
 * it said against what the next one begins with. {@code -Dcampaign.kills=N} kills a quarter as
 * often as {@link KillIT}; {@code -Dcampaign.seed=N} repeats the moments.
 */
class PoolKillIT {
    @TempDir private Path folder;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // about a second for each kill
    void aPoolGoesOnAfterKills() throws Exception {
        int kills = Math.max(1, Integer.getInteger("campaign.kills", 20) / 4);
        long seed = Long.getLong("campaign.seed", System.nanoTime());
        Random random = new Random(seed);
        Known known = new Known();
        for (int kill = 1; kill <= kills; kill++) {
            List<String> lines = KilledJvm.run(random, true, folder, PoolKillTarget.class);
            try {
                lines.forEach(known::take);
            } catch (AssertionError e) {
                throw new AssertionError(
                        "life %d of seed %d: %s".formatted(kill, seed, e.getMessage()), e);
            }
            known.killed();
        }
        System.out.printf(
                "PoolKillIT: seed %d, %d kills, %d instances started, %d brought back, %d counts saved, none lost%n",
                seed, kills, known.started.size(), known.broughtBack, known.saved);
        assertThat(known.broughtBack).as("instances that came back, seed %d", seed).isPositive();
    }

    /** What was acknowledged, over all lives of the JVM. */
    private static final class Known {
        final Set<String> started = new HashSet<>();
        private final Set<String> stopping = new HashSet<>();
        private final Set<String> stopped = new HashSet<>();
        private final Map<String, Long> runs = new HashMap<>();

        /** The newest run that has saved something; a later one need not have left a trace. */
        private final Map<String, Long> savedBy = new HashMap<>();

        private final Map<String, Long> counts = new HashMap<>();
        private final Set<String> begunInThisLife = new HashSet<>();
        private long highest;
        long broughtBack;
        long saved;

        void take(String line) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "begun" -> begun(words[1], Long.parseLong(words[2]), Long.parseLong(words[3]));
                case "counted" -> {
                    saved++;
                    savedBy.put(words[1], Long.parseLong(words[2]));
                    assertThat(runs).as(line).containsEntry(words[1], Long.parseLong(words[2]));
                    long count = Long.parseLong(words[3]);
                    assertThat(counts.put(words[1], count)).as(line).isEqualTo(count - 1);
                }
                case "up" -> up(List.of(words).subList(1, words.length));
                case "started" -> {
                    long number = Long.parseLong(words[1].substring("root/pool/".length()));
                    assertThat(number).as(line).isGreaterThan(highest);
                    highest = number;
                    started.add(words[1]);
                }
                case "stopping" -> stopping.add(words[1]);
                case "stopped" -> stopped.add(words[1]);
                default -> {} // of the log
            }
        }

        private void begun(String pid, long run, long count) {
            String what = "%s run %d begins with %d".formatted(pid, run, count);
            assertThat(stopped).as(what).doesNotContain(pid);
            assertThat(run).as(what).isGreaterThan(savedBy.getOrDefault(pid, 0L));
            if (begunInThisLife.contains(pid)) {
                assertThat(run).as(what).isGreaterThan(runs.get(pid));
            }
            // one more may have been saved without a word of it
            long saved = counts.getOrDefault(pid, 0L);
            assertThat(count).as(what).isBetween(saved, saved + 1);
            boolean isNew = !runs.containsKey(pid);
            if (begunInThisLife.add(pid) && !isNew) {
                broughtBack++;
            }
            runs.put(pid, run);
            counts.put(pid, count);
        }

        private void up(List<String> there) {
            assertThat(there).doesNotHaveDuplicates();
            assertThat(begunInThisLife).containsAll(there);
            Set<String> mustBeThere = new HashSet<>(started);
            mustBeThere.removeAll(stopping);
            assertThat(there).containsAll(mustBeThere);
            assertThat(there).noneMatch(stopped::contains);
        }

        /**
         * Of an instance that nobody was told of, and that has saved nothing, nothing may be left.
         */
        void killed() {
            runs.keySet().removeIf(pid -> !started.contains(pid) && counts.get(pid) == 0);
            begunInThisLife.clear();
        }
    }
}
