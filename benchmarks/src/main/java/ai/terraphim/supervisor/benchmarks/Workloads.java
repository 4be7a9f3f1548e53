package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.benchmarks.Child.Ask;
import ai.terraphim.supervisor.benchmarks.Child.Message;
import ai.terraphim.supervisor.benchmarks.Child.Up;
import ai.terraphim.supervisor.benchmarks.Peer.Group;
import ai.terraphim.supervisor.benchmarks.Peer.Tree;
import ai.terraphim.supervisor.benchmarks.Report.Memory;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/**
 * The workloads, the same for our supervisor and for the limits of the JDK. Runs on a virtual
 * thread, which is also the one that tells and is told.
 */
final class Workloads implements Benchmark {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Our mailboxes hold 10,000 messages, so a sender has to look up before that. */
    private static final int TELLS_IN_FLIGHT = 4_096;

    private final Peer peer;
    private final Size size;
    private final Report report;
    private final Box me = new Box();

    Workloads(Peer peer, Size size, Report report) {
        this.peer = peer;
        this.size = size;
        this.report = report;
    }

    @Override
    public void run(String workload) throws Exception {
        switch (workload) {
            case "w1" -> {
                size.repeat(this::spawnAndStop);
                size.repeat(this::boot);
            }
            case "w2" -> {
                size.repeat(this::restart);
                size.repeat(this::storm);
            }
            case "w3" -> size.repeat(this::groups);
            case "w4" -> {
                for (int children : size.idle()) {
                    idle(children);
                }
            }
            case "w5" -> {
                size.repeat(this::ask);
                size.repeat(this::tellOne);
                size.repeat(this::tellMany);
            }
            case "w7" -> {
                size.repeat(this::tree);
                size.repeat(this::escalate);
            }
            default -> throw new IllegalArgumentException("no such workload: " + workload);
        }
    }

    // ---- W1 ------------------------------------------------------------------------------

    private void spawnAndStop(int rep) throws InterruptedException {
        int children = peer.spawnIsDurable() ? Math.max(1, size.spawned() / 50) : size.spawned();
        try (Tree tree = peer.oneByOne(children)) {
            long start = System.nanoTime();
            tree.start();
            report.perSecond("W1.spawn", children, System.nanoTime() - start, rep);
            start = System.nanoTime();
            tree.stop();
            report.perSecond("W1.stop", children, System.nanoTime() - start, rep);
        }
    }

    private void boot(int rep) throws InterruptedException {
        int children = size.spawned();
        try (Tree tree = peer.flat(Group.ONE_FOR_ONE, children, me)) {
            long start = System.nanoTime();
            tree.start();
            awaitUps(children);
            report.perSecond("W1.boot", children, System.nanoTime() - start, rep);
            tree.stop();
        }
    }

    // ---- W2 ------------------------------------------------------------------------------

    private void restart(int rep) throws InterruptedException {
        int siblings = size.siblings();
        int crashes = size.crashes();
        try (Tree tree = peer.flat(Group.ONE_FOR_ONE, siblings, me)) {
            tree.start();
            Target[] children = awaitUps(siblings);
            long[] nanos = crash(children[siblings / 2], crashes);
            long start = System.nanoTime();
            if (tree.awaitHistory(crashes, PATIENCE)) {
                report.millis("W2.restart.durable", crashes, System.nanoTime() - start, rep);
            }
            report.percentiles("W2.restart", nanos, rep);
            int part = crashes / 4; // must not grow with the restarts that the window remembers
            report.median("W2.restart.first.p50", Arrays.copyOf(nanos, part), rep);
            report.median(
                    "W2.restart.last.p50", Arrays.copyOfRange(nanos, crashes - part, crashes), rep);
            tree.stop();
        }
    }

    private void storm(int rep) throws InterruptedException {
        int storm = size.storm();
        try (Tree tree = peer.flat(Group.ONE_FOR_ONE, storm, me)) {
            tree.start();
            Target[] children = awaitUps(storm);
            long start = System.nanoTime();
            for (Target child : children) {
                child.tell(Message.CRASH);
            }
            awaitUps(storm);
            long end = System.nanoTime();
            report.perSecond("W2.storm", storm, end - start, rep);
            if (tree.awaitHistory(storm, PATIENCE)) {
                report.millis("W2.storm.durable", storm, System.nanoTime() - end, rep);
            }
            tree.stop();
        }
    }

