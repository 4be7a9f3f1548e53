package ai.terraphim.supervisor.benchmarks;

/** A peer with its way of being measured. */
interface Benchmark extends AutoCloseable {

    /** Runs one of {@code w1 w2 w3 w4 w5 w7} and reports its figures. */
    void run(String workload) throws Exception;

    @Override
    default void close() {}
}
