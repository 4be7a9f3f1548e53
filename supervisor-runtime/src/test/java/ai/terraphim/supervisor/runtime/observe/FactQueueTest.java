package ai.terraphim.supervisor.runtime.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.EventKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FactQueueTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private static Fact fact(int number, String path) {
        return Fact.of(
                BEGIN.plusSeconds(number), path, number, EventKind.CHILD_EXITED, "r" + number, "");
    }

    private static List<Fact> drain(FactQueue queue) {
        List<Fact> facts = new ArrayList<>();
        for (Fact next = queue.poll(); next != null; next = queue.poll()) {
            facts.add(next);
        }
        return facts;
    }

    @Test
    void whenItIsFullFactsOfOnePathFoldIntoTheLastOfThem() {
        var queue = new FactQueue(2, 1_000_000);
        for (int i = 1; i <= 10; i++) {
            queue.add(fact(i, i % 2 == 0 ? "root/even" : "root/odd"));
        }
        assertThat(drain(queue)).extracting(Fact::count).containsExactly(1L, 1L);
        assertThat(queue.unfold()).isEqualTo(new Overflow(8, 2, 0));
        List<Fact> folded = drain(queue);
        assertThat(folded).extracting(Fact::run).containsExactly(9L, 10L);
        assertThat(folded.getLast().numbered(7).event().detail())
                .isEqualTo(
                        "stands for 4 such events from 2026-01-01T00:00:04Z to 2026-01-01T00:00:10Z, and is the last of them");
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void itIsBoundedInBytes() {
        var queue = new FactQueue(1_000_000, 10_000);
        String text = "x".repeat(1_000);
        for (int i = 0; i < 100; i++) {
            queue.add(Fact.of(BEGIN, "root/" + i, 1, EventKind.CHILD_EXITED, text, ""));
        }
        assertThat(drain(queue)).hasSizeBetween(7, 8);
        assertThat(queue.size() + queue.overflow().left()).isBetween(92L, 93L);
        assertThat(queue.overflow().left()).isGreaterThan(80);
    }

    @Test
    void tooManyPathsAreLeftOutAndCounted() {
        var queue = new FactQueue(1, 1_000_000_000);
        for (int i = 0; i < FactQueue.MAX_FOLDS + 6; i++) {
            queue.add(fact(i, "root/" + i));
        }
        assertThat(queue.overflow()).isEqualTo(new Overflow(0, 0, 5));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyFactIsThereOrInACountAndThoseOfAPathKeepTheirOrder(long seed) {
        var random = new SplittableRandom(seed);
        var queue = new FactQueue(1 + random.nextInt(20), 1_000 + random.nextInt(20_000));
        int told = 0;
        long found = 0;
        long[] lastOf = new long[5];
        for (int step = 0; step < 10_000 || !queue.isEmpty(); step++) {
            if (step < 10_000 && random.nextInt(5) > 0) {
                queue.add(fact(++told, "root/" + random.nextInt(5)));
                continue;
            }
            Fact next = queue.poll();
            Overflow overflow = queue.unfold();
            if (overflow != null) {
                queue.add(Fact.gap(BEGIN, overflow));
            }
            if (next == null) {
                continue;
            }
            if (next.reason() instanceof Overflow gap) {
                found += gap.left();
                continue;
            }
            found += next.count();
            int path = next.path().toString().charAt(5) - '0';
            assertThat(next.run()).as("seed %d", seed).isGreaterThan(lastOf[path]);
            lastOf[path] = next.run();
        }
        assertThat(found).as("seed %d", seed).isEqualTo(told);
    }
}
