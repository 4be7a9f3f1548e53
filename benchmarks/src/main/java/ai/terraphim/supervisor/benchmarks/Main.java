package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.benchmarks.OursPeer.Kind;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/** {@code Main quick|full PEER WORKLOAD}: the figures of one peer, to standard output. */
final class Main {
    private static final String ALL = "+all";

    private Main() {}

    public static void main(String[] args) throws Exception {
        Size size =
                switch (args[0]) {
                    case "quick" -> Size.QUICK;
                    case "full" -> Size.FULL;
                    default -> throw new IllegalArgumentException("quick or full, not " + args[0]);
                };
        String peer = args[1];
        try (Recording flightRecorder = new Recording(Configuration.getConfiguration("default"))) {
            if (peer.endsWith(ALL)) {
                flightRecorder.start();
            }
            run(args[2], size, new Report(peer, System.out));
        }
        System.exit(0); // Pekko's threads are no daemons
    }

    /** Measures on a virtual thread, as agents that drive agents would. */
    static void run(String workload, Size size, Report report) throws Exception {
        Throwable[] failure = {null};
        Thread.ofVirtual()
                .start(() -> {
                    try (Benchmark benchmark = benchmark(size, report)) {
                        benchmark.run(workload);
                    } catch (Throwable t) {
                        failure[0] = t;
                    }
                })
                .join();
        if (failure[0] != null) {
            throw new IllegalStateException(report.peer() + " failed at " + workload, failure[0]);
        }
    }

    private static Benchmark benchmark(Size size, Report report) throws InterruptedException {
        return switch (report.peer()) {
            case "bare-thread" -> new Workloads(new ThreadPeer(), size, report);
            case "bare-lazy" -> new Workloads(new LazyPeer(), size, report);
            case "ours-message" -> ours(Kind.MESSAGE, false, size, report);
            case "ours-loop" -> ours(Kind.LOOP, false, size, report);
            case "ours-message" + ALL -> ours(Kind.MESSAGE, true, size, report);
            case "ours-loop" + ALL -> ours(Kind.LOOP, true, size, report);
            case "pekko" -> new PekkoPeer(size, report);
            default -> throw new IllegalArgumentException("no such peer: " + report.peer());
        };
    }

    private static Benchmark ours(Kind kind, boolean everything, Size size, Report report) {
        return new Workloads(new OursPeer(kind, everything), size, report);
    }
}
