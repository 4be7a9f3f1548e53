package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.benchmarks.Report.Memory;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * Apache Pekko, typed, with its default dispatcher and logging off. The driver is an actor, too, so
 * that no message has to change the thread pool.
 *
 * <p>{@code pekko-restart} restarts a child in place by {@code Behaviors.supervise}; with {@code
 * pekko-watch} the parent watches its children and starts a new one when one fails, which is
 * nearest to what OTP does.
 */
final class PekkoPeer implements Benchmark {
    private static final Object CRASH = new Object();
    private static final Object COUNT = new Object();
    private static final Object PONG = new Object();
    private static final Object STOP = new Object();

    private record Ping(ActorRef<Object> from) {}

    private record Up(ActorRef<Object> child) {}

    /** To a parent: have that many children more. */
    private record Spawn(int children, @Nullable CountDownLatch up) {}

    /** To a parent: have one child more, which tells when it is up. */
    private record SpawnOne(ActorRef<Object> from) {}

    private record Boot(
            Behavior<Object> behavior,
            BlockingQueue<ActorRef<Object>> booted,
            CountDownLatch stopped) {}

    private record Tree(ActorRef<Object> root, CountDownLatch stopped) {
        void stop() throws InterruptedException {
            root.tell(STOP);
            stopped.await();
        }
    }

    private final Size size;
    private final Report restart;
    private final Report watch;
    private final ActorSystem<Object> system;
    private final Driver driver = new Driver();
    private final ActorRef<Object> me;

    PekkoPeer(Size size, Report report) throws InterruptedException {
        this.size = size;
        this.restart = report.as("pekko-restart");
        this.watch = report.as("pekko-watch");
        this.system =
                ActorSystem.create(
                        guardian(),
                        "benchmark",
                        ConfigFactory.parseString(
                                        """
                                        pekko.loglevel = OFF
                                        pekko.stdout-loglevel = OFF
                                        pekko.log-dead-letters = off
                                        pekko.log-dead-letters-during-shutdown = off
                                        """)
                                .withFallback(ConfigFactory.load()));
        this.me = boot(Behaviors.receiveMessage(driver::on)).root();
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
    }

    // ---- actors --------------------------------------------------------------------------

    private static Behavior<Object> guardian() {
        return Behaviors.setup(context -> {
            Map<ActorRef<?>, CountDownLatch> ends = new HashMap<>();
            return Behaviors.receive(Object.class)
                    .onMessage(
                            Boot.class,
                            boot -> {
                                ActorRef<Object> actor = context.spawnAnonymous(boot.behavior);
                                context.watch(actor);
                                ends.put(actor, boot.stopped);
                                boot.booted.add(actor);
                                return Behaviors.same();
                            })
                    .onSignal(
                            Terminated.class,
                            end -> {
                                CountDownLatch stopped = ends.remove(end.getRef());
                                if (stopped != null) {
                                    stopped.countDown();
                                }
                                return Behaviors.same();
                            })
                    .build();
        });
    }

    private Tree boot(Behavior<Object> behavior) throws InterruptedException {
        BlockingQueue<ActorRef<Object>> booted = new ArrayBlockingQueue<>(1);
        CountDownLatch stopped = new CountDownLatch(1);
        system.tell(new Boot(behavior, booted, stopped));
        return new Tree(booted.take(), stopped);
    }

    private static Behavior<Object> restarting(Behavior<Object> behavior) {
        return Behaviors.supervise(behavior)
                .onFailure(
                        RuntimeException.class,
                        SupervisorStrategy.restart().withLoggingEnabled(false));
    }

    private static final class Counter {
        @SuppressWarnings("UnusedVariable") // to count is its work
        long count;

        Behavior<Object> on(Object message) {
            if (message == COUNT) {
                count++;
            } else if (message instanceof Ping(ActorRef<Object> from)) {
                from.tell(PONG);
            } else if (message == CRASH) {
                throw new IllegalStateException("boom");
            }
            return Behaviors.same();
        }
    }

