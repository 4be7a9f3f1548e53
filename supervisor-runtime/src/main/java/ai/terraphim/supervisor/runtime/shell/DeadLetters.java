package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/**
 * Counts the messages that found no receiver, and tells of them: of the first few in any second one
 * by one, of all others in that second by their number when it is over. Any thread.
 */
final class DeadLetters {
    private static final int TOLD_ONE_BY_ONE = 10;
    private static final Duration WINDOW = Duration.ofSeconds(1);

    private final Time time;
    private final BiConsumer<String, String> teller;
    private final LongAdder total = new LongAdder();
    private final ReentrantLock lock = new ReentrantLock();

    private long windowBegan;
    private int toldInWindow;
    private long untold;

    /**
     * None so far.
     *
     * @param teller is given a path, empty for messages to several agents or to nobody knows whom,
     *     and what to say
     */
    DeadLetters(Time time, BiConsumer<String, String> teller) {
        this.time = time;
        this.teller = teller;
        this.windowBegan = time.nanoTime() - WINDOW.toNanos();
    }

    long total() {
        return total.sum();
    }

    /** Messages to an agent were dropped. */
    void add(AgentPid to, long count, String why) {
        add(to.path(), count, why);
    }

    /** A message was dropped of which nobody knows any more whom it was for. */
    void add(String why) {
        add("", 1, why);
    }

    private void add(String path, long count, String why) {
        total.add(count);
        lock.lock();
        try {
            long now = time.nanoTime();
            if (now - windowBegan >= WINDOW.toNanos()) {
                windowBegan = now;
                toldInWindow = 0;
            }
            if (toldInWindow < TOLD_ONE_BY_ONE) {
                toldInWindow++;
                teller.accept(path, count == 1 ? why : "%d messages: %s".formatted(count, why));
            } else {
                if (untold == 0) {
                    time.schedule(this::tellUntold, windowBegan + WINDOW.toNanos() - now);
                }
                untold += count;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells of those that were only counted, if there are any. */
    void tellUntold() {
        lock.lock();
        try {
            if (untold > 0) {
                teller.accept("", "%d more messages found no receiver".formatted(untold));
                untold = 0;
            }
        } finally {
            lock.unlock();
        }
    }
}
