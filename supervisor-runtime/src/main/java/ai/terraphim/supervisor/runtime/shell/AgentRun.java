package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Safeguards;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.TerminateReason;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.guard.Guard;
import java.io.InterruptedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One run of an agent: its life from {@code init} to its end.
 *
 * <p>A loop agent's run owns one virtual thread. A message agent's run has a thread only while
 * there is something to do; the agent's mailbox makes sure that there is never more than one.
 * Others touch a run in four ways: {@link #stop} asks, then a {@link #poke} interrupts a body that
 * has not heard, and {@link #kill} fences; {@link #cancel} asks a run that has failed from outside,
 * and kills it soon after. {@link RunPhase} has the rules. A fenced run whose thread does not come
 * back is reported dead after a while all the same, and its thread is counted as abandoned until it
 * ends.
 */
final class AgentRun extends RunContext implements Task {

    /** How long a run that is cancelled may take to end by itself before it is killed. */
    private static final long KILL_AFTER_NANOS = Duration.ofMillis(250).toNanos();

    /** How long a killed run's thread may take to end before it is abandoned. */
    private static final long ABANDON_AFTER_NANOS = Duration.ofSeconds(1).toNanos();

    private static final VarHandle REPORTED;

    static {
        try {
            REPORTED =
                    MethodHandles.lookup().findVarHandle(AgentRun.class, "reported", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** How many messages a thread handles before others get their turn on its carrier. */
    private static final int BATCH = 1_000;

    private volatile boolean reported;
    private volatile boolean started;
    private volatile boolean back;
    private boolean poked;
    private @Nullable Restoration restored;
    private @Nullable SupervisedAgent agent;

    AgentRun(AgentCell cell, long run) {
        super(cell, run);
    }

    @Override
    public String threadName() {
        return pid().path();
    }

    /** For the history: which checkpoint this run began from. */
    Object describeCheckpoint() {
        Restoration from = restored;
        return from == null ? "" : from.origin();
    }

    // ---- the life of a run: on its own thread
    // -------------------------------------------------------------------

    /**
     * Begins the run, or goes on with it when a message has come. Calls a loop agent's body itself:
     * each frame in between would take a hundred bytes for as long as the agent waits.
     */
    @Override
    public @Nullable Task work() {
        try {
            Task next = agent == null ? begin() : this;
            if (next == this && agent instanceof LoopAgent loop && enter()) {
                Throwable thrown = null;
                try {
                    if (!isStopping()) {
                        loop.start(this);
                        loop.run(this);
                    }
                } catch (Throwable t) {
                    thrown = t;
                }
                next = leave() ? end(loop, thrown) : null;
            } else if (next == this && agent instanceof MessageAgent handler) {
                next = serve(handler);
            }
            return isFenced() ? endFenced() : next;
        } catch (VirtualMachineError e) {
            return breakOff(e);
        }
    }

    /**
     * An error of the virtual machine has met the runtime's own code, such as no memory left to
     * report that the agent has none. Without the agent there may be some.
     */
    private @Nullable Task breakOff(VirtualMachineError error) {
        agent = null;
        engine().start(kill(ExitReason.error(error)));
        return endFenced();
    }

    private @Nullable Task endFenced() {
        back = true;
        engine().abandonedRuns.remove(this);
        engine().start(reportKilled()); // not here: this thread may yet be interrupted
        return null;
    }

    /** Says what comes next: the run itself if the agent is up. */
    private @Nullable Task begin() {
        InitResult result = null;
        Throwable failure = null;
        if (!enter()) {
            return null;
        }
        Watchdog watchdog = Watchdog.of(this);
        if (watchdog != null && !extras().watch(watchdog)) {
            watchdog.end();
        }
        try {
            StoredCheckpoint checkpoint = cell.loadCheckpoint(this);
            SupervisedAgent created = cell.bound().create();
            Thread.currentThread().setContextClassLoader(created.getClass().getClassLoader());
            restored = checkpoint == null ? null : restoration(checkpoint, created);
            agent = created;
            if (isFenced()) {
                return null; // the mailbox may have a new owner, or be closed for good
            }
            if (created instanceof MessageAgent) {
                if (restored != null && !restored.checkpoint().handled().isEmpty()) {
                    extras().handled = restored.checkpoint().handled();
                }
                cell.openMailbox();
                keepSafeguards(cell.spec().safeguards());
            }
            result =
                    created.init(
                            new InitArgs(
                                    cell.spec(),
                                    this,
                                    Optional.ofNullable(restored).map(Restoration::snapshot)));
        } catch (Throwable t) {
            failure = t;
        }
        if (!leave()) {
            return null;
        }
        if (failure == null && result == null) {
            failure = new NullPointerException("init returned null");
        }
        if (failure != null || result == null || doom() != null) {
            ExitReason reason = exitReason(failure);
            lastCalls(agent, reason, false);
            if (!end()) {
                return null;
            }
            learn(reason);
            Task supervisor = tell(new Signal.StartFailed(cell.child, run(), reason, List.of()));
            over(reason);
            return supervisor;
        }
        started = true;
        Task supervisor = tell(new Signal.Started(cell.child, run(), result));
        if (result instanceof InitResult.Ignore) {
            if (end()) {
                over(ExitReason.normal());
            }
            return supervisor;
        }
        if (watchdog != null) {
            watchdog.started(agent instanceof LoopAgent);
        }
        engine().lend(supervisor);
        if (agent instanceof MessageAgent handler) {
            return startServing(handler);
        }
        return this;
    }

    /** What this run begins from, if there is a checkpoint; null if it is not to begin from any. */
    private @Nullable Restoration restoration(StoredCheckpoint newest, SupervisedAgent created)
            throws Exception {
        long now = engine().time.nanoTime();
        RestoreLadder.Rung rung = engine().ladder.rung(pid());
        StoredCheckpoint from =
                switch (rung) {
                    case NEWEST -> newest;
                    case PREVIOUS -> cell.previousCheckpoint(this);
                    case FRESH -> null;
                };
        if (rung != RestoreLadder.Rung.NEWEST) {
            tell(
                    EventKind.CHECKPOINT_FALLBACK,
                    "runs that began from the checkpoint of run %d, %s, have failed"
                            .formatted(newest.run(), newest.at()),
                    from == null
                            ? "begins without a state"
                            : "begins from that of run %d, %s".formatted(from.run(), from.at()));
        }
        return from == null ? null : Restoration.of(from, cell.bound(), created, now);
    }

    /** What the end of this run says about the checkpoint that it began from. */
    private void learn(ExitReason reason) {
        Restoration from = restored;
        Extras known = knownExtras();
        boolean storeFailed = known != null && known.unsaved() != null;
        if (from != null && !hasSaved() && !storeFailed) {
            Duration age = Duration.ofNanos(engine().time.nanoTime() - from.sinceNanos());
            engine().ladder.ended(pid(), cell.spec().checkpoints(), reason, age);
        }
    }

    /** Keeps what is asked for in the extras: a run with nothing to keep has none. */
    private void keepSafeguards(Safeguards safeguards) {
        if (safeguards.redeliver().isPresent()) {
            extras().redeliver(safeguards.redeliver().getAsInt());
        }
        if (!safeguards.needs().isEmpty()) {
            extras().needs = engine().guards.guards(pid().path(), "needs", safeguards.needs());
        }
    }

    private @Nullable Task startServing(MessageAgent handler) {
        if (!enter()) {
            return null;
        }
        Throwable thrown = null;
        try {
            if (!isStopping()) {
                handler.start(this);
            }
        } catch (Throwable t) {
            thrown = t;
        }
        if (!leave()) {
            return null;
        }
        return thrown == null ? this : end(handler, thrown);
    }

    /**
     * Handles messages until there are none, or the run ends. When it ends, the mailbox stays with
     * the agent's next run.
     */
    private @Nullable Task serve(MessageAgent handler) {
        Thread.currentThread().setContextClassLoader(handler.getClass().getClassLoader());
        Mailbox mailbox = cell.mailbox();
        boolean redelivers = poisonAfter() > 0;
        Guard store = engine().storeGuard;
        Watchdog watchdog = watchdog();
        if (watchdog != null) {
            watchdog.resume(); // after a rest
        }
        for (int handled = 0; handled < BATCH && !isFenced(); ) {
            if (isStopping()) {
                return end(handler, null);
            }
            Extras known = knownExtras();
            SystemMessage system = known == null ? null : known.poll();
            Object message = system == null ? mailbox.poll() : system;
            if (message == null) {
                if (mailbox.rest()) {
                    return null;
                }
                continue;
            }
            if (message == AgentCell.Control.WAKE) {
                continue;
            }
            Guard closed = system == null ? closedDoor(known, store) : null;
            if (closed != null) {
                mailbox.putBack(message);
                if (rest(closed, extras())) {
                    return null;
                }
                continue;
            }
            Ask ask = message instanceof Ask question ? question : null;
            if (redelivers && ask == null && system == null) {
                ask = new Ask(message);
            }
            if (ask != null) {
                take(ask);
            }
            if (!enter()) {
                if (system == null && (ask == null || redelivers)) {
                    putBack(ask == null ? message : ask);
                }
                return null;
            }
            Throwable thrown = null;
            try {
                if (system != null) {
                    hear(handler, system);
                } else {
                    if (watchdog != null) {
                        watchdog.messageBegins();
                    }
                    if (ask instanceof Once once) {
                        handleOnce(handler, once);
                    } else {
                        handler.handle(ask == null ? message : ask.message, this);
                    }
                }
            } catch (Throwable t) {
                thrown = t;
            }
            if (!leave()) {
                return null; // the mailbox may have a new owner
            }
            if (watchdog != null && system == null) {
                watchdog.messageEnds();
            }
            if (thrown != null) {
                return end(handler, thrown);
            }
            if (ask != null) {
                putDown(ask);
            }
            handled++;
        }
        return this;
    }

    private static @Nullable Guard closedDoor(@Nullable Extras known, @Nullable Guard store) {
        return store != null && store.isOpen() ? store : known == null ? null : known.closedDoor();
    }

    /**
     * Begins to rest, with messages, until a dependency lets this run have its turn; false if that
     * is over already, and the run goes on.
     */
    private boolean rest(Guard guard, Extras known) {
        pauseClocks();
        Rest rest = new Rest(guard, this);
        known.rest(rest);
        boolean waits = guard.suspend(rest);
        boolean goesOn = !waits || isStopping() || isFenced() || known.hasSystemMessages();
        if (goesOn && known.endRest(rest, false)) {
            guard.leave(rest);
            resumeClocks();
            return false;
        }
        if (known.rest() != rest) {
            guard.leave(rest); // somebody was so quick that it was not in the queue yet
        }
        return true;
    }

    /** Makes a run that has no thread look up; says what needs a thread now. */
    private @Nullable Task wake() {
        Extras known = knownExtras();
        Rest rest = known == null ? null : known.takeRest();
        if (rest != null) {
            rest.guard.leave(rest);
            return this;
        }
        return cell.wake();
    }

    /** The body is over, by itself or because of a stop. */
    private @Nullable Task end(SupervisedAgent it, @Nullable Throwable thrown) {
        ExitReason why = exitReason(thrown);
        if (thrown instanceof AgentExitException && why.isOrderly()) {
            finishInHand(why);
        } else {
            dropInHand(why);
        }
        ExitReason reason = lastCalls(it, why, wasToldToStop() && why.isOrderly());
        if (!end()) {
            return null;
        }
        giveBack(why);
        learn(reason);
        Task supervisor = tell(new Signal.Exited(cell.child, run(), reason, List.of()));
        over(reason);
        return supervisor;
    }

    private boolean wasToldToStop() {
        Extras known = knownExtras();
        return isStopping() || (known != null && known.toldToShutDown);
    }

    private @Nullable Task tell(Signal signal) {
        return cell.supervisor.offer(signal);
    }

    /**
     * Calls {@code stop} if the run is stopping in order, and {@code terminate}; says with what
     * reason the run ends.
     */
    private ExitReason lastCalls(
            @Nullable SupervisedAgent it, ExitReason bodyReason, boolean stopping) {
        ExitReason reason = bodyReason;
        if (it == null || !enterLast()) {
            return reason;
        }
        if (stopping) {
            try {
                it.stop(this);
                if (cell.spec().checkpoints().onStop() && !isCutShort()) {
                    saveState(it);
                }
            } catch (Throwable t) {
                reason = t instanceof AgentExitException exit ? exit.reason() : ExitReason.error(t);
            }
        }
        if (!isFenced()) {
            try {
                it.terminate(terminateReason(reason));
            } catch (Throwable t) {
                engine().log.warn("{}: terminate threw, which changes nothing", this, t);
            }
        }
        leave();
        return reason;
    }

    /** Whether the state may hold a half of what a message with an id is to do once. */
    private boolean isCutShort() {
        Extras known = knownExtras();
        return known != null && known.handlingOnce != null;
    }

    private ExitReason exitReason(@Nullable Throwable thrown) {
        ExitReason doom = doom();
        if (doom != null) {
            return doom;
        }
        if (thrown == null) {
            return isStopping() ? ExitReason.shutdown() : ExitReason.normal();
        }
        if (thrown instanceof AgentExitException exit) {
            return exit.reason();
        }
        if (thrown instanceof VirtualMachineError) {
            engine().log
                    .error(
                            "{} ends by an error of the virtual machine, and its supervisor goes on",
                            this,
                            thrown);
        }
        if (isStopping() && isInterruption(thrown)) {
            return ExitReason.shutdown();
        }
        Extras known = knownExtras();
        String key = known == null ? null : known.dependencyBehind(thrown);
        return key == null
                ? ExitReason.error(thrown)
                : new ExitReason.Dependency(key, Failure.of(thrown));
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
            case ExitReason.Dependency(_, var failure) -> new TerminateReason.Error(failure);
            case ExitReason.Timeout(var what, _) -> new TerminateReason.Timeout(what);
            case ExitReason.Budget(var which) -> new TerminateReason.Timeout("budget " + which);
            case ExitReason.Normal _,
                    ExitReason.Shutdown _,
                    ExitReason.SupervisorShutdown _,
                    ExitReason.Kill _ -> {
                if (!isStopping()) {
                    yield new TerminateReason.Normal();
                }
                yield isStoppingByName()
                        ? new TerminateReason.SupervisorRequest()
                        : new TerminateReason.Shutdown();
            }
        };
    }

    @Override
    boolean isStarting() {
        return !started;
    }

    // ---- system messages
    // ----------------------------------------------------------------------------------------

    @Override
    int stateVersion() {
        SupervisedAgent it = agent;
        return it == null ? 1 : it.stateVersion();
    }

    @Override
    @Nullable Restoration begunFrom() {
        return restored;
    }

    /** In a wait of a loop agent's body: hears what there is to be heard. */
    @Override
    void hearSystemMessages() {
        Extras known = knownExtras();
        if (known == null
                || known.handling
                || !started
                || !isInBody()
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
        if (message instanceof SystemMessage.Checkpoint) {
            saveState(it);
            Watchdog watchdog = watchdog();
            if (watchdog != null) {
                watchdog.saved();
            }
        } else if (message instanceof SystemMessage.HealthCheck) {
            Health health = healthOf(it);
            engine().healthChecked(pid(), run(), health);
            Watchdog watchdog = watchdog();
            if (watchdog != null) {
                watchdog.answered(health);
            }
        }
    }

    /** Saves what the agent gives. If that fails it is told as an event, and the agent goes on. */
    private void saveState(SupervisedAgent it) {
        try {
            Optional<? extends Record> state = it.stateToSave();
            if (state.isPresent()) {
                saveNow(state.get());
            }
        } catch (StorageException _) { // told already
        } catch (InterruptedException _) { // the run is killed, which is not for here
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            tell(EventKind.CHECKPOINT_FAILED, Failure.of(e), "");
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
        unpark();
        engine().start(wake());
        return offer;
    }

    // ---- what others do to a run
    // --------------------------------------------------------------------------------

    /** Asks the agent to come to an end. */
    @Nullable Task stop(long deadlineNanos, boolean byName) {
        requestStop(deadlineNanos, byName);
        return wake();
    }

    /**
     * Interrupts a body if it was asked to stop, and not interrupted before; false if it must be
     * tried again. For the supervisor's thread.
     */
    boolean pokeOnce() {
        if (isStopping() && !poked) {
            poked = poke();
            return poked;
        }
        return true;
    }

    /**
     * Ends a run that is said to have failed, at once, or as {@link #overdue} if it is its start
     * that takes too long.
     */
    @Nullable Task fail(ExitReason reason) {
        return !started && reason instanceof ExitReason.Timeout(String what, _)
                ? overdue(what)
                : kill(reason);
    }

    /** Cancels the run because something took too long. */
    @Nullable Task overdue(String what) {
        ExitReason reason = new ExitReason.Timeout(what, stack());
        tell(EventKind.CHILD_OVERDUE, reason, reason);
        return cancel(reason);
    }

    /**
     * Asks a run that has failed to come to an end, and kills it if it has not soon. It ends with
     * that reason in either case, without a call of {@code stop}. Any thread.
     */
    @Nullable Task cancel(ExitReason reason) {
        if (isOver() || !extras().doom(reason)) {
            return null;
        }
        requestCancel(engine().time.nanoTime() + KILL_AFTER_NANOS);
        engine().time.schedule(() -> engine().start(kill(reason)), KILL_AFTER_NANOS);
        return wake();
    }

    /**
     * Fences the run and sees to it that its end is reported soon, whatever its thread does.
     *
     * @param reason with what it is to end
     */
    @Nullable Task kill(ExitReason reason) {
        if (!(reason instanceof ExitReason.Kill) && !isOver()) {
            extras().doom(reason);
        }
        Fenced found = fence();
        if (found == Fenced.TOO_LATE) {
            return null;
        }
        dropInHand(reason);
        if (found == Fenced.INSIDE) {
            engine().time.schedule(this::abandon, ABANDON_AFTER_NANOS);
        }
        return wake();
    }

    private void abandon() {
        if (reported) {
            return;
        }
        engine().abandonedRuns.put(this, engine().time.now());
        if (back) {
            engine().abandonedRuns.remove(this); // it has ended just now
        } else {
            tell(EventKind.CHILD_ABANDONED, "its thread does not end", stack());
        }
        engine().start(reportKilled());
    }

    /** Where the run's thread is in a callback of the agent; empty if it is in none. */
    String stack() {
        Thread inside = thread();
        StringBuilder text = new StringBuilder();
        if (inside != null) {
            for (StackTraceElement frame : inside.getStackTrace()) {
                if (text.length() >= Failure.MAX_STACK) {
                    break;
                }
                text.append("\tat ").append(frame).append('\n');
            }
        }
        return text.substring(0, Math.min(text.length(), Failure.MAX_STACK));
    }

    /** With what the run is to end, however it ends; null if that is open. */
    private @Nullable ExitReason doom() {
        Extras known = knownExtras();
        return known == null ? null : known.doom();
    }

    private @Nullable Task reportKilled() {
        if (!REPORTED.compareAndSet(this, false, true)) {
            return null;
        }
        ExitReason doom = doom();
        ExitReason reason = doom == null ? ExitReason.kill() : doom;
        giveBack(reason);
        learn(reason);
        Task supervisor =
                tell(
                        started
                                ? new Signal.Exited(cell.child, run(), reason, List.of())
                                : new Signal.StartFailed(cell.child, run(), reason, List.of()));
        over(reason);
        return supervisor;
    }

    /** The supervisor has been told that the run is over; from now on all others may know. */
    private void over(ExitReason reason) {
        dropInHand(reason);
        Extras left = closeExtras();
        if (left != null) {
            int unheard = left.end(life(), reason);
            if (unheard > 0) {
                engine().deadLetters.add(pid(), unheard, "its run ended before it heard them");
            }
        }
    }

    /**
     * Whether the calling thread is in a callback that the supervisor waits for, so that a request
     * to the supervisor would wait for itself.
     */
    boolean isAwaitedCaller() {
        return thread() == Thread.currentThread() && (!started || isStopping());
    }
}
