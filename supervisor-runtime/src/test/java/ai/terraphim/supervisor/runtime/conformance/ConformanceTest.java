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
import org.junit.jupiter.api.Test;

/**
 * Compares the core with the Erlang/OTP supervisor, whose behaviour was recorded in the files under
 * {@code conformance}: each line is a tree, what was done to it, and what happened.
 *
 * <p>{@code -Dconformance.cases=FOLDER} plays the {@code *.jsonl} files of another folder instead.
 */
class ConformanceTest {

    /** How many of our own cases pass, so that the test cannot silently do nothing. */
    private static final int OUR_OWN = 560;

    @Test
    void behavesAsTheReferenceDid() throws IOException, URISyntaxException {
        String folder = System.getProperty("conformance.cases");
        Tally tally = new Tally();
        Corpus.read(folder).forEach(tally::play);
        System.out.print(tally);
        assertThat(tally.failures).isEmpty();
        if (folder == null) {
            assertThat(tally.passed).isEqualTo(OUR_OWN);
        } else {
            assertThat(tally.passed).as("cases in %s that passed", folder).isPositive();
        }
    }

    /** What came of the cases. */
    private static final class Tally {
        private final List<String> failures = new ArrayList<>();
        private final List<String> skipped = new ArrayList<>();
        private final Map<String, Integer> failuresByCategory = new TreeMap<>();
        private int passed;

        void play(RecordedCase recorded) {
            Optional<String> reason = Corpus.whyNotPlayed(recorded);
            if (reason.isPresent()) {
                skipped.add("skipped %s: %s".formatted(recorded.name(), reason.get()));
                return;
            }
            Optional<String> difference = Comparison.firstDifference(recorded, new Scenario());
            if (difference.isPresent()) {
                failures.add("FAILED %s: %s".formatted(recorded.name(), difference.get()));
                failuresByCategory.merge(recorded.category(), 1, Integer::sum);
            } else {
                passed++;
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
                            "conformance: passed %d of %d (skipped %d)%n"
                                    .formatted(
                                            passed,
                                            passed + failures.size() + skipped.size(),
                                            skipped.size()))
                    .toString();
        }
    }
}
