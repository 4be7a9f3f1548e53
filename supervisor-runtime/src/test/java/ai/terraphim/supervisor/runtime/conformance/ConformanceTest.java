package ai.terraphim.supervisor.runtime.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.runtime.core.Scenario;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Compares the core, and the runtime around it, with the Erlang/OTP supervisor, whose behaviour was
 * recorded in the files under {@code conformance}: each line is a tree, what was done to it, and
 * what happened.
 *
 * <p>{@code -Dconformance.cases=FOLDER} plays the {@code *.jsonl} files of another folder instead.
 */
class ConformanceTest {

    /** How many of our own cases pass, so that the test cannot silently do less. */
    private static final int OUR_OWN = 560;

    /** Of the order in which the threads of the runtime run. */
    private static final long SEED = Long.getLong("conformance.seed", 1);

    private static final String FOLDER = System.getProperty("conformance.cases");

    @Test
    void theCoreBehavesAsTheReferenceDid() throws IOException, URISyntaxException {
        play("conformance", Scenario::new);
    }

    /** The same cases with real agents on the real engine, in simulated time. */
    @Test
    void theRuntimeBehavesAsTheReferenceDid() throws IOException, URISyntaxException {
        play("conformance through the runtime", () -> new RuntimeScenario(SEED));
    }

    private static void play(String title, Supplier<Player> players)
            throws IOException, URISyntaxException {
        Tally tally = new Tally(title);
        for (RecordedCase recorded : Corpus.read(FOLDER)) {
            try (Player player = players.get()) {
                tally.add(recorded, player);
            }
        }
        tally.check();
    }

    /** What came of the cases. */
    private static final class Tally {
        private final String title;
        private final List<String> failures = new ArrayList<>();
        private final List<String> skipped = new ArrayList<>();
        private final Map<String, Integer> failuresByCategory = new TreeMap<>();
        private int passed;

        Tally(String title) {
            this.title = title;
        }

        void add(RecordedCase recorded, Player played) {
            Optional<String> difference = Comparison.firstDifference(recorded, played);
            if (played.limit().isPresent()) {
                skipped.add("skipped %s: %s".formatted(recorded.name(), played.limit().get()));
            } else if (difference.isPresent()) {
                failures.add("FAILED %s: %s".formatted(recorded.name(), difference.get()));
                failuresByCategory.merge(recorded.category(), 1, Integer::sum);
            } else {
                passed++;
            }
        }

        void check() {
            System.out.print(this);
            assertThat(failures).isEmpty();
            if (FOLDER == null) {
                assertThat(passed).isEqualTo(OUR_OWN);
            } else {
                assertThat(passed + skipped.size()).as("cases in %s", FOLDER).isPositive();
            }
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            skipped.forEach(line -> text.append(line).append('\n'));
            failures.forEach(line -> text.append(line).append('\n'));
            if (!failures.isEmpty()) {
                text.append("failures by category: ").append(failuresByCategory).append('\n');
            }
            return text.append(
                            "%s: passed %d of %d (skipped %d)%n"
                                    .formatted(
                                            title,
                                            passed,
                                            passed + failures.size() + skipped.size(),
                                            skipped.size()))
                    .append(
                            passed + failures.size() == 0 && !skipped.isEmpty()
                                    ? "%s: none of the cases can be played%n".formatted(title)
                                    : "")
                    .toString();
        }
    }
}
