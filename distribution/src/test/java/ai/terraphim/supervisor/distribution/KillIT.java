package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the JVM with SIGKILL at a random moment while {@code watch} works through 2,000 files, and
 * sees each of them exactly once in the output after it was resumed. {@code -Dcampaign.kills=N}
 * says how often; {@code -Dcampaign.seed=N} repeats a run.
 */
class KillIT {
    private static final int FILES = 2_000;
    private static final Pattern NAME = Pattern.compile("file-\\d{4}\\.txt");
    private static final String TREE =
            """
            runtime: kill
            supervisor:
              id: root
              children:
                - { id: sleeper, type: process, config: { command: [sleep, "1000"] } }
                - { id: inbox, type: watch, config: { folder: inbox, output: inbox.log } }
            """;

    @TempDir private Path folder;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // two minutes for 20 kills on an idle machine
    void everyFileIsHandledExactlyOnceOverKills() throws Exception {
        int kills = Integer.getInteger("campaign.kills", 20);
        long seed = Long.getLong("campaign.seed", System.nanoTime());
        Random random = new Random(seed);
        int midway = 0;
        for (int i = 1; i <= kills; i++) {
            Path home = Files.createDirectories(folder.resolve("home-" + i));
            try (Installed installed = Installed.in(home)) {
                if (killOnce(installed, random, "seed " + seed + ", repetition " + i)) {
                    midway++;
                }
            }
        }
        System.out.printf(
                "KillIT: seed %d, %d kills, %d of them midway, %d files each, every one handled exactly once%n",
                seed, kills, midway, FILES);
        assertThat(midway).as("kills that hit the work, seed %d", seed).isPositive();
    }

    /** Gives whether the kill came while files were being handled. */
    private static boolean killOnce(Installed installed, Random random, String what)
            throws Exception {
        Path tree = installed.write("tree.yaml", TREE);
        Path output = installed.data().resolve("inbox.log");
        dropFiles(installed);
        Installed.Running first = installed.start(tree);
        int target = random.nextInt(FILES);
        await().pollInterval(Duration.ofMillis(1))
                .atMost(Installed.PATIENCE)
                .failFast(what, () -> !first.process().isAlive())
                .until(() -> lines(output) >= target);
        first.kill9();
        int handled = lines(output);
        List<ProcessHandle> orphans = installed.marked();

        Installed.Running second = installed.start(tree).awaitUp();
        await().atMost(Installed.PATIENCE).until(() -> lines(output) >= FILES);
        assertThat(orphans).as(what).noneMatch(Leftovers::runs);
        assertThat(second.term()).as(what).isZero();

        Map<String, Integer> times = new HashMap<>();
        for (String line : Files.readAllLines(output)) {
            times.merge(nameIn(line), 1, Integer::sum);
        }
        assertThat(times).as(what).hasSize(FILES).allSatisfy((_, n) -> assertThat(n).isEqualTo(1));
        assertThat(installed.marked()).as(what).isEmpty();
        return handled > 0 && handled < FILES;
    }

    private static void dropFiles(Installed installed) throws Exception {
        for (int i = 0; i < FILES; i++) {
            installed.write("data/inbox/file-%04d.txt".formatted(i), "line\n".repeat(i % 7));
        }
    }

    private static String nameIn(String line) {
        Matcher name = NAME.matcher(line);
        assertThat(name.find()).as(line).isTrue();
        return name.group();
    }

    private static int lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return Math.toIntExact(lines.count());
        }
    }
}
