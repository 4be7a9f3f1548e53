package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.runtime.host.Threads;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Clock and threads of a simulation. One platform thread, the <em>driver</em>, which is the test's,
 * carries all simulated threads: a step lets one of them, chosen by the seed, run until it parks or
 * ends. Time stands still while any of them can run.
 *
 * <p>The driver never runs code of the engine: that might wait for a lock which a simulated thread
 * holds that has lost its turn. What the test asks of the engine goes through {@link #call}.
 */
final class SimulatedHost implements Time, Threads {
    static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    /** Who waits longer than this waits for ever. */
    private static final long FOREVER_NANOS = Duration.ofDays(36_500).toNanos();

    /** How often a thread lets others go first where it can. */
    private static final int YIELD_ONE_IN = 4;

    /** How long a monitor is waited for that some thread outside may hold for a moment. */
    private static final long MONITOR_PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

    private final SplittableRandom random;

    /** What the engine is given; of its own, so that whom it asks changes no schedule. */
    private final SplittableRandom chance;

    private final ScheduledThreads threads = new ScheduledThreads();

    /** What can go on since it was last looked at, in the order of the wake-ups. */
    private final Queue<Runnable> woken = new ConcurrentLinkedQueue<>();

    private final List<Runnable> ready = new ArrayList<>();

    /**
     * Stand-ins of platform threads that can go on. Each has a processor of its own in the real
     * world, so it does not wait for a choice.
     */
    private final Queue<Runnable> readyAtOnce = new ConcurrentLinkedQueue<>();

    private final Set<Thread> live = new LinkedHashSet<>();

    /** Those that stand in for platform threads. Their waits are only there to save work: none. */
    private final Set<Thread> standIns = new HashSet<>();

    private final NavigableSet<Alarm> alarms = new TreeSet<>();
    private final Instant begin;
    private long alarmsSet;
    private long nanos;
    private long steps;
    private @Nullable Throwable failure;

    SimulatedHost(long seed, Instant begin) {
        this.begin = begin;
        random = new SplittableRandom(seed);
        chance = new SplittableRandom(~seed);
    }

    /**
     * A simulated thread, as its scheduler sees it: something that waits in a queue whenever it can
     * go on, and goes on when it is run.
     */
    private final class Turn implements Executor, Runnable {
        final Thread thread;
        private final Queue<Runnable> queue;
        private volatile @Nullable Runnable continuation;
        private boolean refused;

        Turn(Queue<Runnable> queue, String name, Runnable body) {
            this.queue = queue;
            this.thread = threads.unstarted(this, name, body);
        }

        @Override
        public void execute(Runnable next) {
            continuation = next;
            queue.add(this);
        }

        @Override
        public void run() {
            Runnable next = continuation;
            if (next == null) {
                return; // handed in twice, as its stack was looked at while it could run
            }
            continuation = null;
            next.run();
            switch (thread.getState()) {
                case TIMED_WAITING -> refuseWait();
                case BLOCKED -> awaitMonitor();
                case NEW, RUNNABLE, WAITING, TERMINATED -> {}
            }
        }

        /** Says so once, and lets the thread come to an end then. */
        private void refuseWait() {
            if (!refused) {
                refused = true;
                throw new IllegalStateException(
                        "%s waits by the machine's clock; use the waits of its AgentContext, which can be simulated:%n%s"
                                .formatted(thread.getName(), stack(thread)));
            }
        }

        /**
         * Lets a thread outside, a logger's for instance, give back a monitor, so that this thread
         * stands in the queue again as if it had never been blocked.
         */
        private void awaitMonitor() {
            long deadline = System.nanoTime() + MONITOR_PATIENCE_NANOS;
            while (continuation == null && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
        }
    }

    /** Something to be done at a time. Those of one time are done in the order of the seed. */
    private static final class Alarm implements Timer, Runnable, Comparable<Alarm> {
        final long due;
        final long number;
        final Runnable task;
        private final SimulatedHost host;
        private boolean cancelled;

        Alarm(SimulatedHost host, long due, long number, Runnable task) {
            this.host = host;
            this.due = due;
            this.number = number;
            this.task = task;
        }

        @Override
        public void run() {
            if (!cancelled) {
                task.run();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            host.alarms.remove(this);
        }

        @Override
        public int compareTo(Alarm other) {
            int byTime = Long.compare(due, other.due);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    // ---- what the engine sees
    // -----------------------------------------------------------------------------------

    @Override
    public Instant now() {
        mayYield();
        return begin.plusNanos(nanos);
    }

    @Override
    public long nanoTime() {
        mayYield();
        return nanos;
    }

    /**
     * A point where the thread may lose its processor. Without these a thread would go on until it
     * parks, and many orders that real threads take would never be seen. Stand-ins of platform
     * threads always go first.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing here relies on a scheduler but our own
    private void mayYield() {
        if (Thread.currentThread().isVirtual()
                && (!readyAtOnce.isEmpty() || random.nextInt(YIELD_ONE_IN) == 0)) {
            Thread.yield();
        }
    }

    @Override
    public void park(Object blocker, long atMostNanos) {
        if (!Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "the test's thread cannot wait for %s; let Simulation.call do it"
                            .formatted(blocker));
        }
        if (atMostNanos > FOREVER_NANOS) {
            LockSupport.park(blocker);
        } else if (atMostNanos > 0 && !standIns.contains(Thread.currentThread())) {
            Thread waiter = Thread.currentThread();
            Alarm timeout = alarm(() -> LockSupport.unpark(waiter), atMostNanos);
            LockSupport.park(blocker);
            timeout.cancel();
        }
    }

    @Override
    public double random() {
        return chance.nextDouble();
    }

    @Override
    public Timer schedule(Runnable task, long afterNanos) {
        return alarm(() -> start(woken, "timer", task), afterNanos);
    }

    private Alarm alarm(Runnable task, long afterNanos) {
        long after = Math.clamp(afterNanos, 0, FOREVER_NANOS);
        Alarm alarm = new Alarm(this, nanos + after, alarmsSet++, task);
        alarms.add(alarm);
        return alarm;
    }

    @Override
    public Thread startVirtual(String name, Runnable body) {
        mayYield();
        return start(woken, name, body);
    }

    @Override
    public Thread startPlatform(String name, Runnable body) {
        Thread standIn = start(readyAtOnce, name, body);
        standIns.add(standIn);
        return standIn;
    }

    private Thread start(Queue<Runnable> queue, String name, Runnable body) {
        Thread thread = new Turn(queue, name, () -> runGuarded(body)).thread;
        live.add(thread);
        thread.start();
        return thread;
    }

    /** The body of a simulated thread. */
    private void runGuarded(Runnable body) {
        try {
            body.run();
        } catch (Throwable t) {
            failure = t;
        } finally {
            live.remove(Thread.currentThread());
        }
    }

    @Override
    public void close() {
        alarms.clear();
    }

    // ---- what the simulation does
    // -------------------------------------------------------------------------------

    /** The time, read by the simulation itself. */
    long elapsedNanos() {
        return nanos;
    }

    /** How many steps were made. */
    long steps() {
        return steps;
    }

    /**
     * Runs something on a simulated thread, lets time pass as far as that takes, and returns what
     * came of it.
     *
     * @throws IllegalStateException if it waits for what can never come
     */
    <T> T call(Callable<T> body) throws Exception {
        if (Thread.currentThread().isVirtual()) {
            return body.call();
        }
        FutureTask<T> task = new FutureTask<>(body);
        start(woken, "test", task);
        while (!task.isDone()) {
            if (!step() && !advanceToAlarm(Long.MAX_VALUE)) {
                throw new IllegalStateException(
                        "what the test waits for can never come: no thread can run and no timer is set%n%s"
                                .formatted(describeThreads()));
            }
        }
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case null, default -> throw e;
            }
        }
    }

    /**
     * Lets one simulated thread run until it parks or ends; false if none can.
     *
     * @throws IllegalStateException if a simulated thread has ended by throwing, or waits by the
     *     machine's clock, which nothing here can bring forward
     */
    boolean step() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "a simulation is driven by the test's platform thread, not from within or by a virtual thread");
        }
        Runnable next = choose();
        if (next == null) {
            return false;
        }
        steps++;
        next.run();
        Throwable thrown = failure;
        if (thrown != null) {
            failure = null;
            throw new IllegalStateException("a simulated thread has failed: " + thrown, thrown);
        }
        return true;
    }

    private @Nullable Runnable choose() {
        Runnable urgent = readyAtOnce.poll();
        if (urgent != null) {
            return urgent;
        }
        for (Runnable next; (next = woken.poll()) != null; ) {
            ready.add(next);
        }
        if (ready.isEmpty()) {
            return null;
        }
        int chosen = random.nextInt(ready.size());
        Runnable next = ready.get(chosen);
        Runnable last = ready.removeLast();
        if (chosen < ready.size()) {
            ready.set(chosen, last);
        }
        return next;
    }

    /** Goes on to the next time at which something is due; false if that is after a limit. */
    boolean advanceToAlarm(long limitNanos) {
        if (alarms.isEmpty() || alarms.first().due > limitNanos) {
            return false;
        }
        nanos = alarms.first().due;
        while (!alarms.isEmpty() && alarms.first().due == nanos) {
            ready.add(alarms.removeFirst());
        }
        return true;
    }

    /** Lets everything happen that is due until a time, which then is the time. */
    void advanceTo(long untilNanos) {
        do {
            runUntilIdle();
        } while (advanceToAlarm(untilNanos));
        nanos = Math.max(nanos, untilNanos);
    }

    /** Makes steps until none can be made at this time. */
    void runUntilIdle() {
        while (step()) {}
    }

    private String describeThreads() {
        return live.stream()
                .map(thread -> thread.getName() + "\n" + stack(thread))
                .collect(Collectors.joining("\n"));
    }

    private static String stack(Thread thread) {
        return List.of(thread.getStackTrace()).stream()
                .map(frame -> "    at " + frame)
                .collect(Collectors.joining("\n"));
    }
}
