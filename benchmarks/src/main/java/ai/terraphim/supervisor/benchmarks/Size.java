package ai.terraphim.supervisor.benchmarks;

import java.util.List;

/**
 * How much of everything. The figures of the table come from {@link #FULL}.
 *
 * @param repetitions how often each workload is measured, after one more to warm up
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
                    3,
                    20_000,
                    1_000,
                    4_000,
                    2_000,
                    1_000,
                    List.of(100_000),
                    40_000,
                    400_000,
                    10_000,
                    4,
                    500);

    /** Only to see that everything runs. */
    static final Size TINY = new Size(1, 20, 10, 20, 20, 10, List.of(20), 20, 200, 10, 2, 10);

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
