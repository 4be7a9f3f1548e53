package ai.terraphim.supervisor.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import javax.management.ObjectName;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.junit.jupiter.api.Test;

class CarriersTest {
    private static final int PROCESSORS = 2;
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration IDLE = Duration.ofSeconds(5);

    /** A scheduler on a machine with two processors, held by as many busy threads as it is told. */
    private static final class Scheduler implements VirtualThreadSchedulerMXBean, Threads {
        private final Queue<Runnable> waiting = new ArrayDeque<>();
        private int parallelism = PROCESSORS;
        private int busy;

        /** So many threads compute from now on; the others have the carriers that are left. */
        void busy(int threads) {
            busy = threads;
            run();
        }

        private void run() {
            while (busy < parallelism && !waiting.isEmpty()) {
                waiting.remove().run();
            }
        }

        @Override
        public int getParallelism() {
            return parallelism;
        }

        @Override
        public void setParallelism(int size) {
            parallelism = size;
        }

        @Override
        public int getPoolSize() {
            return parallelism;
        }

        @Override
        public int getMountedVirtualThreadCount() {
            return Math.min(busy, parallelism);
        }

        @Override
        public long getQueuedVirtualThreadCount() {
            return Math.max(0, busy - parallelism) + waiting.size();
        }

        @Override
        public ObjectName getObjectName() {
            throw new UnsupportedOperationException("not registered");
        }

        @Override
        public Thread startVirtual(String name, Runnable body) {
            waiting.add(body);
            run();
            return Thread.currentThread();
        }

        @Override
        public Thread startPlatform(String name, Runnable body) {
            body.run();
            return Thread.currentThread();
        }
    }

    private final ManualTime time = new ManualTime();
    private final Scheduler scheduler = new Scheduler();
    private final List<Integer> raised = new ArrayList<>();

    private Carriers carriers(int maxPoolSize) {
        return new Carriers(time, scheduler, raised::add, () -> scheduler, maxPoolSize);
    }

    @Test
    void whileBusyThreadsLetNobodyElseGetOnThereIsOneCarrierMoreAfterTheOther() {
        carriers(256);
        scheduler.busy(3); // one of them waits
        time.advance(LOOK.multipliedBy(2));
        assertThat(raised).isEmpty();

        time.advance(LOOK);
        assertThat(raised).containsExactly(3);

        time.advance(LOOK.multipliedBy(2)); // the three compute, and nobody else gets on
        assertThat(raised).containsExactly(3, 4);

        time.advance(Duration.ofMinutes(1));
        assertThat(raised).containsExactly(3, 4);
        assertThat(scheduler.getParallelism()).isEqualTo(4);
    }

    @Test
    void whatIsIdleIsTakenBackOneAtATimeUntilThereAreAsManyAsAtFirst() {
        carriers(256);
        scheduler.busy(4);
        time.advance(Duration.ofSeconds(1));
        assertThat(scheduler.getParallelism()).isEqualTo(5);

        scheduler.busy(0);
        time.advance(IDLE.minus(LOOK));
        assertThat(scheduler.getParallelism()).isEqualTo(5);
        time.advance(LOOK);
        assertThat(scheduler.getParallelism()).isEqualTo(4);
        time.advance(IDLE);
        assertThat(scheduler.getParallelism()).isEqualTo(3);
        time.advance(Duration.ofHours(1));
        assertThat(scheduler.getParallelism()).isEqualTo(PROCESSORS);
    }

    @Test
    void oneCarrierStaysFreeAndBusyTimesStartTheCountAgain() {
        carriers(256);
        scheduler.busy(3);
        time.advance(Duration.ofSeconds(1));

        scheduler.busy(2);
        time.advance(IDLE.minus(LOOK));
        scheduler.busy(3); // as many as leave one free
        time.advance(LOOK);
        scheduler.busy(2);
        time.advance(IDLE.minus(LOOK));
        assertThat(scheduler.getParallelism()).isEqualTo(4);

        time.advance(LOOK);
        assertThat(scheduler.getParallelism()).isEqualTo(3);
        time.advance(Duration.ofHours(1));
        assertThat(scheduler.getParallelism()).isEqualTo(3); // the third is the free one
    }

    @Test
    void whatSomebodyElseHasSetIsLeftAlone() {
        carriers(256);
        scheduler.setParallelism(6);
        scheduler.busy(6);
        time.advance(Duration.ofSeconds(1));
        scheduler.busy(7);
        time.advance(Duration.ofSeconds(1));
        assertThat(scheduler.getParallelism()).isEqualTo(8);

        scheduler.busy(0);
        time.advance(Duration.ofHours(1));
        assertThat(scheduler.getParallelism()).isEqualTo(6);
    }

    @Test
    void thereAreNeverMoreThanTheJvmsLimitAllows() {
        carriers(5);
        scheduler.busy(1_000);
        time.advance(Duration.ofMinutes(10));
        assertThat(raised).containsExactly(3, 4, 5);
        assertThat(scheduler.getParallelism()).isEqualTo(5);
    }

    @Test
    void norMoreThanSixtyFourAreAdded() {
        carriers(256);
        scheduler.busy(1_000);
        time.advance(Duration.ofMinutes(10));
        assertThat(raised).hasSize(64);
        assertThat(scheduler.getParallelism()).isEqualTo(PROCESSORS + 64);
    }

    @Test
    void aLimitOfAsManyAsThereAreSwitchesItOff() {
        carriers(PROCESSORS);
        scheduler.busy(1_000);
        time.advance(Duration.ofMinutes(10));
        assertThat(raised).isEmpty();
    }

    @Test
    void theEndTakesBackAtOnceWhatIsNotHeldAndLooksNoMore() {
        Carriers carriers = carriers(256);
        scheduler.busy(4);
        time.advance(Duration.ofSeconds(1));
        scheduler.busy(2);
        carriers.close();
        assertThat(scheduler.getParallelism()).isEqualTo(3);

        scheduler.busy(1_000);
        time.advance(Duration.ofMinutes(10));
        assertThat(scheduler.getParallelism()).isEqualTo(3);
    }
}