    /** Crashes a child again and again; each time until its next incarnation has answered. */
    private long[] crash(Target first, int crashes) throws InterruptedException {
        Target child = first;
        long[] nanos = new long[crashes];
        for (int i = 0; i < crashes; i++) {
            long start = System.nanoTime();
            child.tell(Message.CRASH);
            child = ((Up) me.take()).child();
            child.tell(new Ask(me));
            awaitPong();
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    // ---- W3 ------------------------------------------------------------------------------

    private void groups(int rep) throws InterruptedException {
        for (int group = 10; group <= size.largestGroup(); group *= 10) {
            try (Tree tree = peer.flat(Group.ONE_FOR_ALL, group, me)) {
                tree.start();
                Target[] children = awaitUps(group);
                long[] nanos = new long[size.restartsOf(group)];
                for (int i = 0; i < nanos.length; i++) {
                    long start = System.nanoTime();
                    children[0].tell(Message.CRASH);
                    children = awaitUps(group);
                    nanos[i] = System.nanoTime() - start;
                }
                report.median("W3.group" + group, nanos, rep);
                tree.stop();
            }
        }
    }

    // ---- W4 ------------------------------------------------------------------------------

    private void idle(int children) throws InterruptedException, IOException {
        for (int i = 0;
                i < 2;
                i++) { // the stack of a thread that waits is larger before it is compiled
            int some = Math.min(children, 100_000);
            try (Tree warmUp = peer.oneByOne(some)) {
                spawnAndAskOnce(warmUp, some);
                warmUp.stop();
            }
        }
        Memory before = Memory.now();
        try (Tree tree = peer.oneByOne(children)) {
            report.memory(children, before, spawnAndAskOnce(tree, children));
            tree.stop();
        }
    }

    /** Says how long the first half took. */
    private long spawnAndAskOnce(Tree tree, int children) throws InterruptedException {
        long start = System.nanoTime();
        tree.start();
        long spawned = System.nanoTime() - start;
        for (int i = 0; i < children; i++) {
            tree.child(i).tell(new Ask(me));
            awaitPong();
        }
        return spawned;
    }

    // ---- W5 ------------------------------------------------------------------------------

    private void ask(int rep) throws InterruptedException {
        try (Tree tree = peer.oneByOne(1)) {
            tree.start();
            Target child = tree.child(0);
            long[] nanos = new long[size.asks()];
            Ask ask = new Ask(me);
            for (int i = 0; i < nanos.length; i++) {
                long start = System.nanoTime();
                child.tell(ask);
                awaitPong();
                nanos[i] = System.nanoTime() - start;
            }
            report.percentiles("W5.pingpong", nanos, rep);
            for (int i = 0; i < nanos.length; i++) {
                long start = System.nanoTime();
                checkPong(child.ask(PATIENCE));
                nanos[i] = System.nanoTime() - start;
            }
            report.percentiles("W5.ask", nanos, rep);
            tree.stop();
        }
    }

    private void tellOne(int rep) throws InterruptedException {
        int tells = size.tells();
        try (Tree tree = peer.oneByOne(1)) {
            tree.start();
            Target child = tree.child(0);
            Ask ask = new Ask(me);
            long start = System.nanoTime();
            child.tell(ask);
            for (int i = 1; i <= tells; i++) {
                child.tell(Message.COUNT);
                if (i % TELLS_IN_FLIGHT == 0) {
                    child.tell(ask);
                    awaitPong(); // to the ask before this one
                }
            }
            awaitPong();
            report.perSecond("W5.tell1", tells, System.nanoTime() - start, rep);
            tree.stop();
        }
    }

    private void tellMany(int rep) throws InterruptedException {
        int tells = size.tells();
        int told = size.told();
        try (Tree tree = peer.flat(Group.ONE_FOR_ONE, told, me)) {
            tree.start();
            Target[] children = awaitUps(told);
            long start = System.nanoTime();
            for (int i = 0; i < tells / told; i++) {
                for (Target child : children) {
                    child.tell(Message.COUNT);
                }
            }
            Ask ask = new Ask(me);
            for (Target child : children) {
                child.tell(ask);
            }
            for (int i = 0; i < told; i++) {
                awaitPong();
            }
            report.perSecond("W5.tell10k", tells, System.nanoTime() - start, rep);
            tree.stop();
        }
    }

    // ---- W7 ------------------------------------------------------------------------------

    private void tree(int rep) throws InterruptedException {
        try (Tree tree = peer.deep(size.depth())) {
            long start = System.nanoTime();
            tree.start();
            report.millis("W7.tree.start", size.nodes(), System.nanoTime() - start, rep);
            start = System.nanoTime();
            tree.stop();
            report.millis("W7.tree.stop", size.nodes(), System.nanoTime() - start, rep);
        }
    }

    private void escalate(int rep) throws InterruptedException {
        try (Tree tree = peer.chain(5, me)) {
            tree.start();
            Target child = awaitUps(1)[0];
            report.percentiles("W7.escalate5", crash(child, size.escalations()), rep);
            tree.stop();
        }
    }

    // --------------------------------------------------------------------------------------

    private Target[] awaitUps(int children) throws InterruptedException {
        Target[] targets = new Target[children];
        for (int i = 0; i < children; i++) {
            Up up = (Up) me.take();
            targets[up.index()] = up.child();
        }
        return targets;
    }

    private void awaitPong() throws InterruptedException {
        checkPong(me.take());
    }

    private static void checkPong(Object answer) {
        if (answer != Message.PONG) {
            throw new IllegalStateException("expected an answer, got " + answer);
        }
    }
}
