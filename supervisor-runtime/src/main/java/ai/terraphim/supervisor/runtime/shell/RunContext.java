package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.ReplyTo;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What an agent sees of its run. One object with the run itself, for there may be a million. */
abstract class RunContext extends RunPhase implements AgentContext {
    final AgentCell cell;
    private final long run;

    private volatile boolean stopRequested;
    private volatile long stopDeadline = Long.MAX_VALUE;

    /** The question that is being handled. */
    private volatile @Nullable Ask inHand;

    /** The questions that will be answered later, as far as nobody has given up. */
    private volatile @Nullable Set<Ask> kept;

    RunContext(AgentCell cell, long run) {
        this.cell = cell;
        this.run = run;
    }

    final Engine engine() {
        return cell.supervisor.engine;
    }

    // ---- who and where
    // -----------------------------------------------------------------------------------------------

    @Override
    public final AgentPid pid() {
        return cell.pid();
    }

    @Override
    public final SupervisorId supervisorId() {
        return cell.supervisor.id();
    }

    @Override
    public final long run() {
        return run;
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

    final void requestStop(long deadlineNanos) {
        stopDeadline = deadlineNanos;
        stopRequested = true;
        Thread waiting = thread();
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /** Whether the supervisor has asked for a stop, as against a kill. */
    final boolean isStopping() {
        return stopRequested;
    }

    @Override
    public final boolean stopRequested() {
        return stopRequested || isFenced();
    }

    @Override
    public final Optional<Duration> stopTimeLeft() {
        if (!stopRequested || stopDeadline == Long.MAX_VALUE) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Math.max(0, stopDeadline - engine().time.nanoTime())));
    }

    /**
     * Whether waits end: always when killed, and on a stop unless the run is in its last calls,
     * which have time left.
     */
    private boolean isCancelled() {
        return isFenced() || (stopRequested && !isInLastCalls());
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
            long left = deadline - engine().time.nanoTime();
            if (left <= 0) {
                return;
            }
            engine().time.park(this, left);
        }
    }

    @Override
    public final boolean awaitStop(Duration duration) {
        long deadline = deadline(duration);
        while (!stopRequested()) {
            long left = deadline - engine().time.nanoTime();
            if (left <= 0) {
                return false;
            }
            if (Thread.currentThread().isInterrupted()) {
                return true; // by the agent itself; the flag stays for it to see
            }
            engine().time.park(this, left);
        }
        return true;
    }

    @Override
    public final <T> T await(CompletionStage<T> work, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<T> future = work.toCompletableFuture();
        long deadline = deadline(timeout);
        wakeWhenDone(future);
        while (!future.isDone()) {
            checkInterrupt();
            long left = deadline - engine().time.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("nothing for " + timeout);
            }
            engine().time.park(this, left);
        }
        return future.get();
    }

    private static void wakeWhenDone(CompletableFuture<?> future) {
        Thread waiter = Thread.currentThread();
        var _ = future.whenComplete((_, _) -> LockSupport.unpark(waiter));
    }

    private long deadline(Duration duration) {
        return engine().time.nanoTime() + Engine.nanos(duration);
    }

    // ---- state
    // -------------------------------------------------------------------------------------------------------

    @Override
    public final <S extends Record> Optional<S> restored(Class<S> type) {
        return cell.checkpoint().map(stored -> cell.bound().decode(stored.snapshot(), type));
    }

    @Override
    public final void checkpoint(Record state) throws InterruptedException {
        checkpoint(cell.bound().encode(state));
    }

    @Override
    public final void checkpoint(Snapshot state) throws InterruptedException {
        checkFence("save a checkpoint");
        AgentPid pid = pid();
        StoredCheckpoint checkpoint = new StoredCheckpoint(pid, run, engine().time.now(), state);
        CompletableFuture<Void> saved =
                engine().store.saveCheckpoint(checkpoint).toCompletableFuture();
        waitUnlessKilled(saved);
        try {
            saved.get();
        } catch (ExecutionException e) {
            StorageException error =
                    e.getCause() instanceof StorageException storage
                            ? storage
                            : new StorageException(
                                    true,
                                    "the checkpoint of " + pid + " was not saved",
                                    e.getCause());
            engine().events.checkpointFailed(engine().time.now(), pid, run, error);
            throw error;
        }
        cell.remember(checkpoint, this);
    }

    /**
     * Waits for work of the runtime's own, which a stop does not interrupt; an interrupt by others
     * is kept for later.
     */
    final void waitUnlessKilled(CompletableFuture<?> work) throws InterruptedException {
        if (work.isDone()) {
            return;
        }
        wakeWhenDone(work);
        boolean interrupted = false;
        while (!work.isDone()) {
            if (isFenced()) {
                throw new InterruptedException("killed");
            }
            interrupted |= Thread.interrupted();
            engine().time.park(this, Long.MAX_VALUE);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- messages
    // ----------------------------------------------------------------------------------------------------

    @Override
    public final void tell(AgentPid to, Object message) {
        checkFence("send a message");
        engine().tell(to, message);
    }

    @Override
    public final Object ask(AgentPid to, Object message) throws InterruptedException {
        return ask(to, message, engine().requestTimeout);
    }

    @Override
    public final Object ask(AgentPid to, Object message, Duration timeout)
            throws InterruptedException {
        checkFence("ask");
        checkInterrupt();
        Ask ask = engine().send(to, message);
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
        Ask ask = inHand;
        if (ask != null) {
            reply(ask, answer);
        }
    }

    @Override
    public final ReplyTo replyLater() {
        checkFence("reply");
        Ask ask = inHand;
        if (ask == null) {
            return _ -> {};
        }
        Set<Ask> later = kept;
        if (later == null) {
            later = ConcurrentHashMap.newKeySet();
            kept = later;
        }
        ask.keepIn(later);
        return answer -> reply(ask, answer);
    }

    private void reply(Ask ask, Object answer) {
        checkFence("reply");
        ask.answer(answer);
        ask.forget();
    }

    final void take(Ask ask) {
        inHand = ask;
    }

    /** The handler has returned from the question that it was given. */
    final void putDown(Ask ask) {
        inHand = null;
        if (!ask.isAnswered() && !ask.isKept()) {
            ask.unanswered(pid());
        }
    }

    /** The question in hand is not going to be answered. */
    final void dropInHand(ExitReason reason) {
        Ask ask = inHand;
        if (ask != null) {
            ask.dropped(pid(), run, reason);
        }
    }

    /** No question that this run has taken is going to be answered. */
    final void dropAsks(ExitReason reason) {
        dropInHand(reason);
        Set<Ask> later = kept;
        if (later != null) {
            later.forEach(ask -> ask.dropped(pid(), run, reason));
        }
    }

    final void checkFence(String what) {
        if (isOver()) {
            throw new FencedException(
                    "run %d of %s has ended and may not %s any more".formatted(run, pid(), what));
        }
    }

    @Override
    public final String toString() {
        return pid() + " run " + run;
    }
}
