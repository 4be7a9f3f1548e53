package ai.terraphim.supervisor.benchmarks;

import java.time.Duration;
import java.util.List;

/**
 * How much of everything. The figures of the table come from {@link #FULL}.
 *
 * @param warmUp how long each part of a workload is repeated before it is measured, once at least
 * @param repetitions how often it is measured
 * @param spawned W1: children
 * @param siblings W2: children of the supervisor, one of which crashes
 * @param crashes W2: crashes one after the other
 * @param storm W2: children that crash at once
 * @param largestGroup W3: groups of 10, 100, … up to this
 * @param idle W4: idle children
 * @param asks W5: asks, one after the other
 * @param tells W5: messages sent without waiting
 * @param told W5: receivers of those
 * @param depth W7: levels of the tree below the root
 * @param escalations W7: crashes that go up through five supervisors
 */
record Size(
        Duration warmUp,
        int repetitions,
        int spawned,
        int siblings,
        int crashes,
        int storm,
        int largestGroup,
        List<Integer> idle,
        int asks,
        int tells,
        int told,
        int depth,
        int escalations) {

    static final Size FULL =
            new Size(
                    Duration.ofSeconds(10),
                    5,
                    100_000,
                    1_000,
                    20_000,
                    10_000,
                    10_000,
                    List.of(100_000, 1_000_000),
                    200_000,
                    2_000_000,
                    10_000,
                    5,
                    2_000);

    static final Size QUICK =
            new Size(
                    Duration.ofSeconds(2),
                    3,
                    20_000,
                    1_000,
                    4_000,
                    10_000,
                    1_000,
                    List.of(100_000),
                    40_000,
                    400_000,
                    10_000,
                    4,
                    500);

    /** Only to see that everything runs. */
    static final Size TINY =
            new Size(Duration.ZERO, 1, 20, 10, 20, 20, 10, List.of(20), 20, 200, 10, 2, 10);

    /** A part of a workload; repetition 0 is a warm-up and reports nothing. */
    interface Part {
        void run(int repetition) throws Exception;
    }

    /**
     * Warms up, so that no figure is one of the compiler, then measures. Each measured repetition
     * begins without the garbage of those before.
     */
    void repeat(Part part) throws Exception {
        long start = System.nanoTime();
        do {
            part.run(0);
        } while (System.nanoTime() - start < warmUp.toNanos());
        for (int repetition = 1; repetition <= repetitions; repetition++) {
            System.gc();
            part.run(repetition);
        }
    }

    /** How often the restart of one group is measured; the figure is the median. */
    int restartsOf(int group) {
        return Math.max(1, Math.min(crashes / (4 * group), 500));
    }

    /** How many nodes a tree of this depth has, with ten below each but the last. */
    int nodes() {
        int nodes = 0;
        for (int level = 0, width = 1; level <= depth; level++, width *= 10) {
            nodes += width;
        }
        return nodes;
    }
}
