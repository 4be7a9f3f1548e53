package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor knows of one child. Written only by its machine. The links run in start order
 * and are safe to walk by readers while the machine changes them: a removed child keeps its own
 * link, so a walk that stands on it goes on.
 */
public final class Child {

    /** Where a child stands, as its machine sees it. */
    public enum State {
        /** Not running, and not about to. */
        DOWN,
        /** Its start has been ordered. It may have ended since: see {@link #isLive}. */
        STARTING,
        /** Its start succeeded. It may have died since: see {@link #isActive}. */
        UP,
        /** Its stop has been ordered and is awaited. */
        STOPPING,
        /**
         * Its restart is being carried out, or has failed and waits in the queue to be tried again.
         */
        RESTARTING,
        /** It has failed, and its restart waits for a time. */
        BACKOFF,
        /** It has failed, and its restart waits for a dependency. */
        SUSPENDED,
        /** It has failed once too often and is put aside, perhaps for a time. */
        PARKED,
        /** It has failed once too often, is put aside for a time, and then tried. */
        COOLING
    }

    private volatile ChildSpec spec;
    private final boolean dynamic;

    /** Of the id, for a search to tell most others apart without looking further. */
    final int hash;

    private State state = State.DOWN;
    long run;

    /** Whether the newest start is a restart, as the strategy wanted it. */
    boolean restarted;

    /** Whether somebody has stopped it, and nobody has started it since. */
    boolean stoppedByHand;

    /** How the current run ended, from the arrival of that news until it is handled. */
    Signal.@Nullable News unhandledEnd;

    private @Nullable FailureRecord record;

    @Nullable Child previous;
    volatile @Nullable Child next;

    private @Nullable Object handle;

    Child(ChildSpec spec, boolean dynamic) {
        this.spec = spec;
        this.dynamic = dynamic;
        this.hash = spec.id().hashCode();
    }

    /** How the child is run. */
    public ChildSpec spec() {
        return spec;
    }

    /** Whether it was added to the running supervisor, as against being in its configuration. */
    public boolean isDynamic() {
        return dynamic;
    }

    /** Where it stands. */
    public State state() {
        return state;
    }

    /** The number of its newest start attempt, 0 if there was none. */
    public long run() {
        return run;
    }

    /** Whether a run of it is up that has not ended, so far as is known. */
    public boolean isActive() {
        return state == State.UP && unhandledEnd == null;
    }

    /** Whether it is active, or is starting and that has not ended, so far as is known. */
    boolean isLive() {
        return isActive() || (state == State.STARTING && unhandledEnd == null);
    }

    /** Why it failed last, if it has not come up since. */
    public @Nullable ExitReason failure() {
        FailureRecord known = record;
        return known == null ? null : known.reason;
    }

    /** The dependency that its restart waits for; empty if there is none. */
    public String dependency() {
        FailureRecord known = record;
        return known == null || state != State.SUSPENDED ? "" : known.dependency;
    }

    /** What it is remembered for. */
    FailureRecord record() {
        FailureRecord known = record;
        if (known == null) {
            known = new FailureRecord();
            record = known;
        }
        return known;
    }

    /** Whether there is something that it is remembered for. */
    boolean isRecorded() {
        return record != null;
    }

    /** It goes on with a clean record. */
    void forgive() {
        record = null;
    }

    /** Whether its restart is due and has to wait. */
    boolean isWaiting() {
        return state == State.BACKOFF || state == State.SUSPENDED;
    }

    /** Whether it has failed once too often and is left out of everything. */
    public boolean isPutAside() {
        return state == State.PARKED || state == State.COOLING;
    }

    /** The child after it in start order. */
    public @Nullable Child next() {
        return next;
    }

    /** What the shell has tied to this child. The machine never looks at it. */
    public @Nullable Object handle() {
        return handle;
    }

    /** Ties something of the shell's to this child. */
    public void handle(Object handle) {
        this.handle = handle;
    }

    /**
     * Takes the news of how the current run ended, if there is any, and tells it. Returns the
     * reason, null if there is none.
     */
    @Nullable ExitReason takeEnd(Effects effects) {
        Signal.News end = unhandledEnd;
        unhandledEnd = null;
        return switch (end) {
            case null -> null;
            case Signal.Started _ -> {
                effects.ignored(this);
                yield null;
            }
            case Signal.StartFailed(_, _, var reason, _) -> {
                effects.startFailed(this, reason);
                yield reason;
            }
            case Signal.Exited(_, _, var reason, _) -> {
                effects.down(this, reason);
                yield reason;
            }
        };
    }

    /** Takes the child to another state. Only {@link Children} does, which keeps count. */
    void state(State state) {
        this.state = state;
    }

    /** Replaces how the child is run, from its next start on. */
    void spec(ChildSpec spec) {
        this.spec = spec;
    }

    boolean is(RestartType type) {
        return spec.restart() == type;
    }

    /** Whether a stop that ends so is as it should be: anything else is reported. */
    boolean isExpectedInStop(ExitReason reason) {
        boolean brutally = spec.shutdown() instanceof Shutdown.BrutalKill;
        return switch (reason) {
            case ExitReason.Kill _ -> brutally;
            case ExitReason.Shutdown(var detail) when detail.isEmpty() ->
                    !brutally || !is(RestartType.PERMANENT);
            case ExitReason.SupervisorShutdown _ -> true;
            case ExitReason.Normal _, ExitReason.Shutdown _ -> !is(RestartType.PERMANENT);
            case ExitReason.Error _,
                    ExitReason.Timeout _,
                    ExitReason.Budget _,
                    ExitReason.Dependency _ ->
                    false;
        };
    }
}
