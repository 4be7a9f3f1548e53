package ai.terraphim.supervisor.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * One JSON line per figure. Repetition 0 is there to warm up and is not printed.
 *
 * @param peer whose figures they are
 * @param out where they go
 */
record Report(String peer, PrintStream out) {

    /** The same, for another way of the same peer to do it. */
    Report as(String other) {
        return new Report(other, out);
    }

    void value(String workload, double value, String unit, long n, int rep) {
        if (rep > 0) {
            out.println(
                    String.format(
                            Locale.ROOT,
                            "{\"peer\":\"%s\",\"workload\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"n\":%d,\"rep\":%d}",
                            peer,
                            workload,
                            value,
                            unit,
                            n,
                            rep));
        }
    }

    void perSecond(String workload, long n, long nanos, int rep) {
        value(workload, n * 1e9 / nanos, "per_s", n, rep);
    }

    void millis(String workload, long n, long nanos, int rep) {
        value(workload, nanos / 1e6, "ms", n, rep);
    }

    void median(String workload, long[] nanos, int rep) {
        value(workload, percentile(nanos, 0.5), "us", nanos.length, rep);
    }

    void percentiles(String workload, long[] nanos, int rep) {
        median(workload + ".p50", nanos, rep);
        value(workload + ".p99", percentile(nanos, 0.99), "us", nanos.length, rep);
        value(workload + ".max", percentile(nanos, 1), "us", nanos.length, rep);
    }

    private static double percentile(long[] nanos, double share) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, (int) (sorted.length * share))] / 1e3;
    }

    /** Bytes in use on the heap and in the whole process. */
    record Memory(long live, long resident) {

        /** After a collection of all garbage. */
        static Memory now() throws InterruptedException, IOException {
            for (int i = 0; i < 3; i++) {
                System.gc();
                Thread.sleep(100);
            }
            Runtime jvm = Runtime.getRuntime();
            return new Memory(jvm.totalMemory() - jvm.freeMemory(), residentNow());
        }

        private static long residentNow() throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
            return 0;
        }
    }

    /** What the children cost that have come since. */
    void memory(int children, Memory before, long spawnNanos)
            throws InterruptedException, IOException {
        Memory after = Memory.now();
        String workload = "W4." + children;
        double live = after.live - before.live;
        double resident = after.resident - before.resident;
        value(workload + ".live", live / children, "B_per_child", children, 1);
        value(workload + ".rss", resident / children, "B_per_child", children, 1);
        millis(workload + ".spawn", children, spawnNanos, 1);
    }
}
