package ai.terraphim.supervisor.runtime.shell;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One message through a mailbox of an agent: the cost of its two operations without a thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(java.util.concurrent.TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class MailboxBenchmark {
    private static final Object MESSAGE = "message";
    private static final int CAPACITY = 10_000;
    private static final int BURST = 100;

    private final Mailbox mailbox = new Mailbox();

    /** Offered to a consumer that is at work, and taken at once. */
    @Benchmark
    public @Nullable Object one() {
        mailbox.offer(MESSAGE, CAPACITY);
        return mailbox.poll();
    }

    /** A hundred at a time, as a sender that is faster does it; the cost of all of them. */
    @Benchmark
    public int burst() {
        for (int i = 0; i < BURST; i++) {
            mailbox.offer(MESSAGE, CAPACITY);
        }
        int taken = 0;
        while (mailbox.poll() != null) {
            taken++;
        }
        return taken;
    }

    /** To a mailbox at rest: wakes the consumer, which takes it and rests again. */
    @Benchmark
    public boolean wake() {
        if (!mailbox.rest()) {
            throw new IllegalStateException("not empty");
        }
        mailbox.offer(MESSAGE, CAPACITY);
        return mailbox.poll() != null;
    }
}
