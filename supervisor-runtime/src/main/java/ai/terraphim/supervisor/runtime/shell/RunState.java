package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.config.BoundAgent;
import ai.terraphim.supervisor.runtime.observe.FlightEvent;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run begins from and what it saves: its checkpoints, and with them the messages that it is
 * to handle once. A part of the {@link RunContext}.
 */
abstract class RunState extends RunPhase implements AgentContext {
    private static final VarHandle EXTRAS;

    static {
        try {
            EXTRAS = MethodHandles.lookup().findVarHandle(RunState.class, "extras", Extras.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final AgentCell cell;
    private final long run;
    private volatile @Nullable Extras extras;

    RunState(AgentCell cell, long run) {
        this.cell = cell;
        this.run = run;
    }

    final Engine engine() {
        return cell.supervisor.engine;
    }

    @Override
    public final AgentPid pid() {
        return cell.pid();
    }

    @Override
    public final long run() {
        return run;
    }

    // ---- checkpoints
    // ------------------------------------------------------------------------------------------------

    @Override
    public final <S extends Record> Optional<S> restored(Class<S> type) {
        StoredCheckpoint own = savedHere();
        if (own != null) {
            return Optional.of(cell.bound().decode(own.snapshot(), type));
        }
        return Optional.ofNullable(begunFrom()).map(it -> it.as(type, cell.bound()));
    }

    /** What this run saved last; null if it has saved nothing yet. */
    private @Nullable StoredCheckpoint savedHere() {
        StoredCheckpoint newest = cell.checkpoint();
        return newest != null && newest.run() == run ? newest : null;
    }

    /** What this run saved last, or else began from; null if neither. */
    private @Nullable Snapshot lastState() {
        StoredCheckpoint own = savedHere();
        Restoration from = begunFrom();
        return own != null ? own.snapshot() : from == null ? null : from.snapshot();
    }

    /** What the run began from; null if from nothing. */
    abstract @Nullable Restoration begunFrom();

    /** The version of the layout of what this run saves. */
    abstract int stateVersion();

    @Override
    public final void checkpoint(Snapshot state) throws InterruptedException {
        checkpoint((Record) state);
    }

    @Override
    public final void checkpoint(Record state) throws InterruptedException {
        for (boolean saved = false; !saved; ) {
            awaitStore();
            try {
                saveNow(state);
                saved = true;
            } catch (StorageException e) {
                if (engine().storeGuard == null || !e.isRecoverable() || isInLastCalls()) {
                    throw e;
                }
            }
        }
    }

    /** Saves a state and waits for that, whatever the policy on a store that fails. */
    final void saveNow(Record state) throws InterruptedException {
        CompletableFuture<Void> saved = save(state, nextCheckpoint());
        waitUnlessKilled(saved);
        try {
            saved.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StorageException storage
                    ? storage
                    : new IllegalStateException(e.getCause());
        }
    }

    @Override
    public final CompletionStage<Void> checkpointAsync(Record state) {
        checkFence("save a checkpoint"); // first: runs that are over share their extras
        Extras kept = extras();
        kept.lastSave = nextCheckpoint();
        kept.saving = save(state, kept.lastSave);
        CompletableFuture<Void> told = new CompletableFuture<>();
        // What the agent attaches must not hold up the store.
        var _ =
                kept.saving.whenComplete((_, failure) ->
                        engine().startThread(
                                        "saved " + pid(),
                                        () -> {
                                            if (failure == null) {
                                                told.complete(null);
                                            } else {
                                                told.completeExceptionally(failure);
                                            }
                                        }));
        return told.minimalCompletionStage();
    }

    /**
     * The number of the next checkpoint: one more than that of the newest, or of one under way; two
     * more if this run has left the newest for an older one, which is then replaced by it.
     */
    private long nextCheckpoint() {
        Extras known = extras;
        long next = cell.nextCheckpoint() + (hasLeftNewest() ? 1 : 0);
        return Math.max(next, known == null ? 1 : known.lastSave + 1);
    }

    private boolean hasLeftNewest() {
        StoredCheckpoint newest = cell.checkpoint();
        if (newest == null || newest.run() == run) {
            return false;
        }
        Restoration from = begunFrom();
        return from == null || from.checkpoint().number() != newest.number();
    }

    /** Completes when the state is saved and remembered, or fails when that is told. */
    private CompletableFuture<Void> save(Record state, long number) {
        AgentPid pid = pid();
        BoundAgent bound = cell.bound();
        StoredCheckpoint checkpoint =
                new StoredCheckpoint(
                        pid,
                        number,
                        run,
                        engine().time.now(),
                        bound.encode(state, stateVersion()),
                        handled(),
                        bound.plugin());
        FlightEvent.Checkpoint recording = FlightEvent.Checkpoint.begun();
        engine().handedOver.saves(pid); // before the look at the fence, as below
        return engine().saves
                .make(
                        pid,
                        () -> {
                            checkFence("save a checkpoint");
                            return engine().store
                                    .saveCheckpoint(checkpoint)
                                    .handle((_, failure) -> ended(checkpoint, recording, failure));
                        });
    }

    private Void ended(
            StoredCheckpoint checkpoint,
            FlightEvent.Checkpoint recording,
            @Nullable Throwable failure) {
        recording.finish(pid(), run, failure == null);
        engine().saves.count(checkpoint, failure == null);
        if (failure != null) {
            StorageException error = storageError(failure);
            extras().storeFailed(checkpoint);
            engine().events.checkpointFailed(engine().time.now(), pid(), run, error);
            throw error;
        }
        cell.remember(checkpoint);
        return null;
    }

    /** The ids of the messages that are part of what is saved now, the last one last. */
    private List<String> handled() {
        Extras known = extras;
        List<String> ids = known == null ? List.of() : known.handled;
        Once handling = known == null ? null : known.handlingOnce;
        return handling == null || isInLastCalls() ? ids : with(ids, handling.id);
    }

    private static List<String> with(List<String> ids, String id) {
        int tooMany = Math.max(0, ids.size() + 1 - StoredCheckpoint.MAX_HANDLED);
        return Stream.concat(ids.stream().skip(tooMany), Stream.of(id)).toList();
    }

    /** Handles a message with an id unless that is done, and makes it durable that it is. */
    final void handleOnce(MessageAgent agent, Once message) throws Exception {
        Extras kept = extras();
        if (!kept.handled.contains(message.id)) {
            kept.handlingOnce = message;
            agent.handle(message.message, this);
            kept.handlingOnce = null;
            kept.handled = with(kept.handled, message.id);
        }
        try {
            if (kept.saving != null) {
                waitUnlessKilled(kept.saving);
            }
            if (!isSaved(message.id)) {
                checkpoint(stateAfter(agent, message));
            }
            message.done();
        } catch (StorageException e) {
            message.failed(
                    new AskFailedException(
                            true,
                            "%s handled message '%s', but could not save that: %s; %s"
                                    .formatted(pid(), message.id, e.getMessage(), message.again()),
                            null));
        }
    }

    /** Whether a message's id is known to be durable together with what the message did. */
    private boolean isSaved(String messageId) {
        StoredCheckpoint own = savedHere();
        if (own != null) {
            return own.handled().contains(messageId);
        }
        Restoration from = begunFrom();
        return from != null && from.checkpoint().handled().contains(messageId);
    }

    /** The agent's state now: as it gives it, or else as it last saved it, or tried to. */
    private Record stateAfter(SupervisedAgent agent, Once message) throws Exception {
        Optional<? extends Record> given = agent.stateToSave();
        StoredCheckpoint unsaved = extras().unsaved();
        Record state;
        if (given.isPresent()) {
            state = given.get();
        } else if (unsaved != null && unsaved.number() >= cell.nextCheckpoint()) {
            state = unsaved.snapshot();
        } else {
            state = lastState();
        }
        if (state == null) {
            throw new IllegalStateException(
                    "%s has no state to be saved with the id of message '%s'; override stateToSave, or call checkpoint in handle"
                            .formatted(pid(), message.id));
        }
        return state;
    }

    private StorageException storageError(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        return cause instanceof StorageException storage
                ? storage
                : new StorageException(
                        true, "the checkpoint of " + pid() + " was not saved", cause);
    }

    /** Whether this run has saved a checkpoint that is known to be durable. */
    final boolean hasSaved() {
        return savedHere() != null;
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

    /** Waits while the store fails, if that is the policy. */
    abstract void awaitStore() throws InterruptedException;

    static void wakeWhenDone(CompletableFuture<?> future) {
        Thread waiter = Thread.currentThread();
        var _ = future.whenComplete((_, _) -> LockSupport.unpark(waiter));
    }

    // ---- what only few runs have
    // -------------------------------------------------------------------------------------

    /** What this run has beyond others, made now if there was nothing. */
    final Extras extras() {
        Extras known = extras;
        if (known == null) {
            Extras made = new Extras();
            known = (Extras) EXTRAS.compareAndExchange(this, null, made);
            return known == null ? made : known;
        }
        return known;
    }

    final @Nullable Extras knownExtras() {
        return extras;
    }

    /** From now on there are none; gives those there were. */
    final @Nullable Extras closeExtras() {
        return (Extras) EXTRAS.getAndSet(this, Extras.CLOSED);
    }

    final void checkFence(String what) {
        if (isOver()) {
            throw fenced(what);
        }
    }

    final FencedException fenced(String what) {
        return new FencedException(
                "run %d of %s has ended and may not %s any more".formatted(run, pid(), what));
    }

    @Override
    public final String toString() {
        return pid() + " run " + run;
    }
}