    private static Behavior<Object> child(
            @Nullable ActorRef<Object> ups, @Nullable CountDownLatch up) {
        return Behaviors.setup(context -> {
            if (ups != null) {
                ups.tell(new Up(context.getSelf()));
            }
            if (up != null) {
                up.countDown();
            }
            return Behaviors.receiveMessage(new Counter()::on);
        });
    }

    private static Behavior<Object> parent(boolean restarts, @Nullable ActorRef<Object> ups) {
        return Behaviors.setup(context -> {
            class Children {
                Behavior<Object> spawn(
                        @Nullable ActorRef<Object> tell, @Nullable CountDownLatch up) {
                    Behavior<Object> child = child(tell, up);
                    if (restarts) {
                        context.spawnAnonymous(restarting(child));
                    } else {
                        context.watch(context.spawnAnonymous(child));
                    }
                    return Behaviors.same();
                }
            }
            Children children = new Children();
            return Behaviors.receive(Object.class)
                    .onMessage(
                            Spawn.class,
                            spawn -> {
                                for (int i = 0; i < spawn.children; i++) {
                                    children.spawn(ups, spawn.up);
                                }
                                return Behaviors.same();
                            })
                    .onMessage(SpawnOne.class, spawn -> children.spawn(spawn.from, null))
                    .onMessageEquals(STOP, Behaviors::stopped)
                    .onSignal(ChildFailed.class, _ -> children.spawn(ups, null))
                    .onSignal(Terminated.class, _ -> Behaviors.same())
                    .build();
        });
    }

    /** A parent whose own restart stops and starts all its children: one for all. */
    private static Behavior<Object> group(int children, ActorRef<Object> ups) {
        return restarting(
                Behaviors.setup(context -> {
                    for (int i = 0; i < children; i++) {
                        context.watch(context.spawnAnonymous(child(ups, null)));
                    }
                    return diesOfItsChild();
                }));
    }

    private static Behavior<Object> chain(int below, ActorRef<Object> ups) {
        return Behaviors.setup(context -> {
            Behavior<Object> next = below == 0 ? child(ups, null) : chain(below - 1, ups);
            context.watch(context.spawnAnonymous(next));
            return diesOfItsChild();
        });
    }

    private static Behavior<Object> diesOfItsChild() {
        return Behaviors.receive(Object.class)
                .onMessageEquals(STOP, Behaviors::stopped)
                .onSignal(
                        ChildFailed.class,
                        failed -> {
                            throw new IllegalStateException("of " + failed.ref());
                        })
                .build();
    }

    private static Behavior<Object> deep(int depth, CountDownLatch up) {
        return Behaviors.setup(context -> {
            up.countDown();
            for (int i = 0; i < 10 && depth > 0; i++) {
                context.spawnAnonymous(restarting(deep(depth - 1, up)));
            }
            return Behaviors.receive(Object.class)
                    .onMessageEquals(STOP, Behaviors::stopped)
                    .build();
        });
    }

    /** What the driver is to do next, until the step says that it is over. */
    private record Task(Runnable begin, Predicate<Object> step, CountDownLatch done) {}

    private static final class Driver {
        private Task task = new Task(() -> {}, _ -> false, new CountDownLatch(0));

        Behavior<Object> on(Object message) {
            if (message instanceof Task next) {
                task = next;
                task.begin.run();
            } else if (task.step.test(message)) {
                task.done.countDown();
            }
            return Behaviors.same();
        }
    }

    private CountDownLatch drive(Runnable begin, Predicate<Object> step) {
        CountDownLatch done = new CountDownLatch(1);
        me.tell(new Task(begin, step, done));
        return done;
    }

    /** Has that many children told that they are up; done when they have. */
    private final class Ups {
        final ActorRef<?>[] children;
        private final CountDownLatch done;
        private int count;

        Ups(int wanted) {
            children = new ActorRef<?>[wanted];
            done = drive(() -> {}, this::on);
        }

