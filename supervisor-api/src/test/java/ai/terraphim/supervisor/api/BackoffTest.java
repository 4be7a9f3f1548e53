package ai.terraphim.supervisor.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Backoff doubling =
            Backoff.builder(SECOND).max(Duration.ofSeconds(10)).jitter(0).build();

    @Test
    void waitsTwiceAsLongAfterEachFailureUpToTheLongest() {
        assertThat(List.of(1, 2, 3, 4, 5, 6, 1_000_000))
                .extracting(failures -> doubling.delay(failures, 0.7).toSeconds())
                .containsExactly(1L, 2L, 4L, 8L, 10L, 10L, 10L);
    }

    @Test
    void aFirstWaitOfZeroIsNoWaitAtAll() {
        Backoff none = Backoff.builder(Duration.ZERO).build();
        assertThat(none.isNone()).isTrue();
        assertThat(none.delay(5_000, 1)).isZero();
        assertThat(Backoff.NONE.isNone()).isTrue();
        assertThat(doubling.isNone()).isFalse();
    }

    @Test
    void jitterSpreadsEveryWaitTheLongestToo() {
        Backoff backoff = Backoff.builder(SECOND).max(Duration.ofSeconds(4)).jitter(0.5).build();
        assertThat(backoff.delay(1, 0)).isEqualTo(Duration.ofMillis(500));
        assertThat(backoff.delay(1, 0.5)).isEqualTo(SECOND);
        assertThat(backoff.delay(1, 1)).isEqualTo(Duration.ofMillis(1_500));
        // At the longest there is only less: were the rest cut off, half of all would come back
        // together.
        assertThat(backoff.delay(9, 0)).isEqualTo(Duration.ofSeconds(2));
        assertThat(backoff.delay(9, 0.5)).isEqualTo(Duration.ofSeconds(3));
        assertThat(backoff.delay(9, 1)).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void noWaitIsLongerThanTheLongestOrShorterThanItsJitterAllows() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            Backoff backoff = random(random);
            int failures = 1 + random.nextInt(200);
            assertThat(backoff.delay(failures, random.nextDouble()))
                    .as("%s after %d failures", backoff, failures)
                    .isBetween(backoff.delay(failures, 0), backoff.delay(failures, 1))
                    .isLessThanOrEqualTo(backoff.max());
        }
    }

    @Test
    void aChildIsImmortalIfAndOnlyIfAWindowNeverHoldsTooManyOfItsRestarts() {
        SplittableRandom random = new SplittableRandom(11);
        int immortal = 0;
        for (int i = 0; i < 20_000; i++) {
            Backoff backoff = random(random);
            RestartIntensity intensity =
                    new RestartIntensity(
                            random.nextInt(12), Duration.ofMillis(1 + random.nextInt(200_000)));
            boolean expected = !exceeds(intensity, backoff);
            immortal += expected ? 1 : 0;
            assertThat(backoff.makesImmortal(intensity))
                    .as("%s under %s", backoff, intensity)
                    .isEqualTo(expected);
        }
        assertThat(immortal).isBetween(2_000, 18_000); // both happen, and often
    }

    @Test
    void sayingSoIsQuickHoweverManyRestartsThereMayBe() {
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(doubling.makesImmortal(new RestartIntensity(Integer.MAX_VALUE, ages))).isFalse();
        assertThat(
                        doubling.makesImmortal(
                                new RestartIntensity(Integer.MAX_VALUE, Duration.ofDays(36_500))))
                .isTrue();
        assertThat(Backoff.NONE.makesImmortal(new RestartIntensity(Integer.MAX_VALUE, SECOND)))
                .isFalse();
    }

    /** A child that fails the moment it starts, counted when it fails, with the shortest waits. */
    private static boolean exceeds(RestartIntensity intensity, Backoff backoff) {
        Deque<Long> window = new ArrayDeque<>();
        long now = 0;
        for (int failures = 1; failures <= 400; failures++) {
            while (!window.isEmpty()
                    && now - window.getFirst() > intensity.timeWindow().toNanos()) {
                window.removeFirst();
            }
            if (window.size() >= intensity.maxRestarts()) {
                return true;
            }
            window.addLast(now);
            now += backoff.delay(failures, 0).toNanos();
        }
        return false;
    }

    private static Backoff random(SplittableRandom random) {
        Duration initial = Duration.ofMillis(random.nextInt(3) == 0 ? 0 : random.nextInt(30_000));
        return new Backoff(
                initial,
                initial.plusMillis(random.nextInt(60_000)),
                random.nextBoolean() ? 1 : 1 + 3 * random.nextDouble(),
                random.nextInt(3) == 0 ? 1 : random.nextDouble(),
                SECOND,
                false);
    }
}
