package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Agents that hang in every way we know, on real threads: each is found and replaced, and meanwhile
 * another agent goes on to crash and be restarted.
 */
@Timeout(120)
class StuckAgentsIT {
    private static final AgentPid STUCK = new AgentPid("root/stuck");
    private static final AgentPid OTHER = new AgentPid("root/other");
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Snapshot STATE = new Snapshot(new byte[1], "test", 1);

    private final Queue<SupervisionEvent> events = new ConcurrentLinkedQueue<>();

    /** Lets go of all threads that hang. */
    private final CountDownLatch released = new CountDownLatch(1);

    private volatile boolean spinning = true;

    /** What became of what an abandoned run tried when it came back. */
    private final Queue<Throwable> refused = new ConcurrentLinkedQueue<>();

    private final SupervisorRuntime runtime =
            SupervisorRuntime.builder("stuck")
                    .listener(events::add)
                    .factory(AgentFactory.of("other", () -> (MessageAgent) StuckAgentsIT::answer))
                    .build();

    @AfterEach
    void close() {
        spinning = false;
        released.countDown();
        await().until(() -> runtime.abandonedThreads() == 0);
        runtime.close();
    }

    private static void answer(Object message, AgentContext context) {
        if (message.equals("crash")) {
            throw new AgentExitException(ExitReason.error("told to"));
        }
        context.reply("run " + context.run());
    }

    /** Hangs when it is told to in its first run, and answers otherwise. */
    private MessageAgent hanging(Hang hang) {
        return (message, context) -> {
            if (message.equals("hang") && context.run() == 1) {
                try {
                    hang.hang();
                } finally {
                    refused.add(catchThrowable(() -> context.checkpoint(STATE)));
                    refused.add(catchThrowable(() -> context.tell(OTHER, "late")));
                }
            } else {
                answer(message, context);
            }
        };
    }

    /** Throws when it is told to in its first run, and answers otherwise. */
    private static MessageAgent throwing(Supplier<Error> thrown) {
        return (message, context) -> {
            if (message.equals("throw") && context.run() == 1) {
                throw thrown.get();
            }
            answer(message, context);
        };
    }

    private interface Hang {
        void hang() throws Exception;
    }

    private AgentSupervisor start(AgentSpec.Builder stuck, Supplier<SupervisedAgent> agent) {
        return start(List.of(stuck.build()), agent);
    }