        private boolean on(Object message) {
            children[count++] = ((Up) message).child;
            return count == children.length;
        }

        @SuppressWarnings("unchecked") // all actors here take any message
        List<ActorRef<Object>> await() throws InterruptedException {
            done.await();
            return Arrays.stream(children).map(child -> (ActorRef<Object>) child).toList();
        }
    }

    private CountDownLatch pongs(int wanted) {
        int[] left = {wanted};
        return drive(() -> {}, _ -> --left[0] == 0);
    }

    private List<ActorRef<Object>> spawn(Tree parent, int children) throws InterruptedException {
        Ups ups = new Ups(children);
        parent.root.tell(new Spawn(children, null));
        return ups.await();
    }

    // ---- workloads -----------------------------------------------------------------------

    @Override
    public void run(String workload) throws Exception {
        switch (workload) {
            case "w1" -> {
                size.repeat(repetition -> spawnAndStop(restart, true, repetition));
                size.repeat(repetition -> spawnAndStop(watch, false, repetition));
            }
            case "w2" -> {
                size.repeat(repetition -> restart(restart, true, repetition));
                size.repeat(repetition -> restart(watch, false, repetition));
            }
            case "w3" -> size.repeat(this::groups);
            case "w4" -> {
                for (int children : size.idle()) {
                    idle(children);
                }
            }
            case "w5" -> {
                size.repeat(this::ask);
                size.repeat(this::tell);
            }
            case "w7" -> size.repeat(this::tree);
            default -> throw new IllegalArgumentException("no such workload: " + workload);
        }
    }

    private void spawnAndStop(Report report, boolean restarts, int rep)
            throws InterruptedException {
        int children = size.spawned();
        Tree tree = boot(parent(restarts, null));
        CountDownLatch up = new CountDownLatch(children);
        long start = System.nanoTime();
        tree.root.tell(new Spawn(children, up));
        up.await();
        report.perSecond("W1.boot", children, System.nanoTime() - start, rep);
        tree.stop();

        Tree oneByOne = boot(parent(restarts, null));
        int[] left = {children};
        SpawnOne one = new SpawnOne(me);
        start = System.nanoTime();
        drive(
                        () -> oneByOne.root.tell(one),
                        _ -> {
                            boolean more = --left[0] > 0;
                            if (more) {
                                oneByOne.root.tell(one);
                            }
                            return !more;
                        })
                .await();
        report.perSecond("W1.spawn", children, System.nanoTime() - start, rep);
        start = System.nanoTime();
        oneByOne.stop();
        report.perSecond("W1.stop", children, System.nanoTime() - start, rep);
    }

    private void restart(Report report, boolean restarts, int rep) throws InterruptedException {
        Tree tree = boot(parent(restarts, me));
        long[] nanos = crash(spawn(tree, size.siblings()).getFirst(), size.crashes());
        report.percentiles("W2.restart", nanos, rep);
        tree.stop();

        tree = boot(parent(restarts, me));
        List<ActorRef<Object>> children = spawn(tree, size.storm());
        Ups ups = new Ups(size.storm());
        long start = System.nanoTime();
        children.forEach(child -> child.tell(CRASH));
        ups.done.await();
        report.perSecond("W2.storm", size.storm(), System.nanoTime() - start, rep);
        tree.stop();
    }

    /** Sends to a child again and again; each time until a pong has come back. */
    private final class Rounds {
        private final Ping ping = new Ping(me);
        private final boolean crashes;
        private final long[] nanos;
        private ActorRef<Object> child;
        private int round;
        private long start;

        Rounds(ActorRef<Object> child, boolean crashes, int rounds) {
            this.child = child;
            this.crashes = crashes;
            this.nanos = new long[rounds];
        }

        void begin() {
            start = System.nanoTime();
            child.tell(crashes ? CRASH : ping);
        }

        boolean on(Object message) {
            if (message instanceof Up up) {
                child = up.child;
                child.tell(ping);
                return false;
            }
            nanos[round++] = System.nanoTime() - start;
            if (round == nanos.length) {
                return true;
            }
            begin();
            return false;
        }

