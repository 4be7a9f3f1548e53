package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.ReplyTo;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.core.Request;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.guard.Guard;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What an agent sees of its run. One object with the run itself, for there may be a million. */
abstract class RunContext extends RunState {
    /**
     * What the supervisor asked for when it asked for a stop; no deadline is {@code
     * Long.MAX_VALUE}.
     */
    private record StopOrder(long deadlineNanos, boolean byName) {}

    private volatile @Nullable StopOrder stopOrder;

    /** The question that is being handled, or the message, if it is to be handled again. */
    private volatile @Nullable Ask inHand;

    RunContext(AgentCell cell, long run) {
        super(cell, run);
    }

    // ---- who and where
    // -----------------------------------------------------------------------------------------------

    @Override
    public final SupervisorId supervisorId() {
        return cell.supervisor.id();
    }

    @Override
    public final Path dataFolder() {
        return engine().dataFolder;
    }

    @Override
    public final System.Logger log() {
        return cell.log();
    }

    @Override
    public final Instant now() {
        return engine().time.now();
    }

    // ---- stopping and waiting
    // ----------------------------------------------------------------------------------------

    final void requestStop(long deadlineNanos, boolean byName) {
        stopOrder = new StopOrder(deadlineNanos, byName);
        unpark();
    }

    /**
     * As if the supervisor had asked: a run that is about to be ended by force may do so by itself.
     */
    final void requestCancel(long deadlineNanos) {
        if (stopOrder == null) {
            requestStop(deadlineNanos, false);
        }
    }

    /** Ends the wait that the run's thread may be in, for it to look round. */
    final void unpark() {
        Thread waiting = thread();
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /** In a wait: hears what the runtime has to say. */
    abstract void hearSystemMessages();

    /** Whether the supervisor has not been told yet how the start went. */
    abstract boolean isStarting();

    /** Whether the run was asked to come to an end, as against a kill. */
    final boolean isStopping() {
        return stopOrder != null;
    }

    /** Whether somebody asked for this very agent to stop, as against a group or the whole tree. */
    final boolean isStoppingByName() {
        StopOrder order = stopOrder;
        return order != null && order.byName;
    }

    @Override
    public final boolean stopRequested() {
        return stopOrder != null || isFenced();
    }

    @Override
    public final Optional<Duration> stopTimeLeft() {
        StopOrder order = stopOrder;
        if (order == null || order.deadlineNanos == Long.MAX_VALUE) {
            return Optional.empty();
        }
        long left = order.deadlineNanos - engine().time.nanoTime();
        return Optional.of(Duration.ofNanos(Math.max(0, left)));
    }

    /**
     * Whether waits end: always when killed, and on a stop unless the run is in its last calls,
     * which have time left.
     */
    private boolean isCancelled() {
        return isFenced() || (isStopping() && !isInLastCalls());
    }

    private void checkInterrupt() throws InterruptedException {
        if (Thread.interrupted() || isCancelled()) {
            throw new InterruptedException(isFenced() ? "killed" : "asked to stop");
        }
    }

    @Override
    public final void sleep(Duration duration) throws InterruptedException {
        long deadline = deadline(duration);
        while (true) {
            checkInterrupt();
            hearSystemMessages();
            long left = deadline - engine().time.nanoTime();
            if (left <= 0) {
                awaitStore();
                return;
            }
            engine().time.park(this, left);
        }
    }

    @Override
    public final boolean awaitStop(Duration duration) {
        long deadline = deadline(duration);
        while (!stopRequested()) {
            hearSystemMessages();
            long left = deadline - engine().time.nanoTime();
            if (left <= 0) {
                return isEndedWhileAwaitingStore();
            }
            if (Thread.currentThread().isInterrupted()) {
                return true; // by the agent itself; the flag stays for it to see
            }
            engine().time.park(this, left);
        }
        return true;
    }

    /** Whether a stop, or an interrupt, has come before the store worked. */
    private boolean isEndedWhileAwaitingStore() {
        try {
            awaitStore();
            return false;
        } catch (InterruptedException _) { // by the stop, or for the agent to see
            if (!stopRequested()) {
                Thread.currentThread().interrupt();
            }
            return true;
        }
    }

    @Override
    public final <T> T await(CompletionStage<T> work, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<T> future = work.toCompletableFuture();
        long deadline = deadline(timeout);
        wakeWhenDone(future);
        while (!future.isDone()) {
            checkInterrupt();
            hearSystemMessages();
            long left = deadline - engine().time.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("nothing for " + timeout);
            }
            engine().time.park(this, left);
        }
        awaitStore();
        return future.get();
    }

