package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.TerminateReason;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.core.Request;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.observe.FlightEvent;
import java.io.InterruptedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One run of an agent: its life from {@code init} to its end, and the context that the agent sees
 * of it.
 *
 * <p>A loop agent's run owns one virtual thread. A message agent's run has a thread only while
 * there is something to do; the agent's mailbox makes sure that there is never more than one.
 * Either way, the thread of the run moves {@link #phase}:
 *
 * <pre>
 *   OUT -enter-> BODY -leave-> OUT -enterLast-> LAST -leave-> OUT -> ENDED
 * </pre>
 *
 * <p>BODY is any callback that a stop may interrupt, LAST are {@code stop} and {@code terminate},
 * which only a kill may. Others touch a run in three ways: {@link #stop} asks, {@link #poke}
 * interrupts a body that has not heard (POKED for that moment, so that an interrupt never hits
 * anything but the body), and {@link #kill} fences: FENCED is final, and whichever thread finds it
 * there must not touch anything of the agent's any more. A fenced run whose thread does not come
 * back is reported dead after a while all the same, and its thread is counted as abandoned until it
 * ends.
 */
final class AgentRun implements AgentContext {
    private static final int OUT = 0;
    private static final int BODY = 1;
    private static final int POKED = 2;
    private static final int LAST = 3;
    private static final int FENCED = 4;
    private static final int ENDED = 5;

    /** How long a body that was asked to stop is left alone before it is interrupted. */
    private static final long POKE_AFTER_NANOS = Duration.ofMillis(250).toNanos();

    /** How long a killed run's thread may take to end before it is abandoned. */
    private static final long ABANDON_AFTER_NANOS = Duration.ofSeconds(1).toNanos();

    private static final VarHandle PHASE;
    private static final VarHandle REPORTED;
    private static final VarHandle EXTRAS;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(AgentRun.class, "phase", int.class);
            REPORTED =
                    MethodHandles.lookup().findVarHandle(AgentRun.class, "reported", boolean.class);
            EXTRAS = MethodHandles.lookup().findVarHandle(AgentRun.class, "extras", Extras.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The run whose callback the current thread is in. */
    static final ScopedValue<AgentRun> CURRENT = ScopedValue.newInstance();

    private final AgentCell cell;
    private final Engine engine;
    private final long run;

    private volatile int phase = OUT;
    private volatile boolean reported;
    private volatile boolean started;
    private volatile boolean stopRequested;
    private volatile boolean stopRequestedByName;
    private volatile long stopDeadline = Long.MAX_VALUE;
    private volatile @Nullable Thread thread;
    private volatile @Nullable Extras extras;
    private @Nullable SupervisedAgent agent;

    AgentRun(AgentCell cell, long run) {
        this.cell = cell;
        this.engine = cell.engine;
        this.run = run;
    }

    // ---- the life of a run: on its own thread
    // -------------------------------------------------------------------

    /**
     * Begins the run, or goes on with it when a message has come. The body of each of its threads.
     */
    void carryOn() {
        thread = Thread.currentThread();
        SupervisedAgent known = agent;
        ScopedValue.where(CURRENT, this).run(known == null ? this::begin : () -> resume(known));
        thread = null;
        if (phase == FENCED) {
            engine.abandoned.remove(this);
            reportKilled();
        }
    }

    private void begin() {
        InitResult result = null;
        Throwable failure = null;
        if (!enter()) {
            return;
        }
        try {
            Optional<Snapshot> snapshot = cell.loadCheckpoint(this).map(StoredCheckpoint::snapshot);
            SupervisedAgent created = cell.bound().create();
            Thread.currentThread().setContextClassLoader(created.getClass().getClassLoader());
            agent = created;
            if (created instanceof MessageAgent) {
                cell.openMailbox();
            }
            result = created.init(new InitArgs(cell.spec, this, snapshot));
        } catch (Throwable t) {
            failure = t;
        }
        if (failure == null && result != null) {
            cell.supervisor.tell(new Signal.Started(cell.child, run, result));
            started = true;
        }
        if (!leave()) {
            return;
        }
        if (failure != null || result == null) {
            ExitReason reason =
                    failure == null
                            ? ExitReason.error(new NullPointerException("init returned null"))
                            : exitReason(failure);
            lastCalls(agent, reason, false);
            if (PHASE.compareAndSet(this, OUT, ENDED)) {
                cell.supervisor.tell(new Signal.StartFailed(cell.child, run, reason, List.of()));
                over(reason);
            }
        } else if (result instanceof InitResult.Ignore) {
            if (PHASE.compareAndSet(this, OUT, ENDED)) {
                over(ExitReason.normal());
            }
        } else {
            live(agent);
        }
    }

    private void live(@Nullable SupervisedAgent it) {
        switch (it) {
            case null ->
                    throw new IllegalStateException(
                            "a run without an agent cannot have been started");
            case LoopAgent loop -> {
                if (!enter()) {
                    return;
                }
                Throwable thrown = null;
                try {
                    loop.start(this);
                    loop.run(this);
                } catch (Throwable t) {
                    thrown = t;
                }
                if (leave()) {
                    end(loop, thrown);
                }
            }
            case MessageAgent handler -> {
                if (!enter()) {
                    return;
                }
                Throwable thrown = null;
                try {
                    handler.start(this);
                } catch (Throwable t) {
                    thrown = t;
                }
                if (!leave()) {
                    return;
                }
                if (thrown == null) {
                    handleMessages(handler);
                } else {
                    end(handler, thrown);
                }
            }
        }
    }

    private void resume(SupervisedAgent it) {
        if (it instanceof MessageAgent handler) {
            Thread.currentThread().setContextClassLoader(it.getClass().getClassLoader());
            handleMessages(handler);
        }
    }

    /**
     * Handles messages until there are none, or the run ends. When it ends, the mailbox stays with
     * the agent's next run.
     */
    private void handleMessages(MessageAgent handler) {
        Mailbox mailbox = cell.openMailbox();
        while (phase != FENCED) {
            if (stopRequested) {
                end(handler, null);
                return;
            }
            SystemMessage system = nextSystemMessage();
            Object message = system == null ? mailbox.poll() : system;
            if (message == null) {
                if (mailbox.rest()) {
                    return;
                }
                continue;
            }
            if (message == AgentCell.Control.WAKE) {
                continue;
            }
            if (!enter()) {
                if (system == null) {
                    mailbox.putBack(message);
                }
                return;
            }
            Throwable thrown = null;
            try {
                if (system == null) {
                    handler.handle(message, this);
                } else {
                    hear(handler, system);
                }
            } catch (Throwable t) {
                thrown = t;
            }
            if (!leave()) {
                return; // the mailbox may have a new owner
            }
            if (thrown != null) {
                end(handler, thrown);
                return;
            }
        }
    }

    /** The body is over, by itself or because of a stop. */
    private void end(SupervisedAgent it, @Nullable Throwable thrown) {
        ExitReason reason = exitReason(thrown);
        reason = lastCalls(it, reason, wasToldToStop() && reason.isOrderly());
        if (PHASE.compareAndSet(this, OUT, ENDED)) {
            cell.supervisor.tell(new Signal.Exited(cell.child, run, reason, List.of()));
            over(reason);
        }
    }

    private boolean wasToldToStop() {
        Extras known = extras;
        return stopRequested || (known != null && known.toldToShutDown);
    }

    /**
     * Calls {@code stop} if the run is stopping in order, and {@code terminate}; says with what
     * reason the run ends.
     */
    private ExitReason lastCalls(
            @Nullable SupervisedAgent it, ExitReason bodyReason, boolean stopping) {
        ExitReason reason = bodyReason;
        if (it == null || !PHASE.compareAndSet(this, OUT, LAST)) {
            return reason;
        }
        if (stopping) {
            try {
                it.stop(this);
            } catch (Throwable t) {
                reason = t instanceof AgentExitException exit ? exit.reason() : ExitReason.error(t);
            }
        }
        try {
            it.terminate(terminateReason(reason));
        } catch (Throwable t) {
            engine.log.warn("{} run {}: terminate threw, which changes nothing", cell.pid, run, t);
        }
        leave();
        return reason;
    }

    private ExitReason exitReason(@Nullable Throwable thrown) {
        if (thrown == null) {
            return stopRequested ? ExitReason.shutdown() : ExitReason.normal();
        }
        if (thrown instanceof AgentExitException exit) {
            return exit.reason();
        }
        return stopRequested && isInterruption(thrown)
                ? ExitReason.shutdown()
                : ExitReason.error(thrown);
    }

    private static boolean isInterruption(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof InterruptedException
                    || t instanceof ClosedByInterruptException
                    || t instanceof InterruptedIOException) {
                return true;
            }
        }
        return false;
    }

    private TerminateReason terminateReason(ExitReason reason) {
        return switch (reason) {
            case ExitReason.Error(var failure) -> new TerminateReason.Error(failure);
            case ExitReason.Timeout(var what) -> new TerminateReason.Timeout(what);
            case ExitReason.Budget(var which) -> new TerminateReason.Timeout("budget " + which);
            case ExitReason.Normal _,
                    ExitReason.Shutdown _,
                    ExitReason.SupervisorShutdown _,
                    ExitReason.Kill _ -> {
                if (!stopRequested) {
                    yield new TerminateReason.Normal();
                }
                yield stopRequestedByName
                        ? new TerminateReason.SupervisorRequest()
                        : new TerminateReason.Shutdown();
            }
        };
    }

    // ---- system messages
    // ----------------------------------------------------------------------------------------

    private @Nullable SystemMessage nextSystemMessage() {
        Extras known = extras;
        return known == null ? null : known.poll();
    }

    /** In a wait of a loop agent's body: hears what there is to be heard. */
    private void hearSystemMessages() {
        Extras known = extras;
        if (known == null
                || known.handling
                || !started
                || phase != BODY
                || Thread.currentThread() != thread
                || !(agent instanceof LoopAgent loop)) {
            return;
        }
        known.handling = true;
        try {
            for (SystemMessage message; (message = known.poll()) != null; ) {
                hear(loop, message);
            }
        } finally {
            known.handling = false;
        }
    }

    private void hear(SupervisedAgent it, SystemMessage message) {
        try {
            it.handleSystemMessage(message, this);
        } catch (AgentExitException e) {
            extras().toldToShutDown = message instanceof SystemMessage.Shutdown;
            throw e;
        }
        if (message instanceof SystemMessage.HealthCheck) {
            engine.healthChecked(cell.pid, run, healthOf(it));
        }
    }

    private Health healthOf(SupervisedAgent it) {
        try {
            Health health = it.healthCheck(this);
            return health == null ? Health.bad("healthCheck returned null") : health;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // the body is to end, which is not for here
            }
            return Health.bad(Failure.of(e).toString());
        }
    }

    /** Lets a system message wait for the run, and makes a run that rests or waits hear it. */
    Extras.Offer send(SystemMessage message) {
        Extras.Offer offer = extras().offer(message);
        Thread current = thread;
        if (current != null) {
            LockSupport.unpark(current);
        }
        cell.wake();
        return offer;
    }

    // ---- the phases
    // ---------------------------------------------------------------------------------------------

    private boolean enter() {
        return PHASE.compareAndSet(this, OUT, BODY);
    }

    /**
     * Out of a callback; false if the run was fenced meanwhile. An interrupt was meant for the
     * callback, so it ends here.
     */
    private boolean leave() {
        while (true) {
            int now = phase;
            if (now == POKED) {
                Thread.onSpinWait();
            } else if (now == FENCED) {
                return false;
            } else if (PHASE.compareAndSet(this, now, OUT)) {
                Thread.interrupted();
                return true;
            }
        }
    }

    // ---- what others do to a run
    // --------------------------------------------------------------------------------

    /** Asks the agent to come to an end. */
    void stop(long deadlineNanos, boolean byName) {
        stopDeadline = deadlineNanos;
        stopRequestedByName = byName;
        stopRequested = true;
        Thread current = thread;
        if (current != null) {
            LockSupport.unpark(current);
        }
        if (current != null || !started) {
            engine.time.schedule(this::poke, POKE_AFTER_NANOS);
        }
        cell.wake();
    }

    /** Interrupts a body that was asked to stop and has not come to an end by itself. */
    private void poke() {
        if (PHASE.compareAndSet(this, BODY, POKED)) {
            Thread current = thread;
            if (current != null) {
                current.interrupt();
            }
            phase = BODY;
        }
    }

    /**
     * Fences the run and sees to it that its end is reported soon, whatever its thread does.
     *
     * @param reason with what it is to end
     */
    void kill(ExitReason reason) {
        while (true) {
            int now = phase;
            if (now == ENDED || now == FENCED) {
                return;
            }
            if (!(reason instanceof ExitReason.Kill)) {
                extras().doom(reason);
            }
            if (now == POKED) {
                Thread.onSpinWait();
            } else if (PHASE.compareAndSet(this, now, FENCED)) {
                break;
            }
        }
        Thread current = thread;
        if (current != null) {
            current.interrupt();
        }
        engine.time.schedule(this::abandon, ABANDON_AFTER_NANOS);
        cell.wake();
    }

    private void abandon() {
        if (!reported) {
            engine.abandoned.add(this);
            if (thread == null) {
                engine.abandoned.remove(this); // it has ended just now
            } else {
                engine.log.warn(
                        "{} run {} was killed and its thread does not end; abandoned",
                        cell.pid,
                        run);
            }
            reportKilled();
        }
    }

    private void reportKilled() {
        if (REPORTED.compareAndSet(this, false, true)) {
            Extras known = extras;
            ExitReason reason = known == null ? ExitReason.kill() : known.fate();
            cell.supervisor.tell(
                    started
                            ? new Signal.Exited(cell.child, run, reason, List.of())
                            : new Signal.StartFailed(cell.child, run, reason, List.of()));
            over(reason);
        }
    }

    /** The supervisor has been told that the run is over; from now on all others may know. */
    private void over(ExitReason reason) {
        Extras left = (Extras) EXTRAS.getAndSet(this, Extras.CLOSED);
        if (left != null) {
            Extras.Remains remains = left.close();
            remains.ties().forEach(tie -> tie.ended(life(), reason));
            if (remains.systemMessages() > 0) {
                engine.deadLetters.add(
                        cell.pid, remains.systemMessages(), "its run ended before it heard them");
            }
        }
    }

    /** What this run has beyond others, made now if there was nothing. */
    Extras extras() {
        Extras known = extras;
        if (known == null) {
            Extras made = new Extras();
            known = (Extras) EXTRAS.compareAndExchange(this, null, made);
            return known == null ? made : known;
        }
        return known;
    }

    Life life() {
        return new Life(cell.pid, run);
    }

    /** Puts something into the mailbox that must not be lost; nothing for a loop agent. */
    void notice(Object message) {
        cell.notice(message);
    }

    boolean isWithin(SupervisorCell supervisor) {
        return cell.supervisor.isBelowOrSame(supervisor);
    }

    /**
     * Whether the supervisor waits for this run now, so that a request to it would wait for itself.
     */
    boolean isAwaited() {
        return !started || stopRequested;
    }

    // ---- the context: what the agent sees
    // -----------------------------------------------------------------------

    @Override
    public AgentPid pid() {
        return cell.pid;
    }

    @Override
    public SupervisorId supervisorId() {
        return cell.supervisor.id();
    }

    @Override
    public long run() {
        return run;
    }

    @Override
    public Path dataFolder() {
        return engine.dataFolder;
    }

    @Override
    public System.Logger log() {
        return cell.log();
    }

    @Override
    public Instant now() {
        return engine.time.now();
    }

    @Override
    public boolean stopRequested() {
        return stopRequested || phase == FENCED;
    }

    @Override
    public Optional<Duration> stopTimeLeft() {
        if (!stopRequested || stopDeadline == Long.MAX_VALUE) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Math.max(0, stopDeadline - engine.time.nanoTime())));
    }

    /**
     * Whether waits end: always when killed, and on a stop unless the run is in its last calls,
     * which have time left.
     */
    private boolean isCancelled() {
        int now = phase;
        return now == FENCED || (stopRequested && now != LAST);
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        long deadline = deadline(duration);
        while (true) {
            checkInterrupt();
            hearSystemMessages();
            long left = deadline - engine.time.nanoTime();
            if (left <= 0) {
                return;
            }
            engine.time.park(this, left);
        }
    }

    private void checkInterrupt() throws InterruptedException {
        if (Thread.interrupted() || isCancelled()) {
            throw new InterruptedException(phase == FENCED ? "killed" : "asked to stop");
        }
    }

    @Override
    public boolean awaitStop(Duration duration) {
        long deadline = deadline(duration);
        while (!stopRequested()) {
            hearSystemMessages();
            long left = deadline - engine.time.nanoTime();
            if (left <= 0) {
                return false;
            }
            if (Thread.currentThread().isInterrupted()) {
                return true; // by the agent itself; the flag stays for it to see
            }
            engine.time.park(this, left);
        }
        return true;
    }

    @Override
    public <T> T await(CompletionStage<T> work, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<T> future = work.toCompletableFuture();
        long deadline = deadline(timeout);
        wakeWhenDone(future);
        while (!future.isDone()) {
            checkInterrupt();
            hearSystemMessages();
            long left = deadline - engine.time.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("nothing for " + timeout);
            }
            engine.time.park(this, left);
        }
        return future.get();
    }

    private static void wakeWhenDone(CompletableFuture<?> future) {
        Thread waiter = Thread.currentThread();
        var _ = future.whenComplete((_, _) -> LockSupport.unpark(waiter));
    }

    private long deadline(Duration duration) {
        long nanos =
                duration.compareTo(Duration.ofDays(365)) > 0
                        ? Duration.ofDays(365).toNanos()
                        : duration.toNanos();
        return engine.time.nanoTime() + Math.max(0, nanos);
    }

    @Override
    public <S extends Record> Optional<S> restored(Class<S> type) {
        return Optional.ofNullable(cell.checkpoint())
                .map(stored -> cell.bound().decode(stored.snapshot(), type));
    }

    @Override
    public void checkpoint(Record state) throws InterruptedException {
        checkpoint(cell.bound().encode(state));
    }

    @Override
    public void checkpoint(Snapshot state) throws InterruptedException {
        checkFence("save a checkpoint");
        StoredCheckpoint checkpoint = new StoredCheckpoint(cell.pid, run, engine.time.now(), state);
        FlightEvent.Checkpoint recording = FlightEvent.Checkpoint.begun();
        CompletableFuture<Void> saved =
                engine.store.saveCheckpoint(checkpoint).toCompletableFuture();
        waitUnlessKilled(saved);
        recording.finish(cell.pid.path(), run, !saved.isCompletedExceptionally());
        try {
            saved.get();
        } catch (ExecutionException e) {
            StorageException error =
                    e.getCause() instanceof StorageException storage
                            ? storage
                            : new StorageException(
                                    true,
                                    "the checkpoint of " + cell.pid + " was not saved",
                                    e.getCause());
            engine.events.checkpointFailed(engine.time.now(), cell.pid, run, error);
            throw error;
        }
        cell.remember(checkpoint, this);
    }

    /**
     * Waits for work of the runtime's own, which a stop does not interrupt; an interrupt by others
     * is kept for later.
     */
    void waitUnlessKilled(CompletableFuture<?> work) throws InterruptedException {
        wakeWhenDone(work);
        boolean interrupted = false;
        while (!work.isDone()) {
            if (phase == FENCED) {
                throw new InterruptedException("killed");
            }
            interrupted |= Thread.interrupted();
            engine.time.park(this, Long.MAX_VALUE);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void tell(AgentPid to, Object message) {
        checkFence("send a message");
        engine.tell(to, message);
    }

    @Override
    public void register(String name) {
        checkFence("register a name");
        engine.names.register(name, cell.pid);
    }

    @Override
    public void unregister(String name) {
        checkFence("unregister a name");
        engine.names.unregister(name, cell.pid::equals);
    }

    @Override
    public Optional<AgentPid> whereIs(String name) {
        return engine.names.whereIs(name);
    }

    @Override
    public Monitor monitor(AgentPid pid) {
        checkFence("monitor " + pid);
        return Watch.begin(engine, pid, this);
    }

    @Override
    public void link(AgentPid pid) {
        checkFence("link " + pid);
        AgentRun other = engine.run(pid);
        if (other != this && (other == null || !Link.tie(engine, this, other))) {
            throw new ChildNotFoundException(
                    "%s cannot be linked to %s, which is not running; monitor it to learn when, or link when it is up"
                            .formatted(cell.pid, pid));
        }
    }

    @Override
    public void unlink(AgentPid pid) {
        AgentRun other = engine.run(pid);
        if (other != null) {
            Link.between(engine, life(), other.life()).untie();
        }
    }

    @Override
    public void requestRestart() {
        checkFence("request a restart");
        cell.supervisor.submit(new Request.RestartAgent(cell.pid.id()));
    }

    private void checkFence(String what) {
        int now = phase;
        if (now == FENCED || now == ENDED) {
            throw new FencedException(
                    "run %d of %s has ended and may not %s any more"
                            .formatted(run, cell.pid, what));
        }
    }

    /** A request of the agent's that would wait for the agent itself. */
    static void checkNotFromOwnCallback(SupervisorCell target) {
        if (CURRENT.isBound() && CURRENT.get().isWithin(target) && CURRENT.get().isAwaited()) {
            throw new SupervisionException(
                    ErrorCategory.COMMUNICATION,
                    false,
                    "%s asks %s, which waits for %s to start or stop: the two would wait for each other; ask from run, handle or start"
                            .formatted(CURRENT.get().pid(), target.id(), CURRENT.get().pid()));
        }
    }

    @Override
    public String toString() {
        return cell.pid + " run " + run;
    }
}