        long[] await() throws InterruptedException {
            drive(this::begin, this::on).await();
            return nanos;
        }
    }

    private long[] crash(ActorRef<Object> child, int crashes) throws InterruptedException {
        return new Rounds(child, true, crashes).await();
    }

    private void groups(int rep) throws InterruptedException {
        for (int group = 10; group <= size.largestGroup(); group *= 10) {
            Ups ups = new Ups(group);
            Tree tree = boot(group(group, me));
            long[] nanos = new long[size.restartsOf(group)];
            for (int i = 0; i < nanos.length; i++) {
                ActorRef<Object> first = ups.await().getFirst();
                ups = new Ups(group);
                long start = System.nanoTime();
                first.tell(CRASH);
                ups.done.await();
                nanos[i] = System.nanoTime() - start;
            }
            restart.median("W3.group" + group, nanos, rep);
            tree.stop();
        }
    }

    private void idle(int children) throws InterruptedException, IOException {
        for (int i = 0; i < 2; i++) {
            Tree warmUp = boot(parent(true, me));
            spawnAndAskOnce(warmUp, Math.min(children, 100_000));
            warmUp.stop();
        }
        Memory before = Memory.now();
        Tree tree = boot(parent(true, me));
        restart.memory(children, before, spawnAndAskOnce(tree, children));
        tree.stop();
    }

    /** Says how long the first half took. */
    private long spawnAndAskOnce(Tree tree, int children) throws InterruptedException {
        long start = System.nanoTime();
        List<ActorRef<Object>> spawned = spawn(tree, children);
        long nanos = System.nanoTime() - start;
        CountDownLatch worked = pongs(children);
        Ping ping = new Ping(me);
        spawned.forEach(child -> child.tell(ping));
        worked.await();
        return nanos;
    }

    private void ask(int rep) throws InterruptedException, ExecutionException {
        Tree tree = boot(parent(true, me));
        ActorRef<Object> child = spawn(tree, 1).getFirst();
        restart.percentiles("W5.pingpong", new Rounds(child, false, size.asks()).await(), rep);
        long[] nanos = new long[size.asks()]; // a temporary actor and a timeout for each
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            var _ =
                    AskPattern.<Object, Object>ask(
                                    child, Ping::new, Duration.ofSeconds(5), system.scheduler())
                            .toCompletableFuture()
                            .get();
            nanos[i] = System.nanoTime() - start;
        }
        restart.percentiles("W5.ask", nanos, rep);
        tree.stop();
    }

    private void tell(int rep) throws InterruptedException {
        for (int told : new int[] {1, size.told()}) {
            Tree tree = boot(parent(true, me));
            List<ActorRef<Object>> children = spawn(tree, told);
            CountDownLatch counted = pongs(told);
            Ping ping = new Ping(me);
            long start = System.nanoTime();
            for (int i = 0; i < size.tells() / told; i++) {
                children.forEach(child -> child.tell(COUNT));
            }
            children.forEach(child -> child.tell(ping));
            counted.await();
            restart.perSecond(
                    told == 1 ? "W5.tell1" : "W5.tell10k",
                    size.tells(),
                    System.nanoTime() - start,
                    rep);
            tree.stop();
        }
    }

    private void tree(int rep) throws InterruptedException {
        CountDownLatch up = new CountDownLatch(size.nodes());
        long start = System.nanoTime();
        Tree tree = boot(restarting(deep(size.depth(), up)));
        up.await();
        restart.millis("W7.tree.start", size.nodes(), System.nanoTime() - start, rep);
        start = System.nanoTime();
        tree.stop();
        restart.millis("W7.tree.stop", size.nodes(), System.nanoTime() - start, rep);

        Ups first = new Ups(1);
        Tree chain = boot(restarting(chain(4, me)));
        long[] nanos = crash(first.await().getFirst(), size.escalations());
        watch.percentiles("W7.escalate5", nanos, rep);
        chain.stop();
    }
}