    @Override
    public final <T> T guarded(String key, Callable<T> call) throws Exception {
        checkFence("call " + key);
        Guard guard = engine().guards.guard(pid().path(), "guarded", key);
        checkInterrupt();
        awaitStore();
        return new GuardedCall(guard, this).make(call);
    }

    /**
     * Waits while the store fails, if that is the policy: for a turn at its guard. Not in the last
     * calls, whose time is counted.
     */
    @Override
    final void awaitStore() throws InterruptedException {
        Guard store = engine().storeGuard;
        if (store != null && store.isOpen() && !isInLastCalls()) {
            new GuardedCall(store, this).take();
        }
    }

    /** Waits until a call may be made. */
    final void await(GuardedCall call) throws InterruptedException {
        if (!call.isWaiting()) {
            return;
        }
        pauseClocks();
        tellWhileStarting(new Signal.StartPaused(cell.child, run()));
        try {
            while (call.isWaiting()) {
                checkInterrupt();
                hearSystemMessages();
                engine().time.park(this, Long.MAX_VALUE);
            }
        } finally {
            resumeClocks();
            tellWhileStarting(new Signal.StartResumed(cell.child, run()));
        }
    }

    /** The clock of a start that the supervisor waits for is the supervisor's. */
    private void tellWhileStarting(Signal signal) {
        if (isStarting()) {
            engine().start(cell.supervisor.offer(signal));
        }
    }

    private long deadline(Duration duration) {
        return engine().time.nanoTime() + Engine.nanos(duration);
    }

    // ---- messages
    // ----------------------------------------------------------------------------------------------------

    @Override
    public final void tell(AgentPid to, Object message) {
        checkFence("send a message");
        engine().tell(to, message);
    }

    @Override
    public final CompletionStage<Void> tellOnce(AgentPid to, String messageId, Object message) {
        checkFence("send a message");
        return engine().tellOnce(to, messageId, message);
    }

    @Override
    public final Optional<String> messageId() {
        Ask ask = inHand;
        return Optional.ofNullable(ask == null ? null : ask.messageId());
    }

    @Override
    public final AgentRef ref(AgentPid to) {
        return new Ref(engine(), to, this);
    }

    @Override
    public final Object ask(AgentPid to, Object message) throws InterruptedException {
        return ask(to, message, engine().askTimeout);
    }

    @Override
    public final Object ask(AgentPid to, Object message, Duration timeout)
            throws InterruptedException {
        checkFence("ask");
        checkInterrupt();
        awaitStore();
        Ask ask = engine().question(to, message, cell);
        boolean answered =
                ask.await(
                        engine().time,
                        Engine.nanos(timeout),
                        () -> isCancelled() || Thread.currentThread().isInterrupted());
        if (!answered) {
            ask.forget();
            checkInterrupt();
            throw Engine.noAnswer(to, timeout);
        }
        return ask.get();
    }

    @Override
    public final void reply(Object answer) {
        checkFence("reply");
        Ask ask = inHand;
        if (ask != null && ask.isAwaited()) {
            reply(ask, answer);
        }
    }

    @Override
    public final int attempt() {
        Ask ask = inHand;
        return ask == null ? 1 : ask.crashes + 1;
    }

    @Override
    public final ReplyTo replyLater() {
        checkFence("reply");
        Ask ask = inHand;
        if (ask == null || !ask.isAwaited()) {
            return _ -> {};
        }
        if (!ask.keep(extras())) {
            throw fenced("reply");
        }
        return answer -> reply(ask, answer);
    }

    private void reply(Ask ask, Object answer) {
        checkFence("reply");
        ask.checkAnswer(answer);
        ask.answer(answer);
        ask.forget();
    }

    final void take(Ask ask) {
        inHand = ask;
    }

    /** A message that was taken out and cannot be handled. For the consumer of the mailbox. */
    final void putBack(Object message) {
        inHand = null;
        cell.mailbox().putBack(message);
    }

    /** The handler has returned from the question that it was given. */
    final void putDown(Ask ask) {
        inHand = null;
        if (ask.isAwaited() && !ask.isAnswered() && !ask.isKept()) {
            ask.unanswered(pid());
        }
    }

