package ai.terraphim.supervisor.runtime.host;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.jspecify.annotations.Nullable;

/**
 * Makes room for other virtual threads while busy ones hold every carrier, of which there are as
 * many as processors and which nobody can take away from an agent that computes. Supervisors are
 * virtual threads as well. See {@code docs/adr/0014-room-for-others.md}.
 *
 * <p>Every 50 ms the clock's platform thread looks whether virtual threads wait for a carrier. If
 * they do, it starts one more, and when that does not get on within two looks, it raises the
 * scheduler's parallelism by one. What this object has raised, and no more, it takes back when it
 * has not been needed for a while. The scheduler has the only state that several runtimes share.
 *
 * <p>The scheduler never gets more than 64 carriers more than it began with, nor more than {@code
 * jdk.virtualThreadScheduler.maxPoolSize}.
 */
public final class Carriers implements AutoCloseable {
    private static final long LOOK_NANOS = Duration.ofMillis(50).toNanos();

    /** How many looks a new virtual thread may wait for its turn. */
    private static final int PATIENCE = 2;

    /** For how many looks a carrier must have been idle to be taken back. */
    private static final int IDLE = 100;

    private static final int MOST_ADDED = 64;

    private final Time time;
    private final Threads threads;
    private final IntConsumer raised;
    private final Supplier<VirtualThreadSchedulerMXBean> lookUp;
    private final int maxPoolSize;
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable VirtualThreadSchedulerMXBean scheduler;
    private int most;
    private int added;
    private int idleLooks;

    /** How many looks ago the newest virtual thread was started that has not got on. */
    private int waits;

    private volatile boolean gotOn = true;
    private boolean closed;

    /**
     * Begins to look.
     *
     * @param time calls back, on a platform thread
     * @param threads makes virtual threads of the JVM's scheduler
     * @param raised is told how many carriers there are when there is one more
     */
    public Carriers(Time time, Threads threads, IntConsumer raised) {
        this(
                time,
                threads,
                raised,
                () -> ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class),
                Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256));
    }

    /** For a scheduler that need not be the JVM's. */
    Carriers(
            Time time,
            Threads threads,
            IntConsumer raised,
            Supplier<VirtualThreadSchedulerMXBean> lookUp,
            int maxPoolSize) {
        this.time = time;
        this.threads = threads;
        this.raised = raised;
        this.lookUp = lookUp;
        this.maxPoolSize = maxPoolSize;
        time.schedule(this::look, LOOK_NANOS);
    }

    private void look() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            time.schedule(this::look, LOOK_NANOS);
            VirtualThreadSchedulerMXBean carriers = scheduler();
            if (carriers.getQueuedVirtualThreadCount() <= 0) {
                waits = 0;
                takeBackIdle(carriers);
            } else if (gotOn) {
                waits = 0;
                tryToGetOn();
            } else if (++waits >= PATIENCE && carriers.getParallelism() < most) {
                raise(carriers);
            }
        } finally {
            lock.unlock();
        }
    }

    private void tryToGetOn() {
        gotOn = false;
        threads.startVirtual("carriers", () -> gotOn = true);
    }

    private void raise(VirtualThreadSchedulerMXBean carriers) {
        carriers.setParallelism(carriers.getParallelism() + 1);
        added++;
        waits = 0;
        idleLooks = 0;
        // The scheduler only starts a carrier for what comes into an empty queue. That of the
        // clock's thread has something in it, so another thread must bring something.
        threads.startPlatform("supervisor-carriers", this::tryToGetOn);
        raised.accept(carriers.getParallelism());
    }

    /** Looked up by the first look, for that takes longer than a small tree takes to start. */
    private VirtualThreadSchedulerMXBean scheduler() {
        VirtualThreadSchedulerMXBean known = scheduler;
        if (known == null) {
            known = lookUp.get();
            most = Math.min(known.getParallelism() + MOST_ADDED, maxPoolSize);
            scheduler = known;
        }
        return known;
    }

    private void takeBackIdle(VirtualThreadSchedulerMXBean carriers) {
        idleLooks = canTakeBack(carriers) ? idleLooks + 1 : 0;
        if (idleLooks >= IDLE) {
            takeBack(carriers);
            idleLooks = 0;
        }
    }

    /** Whether one carrier less would leave one that is free. */
    private boolean canTakeBack(VirtualThreadSchedulerMXBean carriers) {
        return added > 0 && carriers.getMountedVirtualThreadCount() < carriers.getParallelism() - 1;
    }

    private void takeBack(VirtualThreadSchedulerMXBean carriers) {
        carriers.setParallelism(carriers.getParallelism() - 1);
        added--;
    }

    /** Looks no more, and takes back at once what busy threads do not hold. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            while (scheduler != null && canTakeBack(scheduler)) {
                takeBack(scheduler);
            }
        } finally {
            lock.unlock();
        }
    }
}
