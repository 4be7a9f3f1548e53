package ai.terraphim.supervisor.plugins;

import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.TerminateReason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of a loop agent, called as the runtime would call it. */
public final class TestRun {
    private final LoopAgent agent;
    private final AgentSpec spec;
    private final TestContext context;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<ExitReason> exit = new CompletableFuture<>();
    private final Thread thread;

    private TestRun(LoopAgent agent, Shutdown shutdown, TestContext context) {
        this.agent = agent;
        this.spec = AgentSpec.builder("agent", "test").shutdown(shutdown).build();
        this.context = context;
        this.thread = Thread.ofVirtual().unstarted(this::live);
    }

    /** Starts an agent that is stopped within five seconds; returns when its init is over. */
    public static TestRun start(LoopAgent agent, TestContext context) throws Exception {
        return start(agent, Shutdown.DEFAULT, context);
    }

    /** Starts an agent; returns when its init is over, and throws what it threw. */
    public static TestRun start(LoopAgent agent, Shutdown shutdown, TestContext context)
            throws Exception {
        TestRun run = new TestRun(agent, shutdown, context);
        run.thread.start();
        try {
            run.started.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        return run;
    }

    /** Waits for its end. */
    public ExitReason exit() throws Exception {
        return exit.get(30, TimeUnit.SECONDS);
    }

    /** Whether it has ended. */
    public boolean hasEnded() {
        return exit.isDone();
    }

    /** Stops it as its spec says, and kills it when the time is over. */
    public ExitReason stop() throws Exception {
        switch (spec.shutdown()) {
            case Shutdown.BrutalKill _ -> kill();
            case Shutdown.Infinity _ -> context.requestStop(Optional.empty());
            case Shutdown.Timeout(Duration time) -> {
                context.requestStop(Optional.of(time));
                try {
                    exit.get(time.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    kill();
                }
            }
        }
        return exit();
    }

    /** Asks it to stop and returns at once. */
    public void requestStop(Duration time) {
        context.requestStop(Optional.of(time));
    }

    /** Fences and interrupts it; no callback follows. */
    public void kill() {
        context.fence();
        thread.interrupt();
    }

    private void live() {
        ExitReason reason;
        try {
            agent.init(new InitArgs(spec, context, Optional.empty()));
            if (context.isFencedAfterInit()) {
                kill();
            }
            if (context.isFenced()) {
                throw new InterruptedException("killed");
            }
            started.complete(null);
            agent.start(context);
            agent.run(context);
            reason = ExitReason.normal();
        } catch (Throwable e) {
            reason = reasonOf(e);
            started.completeExceptionally(e);
        }
        if (!context.isFenced() && context.stopRequested()) {
            reason = sayGoodbye(reason);
        }
        if (!context.isFenced()) {
            try {
                agent.terminate(
                        reason.isOrderly()
                                ? new TerminateReason.Shutdown()
                                : new TerminateReason.Error(
                                        new Failure("test", reason.toString(), "")));
            } catch (Exception e) {
                reason = ExitReason.error(e);
            }
        }
        exit.complete(context.isFenced() ? ExitReason.kill() : reason);
    }

    private ExitReason sayGoodbye(ExitReason reason) {
        if (!reason.isOrderly()) {
            return reason;
        }
        context.enterStop();
        Thread.interrupted();
        try {
            agent.stop(context);
            return ExitReason.shutdown();
        } catch (Throwable e) {
            return reasonOf(e);
        }
    }

    private ExitReason reasonOf(Throwable thrown) {
        return switch (thrown) {
            case AgentExitException e -> e.reason();
            case InterruptedException _ when context.stopRequested() -> ExitReason.shutdown();
            default -> ExitReason.error(thrown);
        };
    }
}