    /** The question in hand is not going to be answered, unless a later run handles it again. */
    final void dropInHand(ExitReason reason) {
        Ask ask = inHand;
        if (ask != null && poisonAfter() == 0) {
            ask.dropped(pid(), run(), reason);
        }
    }

    /** After how many crashes a message is parked; 0 if it is dropped with the first. */
    final int poisonAfter() {
        Extras known = knownExtras();
        return known == null ? 0 : known.poisonAfter();
    }

    /** The run ends by the agent's own will, which is how it has handled what it has in hand. */
    final void finishInHand(ExitReason reason) {
        Ask ask = inHand;
        if (ask != null) {
            inHand = null;
            ask.dropped(pid(), run(), reason);
        }
    }

    /**
     * The message in hand goes back to the head of the mailbox, for the next run, or is parked. For
     * whoever is to report the end of the run, and has not yet: until then there is no next run,
     * and this one, if it still has a thread, is fenced and touches the mailbox no more.
     */
    final void giveBack(ExitReason reason) {
        Ask ask = inHand;
        int poisonAfter = poisonAfter();
        if (ask == null || poisonAfter == 0) {
            return;
        }
        inHand = null;
        ask.letGo();
        if (isToBlame(reason) && ++ask.crashes >= poisonAfter) {
            engine().park(cell, run(), ask, reason);
        } else if (cell.isOpen()) {
            cell.mailbox().putBack(ask);
        } else { // the supervisor was killed, and its children have no next run
            engine().deadLetters.add(pid(), 1, "it went down before it had handled it");
            ask.unread(pid());
        }
    }

    /** Whether a message may be what ended its run; a stop or an outage is not its fault. */
    private boolean isToBlame(ExitReason reason) {
        return !reason.isOrderly()
                && !(reason instanceof ExitReason.Dependency(var key, _)
                        && engine().guards.isOpen(key));
    }

    @Override
    public final void register(String name) {
        checkFence("register a name");
        engine().names.register(name, pid());
    }

    @Override
    public final void unregister(String name) {
        checkFence("unregister a name");
        engine().names.unregister(name, pid()::equals);
    }

    @Override
    public final Optional<AgentPid> whereIs(String name) {
        return engine().names.whereIs(name);
    }

    @Override
    public final Monitor monitor(AgentPid pid) {
        checkFence("monitor " + pid);
        return Watch.begin(engine(), pid, this);
    }

    @Override
    public final void link(AgentPid pid) {
        checkFence("link " + pid);
        AgentRun other = engine().run(pid);
        if (other != this && (other == null || !Link.tie(engine(), this, other))) {
            throw new ChildNotFoundException(
                    "%s cannot be linked to %s, which is no agent that runs; link when it is up"
                            .formatted(pid(), pid));
        }
    }

    @Override
    public final void unlink(AgentPid pid) {
        AgentRun other = engine().run(pid);
        if (other != null) {
            Link.between(engine(), life(), other.life()).untie();
        }
    }

    @Override
    public final void progress(String marker) {
        checkFence("report progress");
        Watchdog watchdog = watchdog();
        if (watchdog != null) {
            watchdog.progress(marker);
        }
    }

    /** The clocks of this run's limits stand still, for it waits for what it cannot help. */
    final void pauseClocks() {
        Watchdog watchdog = watchdog();
        if (watchdog != null) {
            watchdog.pause();
        }
    }

    /** The clocks go on after {@link #pauseClocks}. */
    final void resumeClocks() {
        Watchdog watchdog = watchdog();
        if (watchdog != null) {
            watchdog.resume();
        }
    }

    /** What watches this run; null for one without limits. */
    final @Nullable Watchdog watchdog() {
        Extras known = knownExtras();
        return known == null ? null : known.watchdog();
    }

    @Override
    public final void requestRestart() {
        checkFence("request a restart");
        cell.supervisor.submit(new Request.RestartAgent(cell.child.spec().id()));
    }

    /** Tells a fact about this run. */
    final void tell(EventKind kind, Object reason, Object detail) {
        engine().events.tell(engine().time.now(), pid(), run(), kind, reason, detail);
    }

    final Life life() {
        return new Life(pid(), run());
    }

    /** Puts something into the mailbox that must not be lost; nothing for a loop agent. */
    final void notice(Object message) {
        engine().start(cell.notice(message));
    }
}
