package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.host.SystemTime;
import ai.terraphim.supervisor.runtime.host.Threads;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A machine so busy that the thread of a run begins long after the run was asked to stop. */
@Timeout(60)
class LateThreadTest {

    /** Its threads named root/late begin, and pokes strike, when the test says so. */
    private static final class BusyMachine implements Time, Threads {
        private static final long POKE_NANOS = Duration.ofMillis(250).toNanos();

        private final Time time = new SystemTime("busy");
        final BlockingQueue<Runnable> late = new LinkedBlockingQueue<>();
        final BlockingQueue<Runnable> pokes = new LinkedBlockingQueue<>();
        private final AtomicLong ahead = new AtomicLong();

        /** Takes the clock to where a poke is due. */
        void strike(Runnable poke) {
            ahead.addAndGet(POKE_NANOS);
            poke.run();
        }

        @Override
        public Thread startVirtual(String name, Runnable body) {
            if (name.equals("root/late")) {
                late.add(body);
                return Thread.currentThread();
            }
            return Threads.JVM.startVirtual(name, body);
        }

        @Override
        public Thread startPlatform(String name, Runnable body) {
            return Threads.JVM.startPlatform(name, body);
        }

        @Override
        public Instant now() {
            return time.now();
        }

        @Override
        public long nanoTime() {
            return time.nanoTime() + ahead.get();
        }

        @Override
        public double random() {
            return time.random();
        }

        @Override
        public void park(Object blocker, long nanos) {
            time.park(blocker, nanos);
        }

        @Override
        public Timer schedule(Runnable task, long nanos) {
            if (nanos != POKE_NANOS) {
                return time.schedule(task, nanos);
            }
            pokes.add(task);
            return () -> {};
        }

        @Override
        public void close() {
            time.close();
        }
    }

    /** Comes up at once if it is the first, and otherwise waits to be interrupted. */
    private record Waiting(CountDownLatch begun) implements MessageAgent {
        @Override
        public InitResult init(InitArgs args) throws InterruptedException {
            if (args.context().pid().id().equals("late")) {
                begun.countDown();
                new CountDownLatch(1).await();
            }
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) {}
    }

    @Test
    void aPokeThatMetNoBodyComesAgain() throws Exception {
        var machine = new BusyMachine();
        var begun = new CountDownLatch(1);
        List<String> told = new CopyOnWriteArrayList<>();
        try (var runtime =
                SupervisorRuntime.builder("test")
                        .host(machine, machine)
                        .factory(AgentFactory.of("waiting", () -> new Waiting(begun)))
                        .listener(event -> told.add(event.path() + " " + event.reason()))
                        .build()) {
            Thread starter =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    runtime.start(
                                            SupervisorConfig.builder("root")
                                                    .children(
                                                            AgentSpec.of("first", "waiting"),
                                                            AgentSpec.of("late", "waiting"))
                                                    .build());
                                } catch (SupervisionException stopped) {
                                    // before it was up
                                }
                            });
            Runnable late = machine.late.take();
            Thread stopper = Thread.ofVirtual().start(runtime::close);
            machine.strike(machine.pokes.take()); // there is no thread yet
            Runnable again = machine.pokes.take();
            Thread.ofVirtual().start(late);
            begun.await();
            machine.strike(again);
            stopper.join();
            starter.join();
        }
        assertThat(told).contains("root/late shutdown");
    }
}