    private AgentSupervisor start(List<AgentSpec> stuck, Supplier<SupervisedAgent> agent) {
        List<AgentSpec> children = new ArrayList<>(stuck);
        children.add(AgentSpec.of("other", "other"));
        runtime.types().register(AgentFactory.of("stuck", agent), "the test");
        return runtime.start(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(100, Duration.ofMinutes(1)))
                        .children(children.toArray(AgentSpec[]::new))
                        .build());
    }

    private static AgentSpec.Builder spec(String id) {
        return AgentSpec.builder(id, "stuck").deadlines(Deadlines.DEFAULT.message(SHORT));
    }

    private void otherIsSupervised(AgentSupervisor root) {
        long run = root.child(OTHER).orElseThrow().run();
        root.tell(OTHER, "crash");
        await().until(() -> root.child(OTHER).orElseThrow().run() > run);
        assertThat(root.ask(OTHER, "hello")).isEqualTo("run " + (run + 1));
    }

    private void isReplaced(AgentSupervisor root, AgentPid pid) {
        await().until(() -> root.child(pid).orElseThrow().run() == 2);
        assertThat(root.ask(pid, "hello")).isEqualTo("run 2");
    }

    private SupervisionEvent event(AgentPid pid, EventKind kind) {
        return await().until(
                        () ->
                                events.stream()
                                        .filter(event ->
                                                event.kind() == kind
                                                        && event.path().equals(pid.path()))
                                        .findFirst()
                                        .orElse(null),
                        found -> found != null);
    }

    private void endedBy(AgentPid pid, String reason, String frame) {
        SupervisionEvent exit = event(pid, EventKind.CHILD_EXITED);
        assertThat(exit.reason()).isEqualTo(reason);
        assertThat(exit.detail()).contains(frame);
    }

    private void messageHangs(Hang hang, String frame) {
        AgentSupervisor root = start(spec("stuck"), () -> hanging(hang));
        root.tell(STUCK, "hang");
        otherIsSupervised(root);
        isReplaced(root, STUCK);
        endedBy(STUCK, "timeout: message, 0.2s", frame);
        assertThat(event(STUCK, EventKind.CHILD_OVERDUE).detail()).contains(frame);
    }

    private void isAbandonedAndThenRefused() {
        assertThat(runtime.abandoned())
                .singleElement()
                .satisfies(thread -> {
                    assertThat(thread.pid()).isEqualTo(STUCK);
                    assertThat(thread.run()).isEqualTo(1);
                    assertThat(thread.stack()).contains("StuckAgentsIT");
                });
        assertThat(event(STUCK, EventKind.CHILD_ABANDONED).detail()).contains("StuckAgentsIT");
        spinning = false;
        released.countDown();
        await().until(() -> runtime.abandoned().isEmpty());
        assertThat(refused).hasSize(2).allMatch(FencedException.class::isInstance);
    }

    /** As many as there are carriers, so that without more of them nobody would get on. */
    @Test
    void busyAgentsOnEveryCarrierAreReplaced() {
        List<AgentSpec> specs = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            specs.add(spec("stuck" + i).build());
        }
        AgentSupervisor root = start(specs, () -> hanging(this::spin));
        specs.forEach(spec -> root.tell(new AgentPid("root/" + spec.id()), "hang"));
        otherIsSupervised(root);
        for (AgentSpec spec : specs) {
            AgentPid pid = new AgentPid("root/" + spec.id());
            isReplaced(root, pid);
            endedBy(pid, "timeout: message, 0.2s", "spin");
        }
        assertThat(runtime.abandoned()).hasSize(specs.size());
        await().untilAsserted(() ->
                assertThat(events).anyMatch(event -> event.kind() == EventKind.CARRIERS_HELD));
    }

    private void spin() {
        while (spinning) {
            // as Thread.onSpinWait() would be too polite
        }
    }

    @Test
    void aSocketReadThatIsNeverAnsweredIsReplaced() throws Exception {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket silent = new ServerSocket(0, 1, here)) {
            messageHangs(
                    () -> {
                        try (Socket socket = new Socket(here, silent.getLocalPort())) {
                            socket.getInputStream().read();
                        }
                    },
                    "java.net.Socket");
        }
    }

    @Test
    void whoSwallowsInterruptsIsAbandonedAndFenced() {
        messageHangs(this::swallowInterrupts, "swallowInterrupts");
        isAbandonedAndThenRefused();
    }

    private void swallowInterrupts() {
        boolean waiting = true;
        while (waiting) {
            try {
                released.await();
                waiting = false;
            } catch (InterruptedException e) {
                waiting = true; // which is what it is here to do
            }
        }
    }

    @Test
    void aLockThatAHungAgentHoldsHangsNobodyForGood() {
        ReentrantLock lock = new ReentrantLock();
        AgentPid waiting = new AgentPid("root/waiting");
        AgentSupervisor root =
                start(
                        List.of(spec("stuck").build(), spec("waiting").build()),
                        () ->
                                hanging(() -> {
                                    lock.lock();
                                    try {
                                        swallowInterrupts();
                                    } finally {
                                        lock.unlock();
                                    }
                                }));
        root.tell(STUCK, "hang");
        await().until(lock::isLocked);
        root.tell(waiting, "hang");
        otherIsSupervised(root);
        isReplaced(root, STUCK);
        isReplaced(root, waiting);
        endedBy(waiting, "timeout: message, 0.2s", "ReentrantLock.lock");
        assertThat(runtime.abandoned()).hasSize(2);
    }

    @Test
    void anInitThatNeverReturnsIsTriedAgain() {
        AgentSupervisor root =
                start(
                        AgentSpec.builder("stuck", "stuck").deadlines(Deadlines.NONE.init(SHORT)),
                        () ->
                                new MessageAgent() {
                                    @Override
                                    public InitResult init(InitArgs args) {
                                        if (args.context().run() == 2) {
                                            swallowInterrupts();
                                        }
                                        return InitResult.ok();
                                    }

                                    @Override
                                    public void handle(Object message, AgentContext context) {
                                        answer(message, context);
                                    }
                                });
        root.tell(STUCK, "crash");
        await().until(() -> root.child(STUCK).orElseThrow().run() == 3);
        assertThat(root.ask(STUCK, "hello")).isEqualTo("run 3");
        SupervisionEvent failed = event(STUCK, EventKind.CHILD_START_FAILED);
        assertThat(failed.reason()).startsWith("timeout: init, ");
        assertThat(failed.detail()).contains("swallowInterrupts");
        otherIsSupervised(root);
    }

    @Test
    void aSpawnWhoseInitNeverReturnsIsRefused() {
        AgentSupervisor root = start(List.of(), () -> initialising(this::swallowInterrupts));
        AgentSpec spec =
                AgentSpec.builder("stuck", "stuck").deadlines(Deadlines.NONE.init(SHORT)).build();
        assertThatThrownBy(() -> root.spawnAgent(spec))
                .isInstanceOf(SupervisionException.class)
                .hasMessageContaining("init");
        otherIsSupervised(root);
    }

    private static MessageAgent initialising(Runnable init) {
        return new MessageAgent() {
            @Override
            public InitResult init(InitArgs args) {
                init.run();
                return InitResult.ok();
            }

            @Override
            public void handle(Object message, AgentContext context) {}
        };
    }

    @Test
    void aStopThatNeverReturnsIsKilledAndTheAgentCanBeStartedAgain() {
        AgentSupervisor root =
                start(
                        AgentSpec.builder("stuck", "stuck").shutdown(Shutdown.within(SHORT)),
                        () ->
                                new MessageAgent() {
                                    @Override
                                    public void handle(Object message, AgentContext context) {
                                        answer(message, context);
                                    }

                                    @Override
                                    public void stop(AgentContext context) {
                                        if (context.run() == 1) {
                                            swallowInterrupts();
                                        }
                                    }
                                });
        root.terminateChild("stuck");
        endedBy(STUCK, "killed", "");
        otherIsSupervised(root);
        root.restartChild("stuck");
        isReplaced(root, STUCK);
        assertThat(runtime.abandoned()).hasSize(1);
    }

    @Test
    void aHealthCheckThatNeverReturnsEndsTheRun() {
        HealthChecks checks = new HealthChecks(Duration.ZERO, SHORT, Duration.ofMillis(100), 2);
        AgentSupervisor root =
                start(
                        AgentSpec.builder("stuck", "stuck").health(checks),
                        () ->
                                new MessageAgent() {
                                    @Override
                                    public void handle(Object message, AgentContext context) {
                                        answer(message, context);
                                    }

                                    @Override
                                    public Health healthCheck(AgentContext context) {
                                        if (context.run() == 1) {
                                            swallowInterrupts();
                                        }
                                        return Health.good();
                                    }
                                });
        otherIsSupervised(root);
        isReplaced(root, STUCK);
        endedBy(STUCK, "timeout: health check, 0.1s", "swallowInterrupts");
        assertThat(event(STUCK, EventKind.CHILD_UNHEALTHY).detail()).contains("swallowInterrupts");
    }

    @Test
    void aLoopThatMakesNoProgressIsReplaced() {
        AgentSupervisor root =
                start(
                        AgentSpec.builder("stuck", "stuck").progress(ProgressLimits.within(SHORT)),
                        () ->
                                (LoopAgent)
                                        context -> {
                                            while (context.run() == 1 && spinning) {
                                                context.progress("thinking");
                                            }
                                            while (!context.awaitStop(SHORT)) {
                                                context.progress("at " + context.now());
                                            }
                                        });
        otherIsSupervised(root);
        await().until(() -> root.child(STUCK).orElseThrow().run() == 2);
        assertThat(event(STUCK, EventKind.CHILD_EXITED).reason())
                .isEqualTo("timeout: no new progress marker, 0.2s, the last was 'thinking'");
    }

    @Test
    void anErrorOfTheVirtualMachineIsTheEndOfTheRunThatMeetsIt() {
        AgentSupervisor root =
                start(spec("stuck"), () -> throwing(() -> new OutOfMemoryError("said by a test")));
        root.tell(STUCK, "throw");
        otherIsSupervised(root);
        isReplaced(root, STUCK);
        endedBy(STUCK, "error: OutOfMemoryError: said by a test", "throwing");
    }

    @Test
    void aStackThatOverflowsIsTheEndOfTheRunThatMeetsIt() {
        AgentSupervisor root = start(spec("stuck"), () -> throwing(() -> deeper(null)));
        root.tell(STUCK, "throw");
        otherIsSupervised(root);
        isReplaced(root, STUCK);
        endedBy(STUCK, "error: StackOverflowError", "deeper");
    }

    @SuppressWarnings("InfiniteRecursion") // that is the point
    private static Error deeper(Error from) {
        return new AssertionError(deeper(from));
    }
}
