package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.core.Child;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the shell ties to a child over all its runs, and what was last published of it. Called by
 * the thread that drains the supervisor's mailbox; {@link #info} is for everybody.
 *
 * <p>There is one for each of a million agents, so a field more is four megabytes more: what can be
 * made from the child on demand is not kept.
 */
abstract sealed class ChildHandle permits AgentCell, NestedHandle {
    private static final AgentStatus STARTING = new AgentStatus.Starting();
    private static final AgentStatus RUNNING = new AgentStatus.Running();
    private static final AgentStatus STOPPING = new AgentStatus.Stopping();
    private static final AgentStatus STOPPED = new AgentStatus.Stopped();
    private static final AgentStatus RESTARTING = new AgentStatus.Restarting();
    private static final AgentStatus BACKOFF = new AgentStatus.Backoff();
    private static final long NEVER = Long.MIN_VALUE;

    /** What readers see, replaced as a whole so that nobody sees half of a change. */
    private record Published(
            AgentStatus status, long run, long startedAtNanos, @Nullable Past past) {}

    /** What a child that has never ended does not have. */
    private record Past(
            long restarts, @Nullable Instant lastRestart, @Nullable ExitReason lastExit) {
        static final Past NONE = new Past(0, null, null);
    }

    final SupervisorCell supervisor;
    final Child child;

    private volatile Published published;

    ChildHandle(SupervisorCell supervisor, Child child) {
        this.supervisor = supervisor;
        this.child = child;
        this.published = new Published(STOPPED, 0, NEVER, null);
    }

    static ChildHandle of(Child child) {
        if (child.handle() instanceof ChildHandle handle) {
            return handle;
        }
        throw new IllegalStateException(
                "child '" + child.spec().id() + "' was never introduced to the shell");
    }

    final AgentPid pid() {
        return supervisor.id().child(child.spec().id());
    }

    // ---- what is done to a child; each says what needs a thread now
    // ---------------------------------------------------

    /** Begins a run. */
    abstract Task start(long run);

    /** Asks it to stop. */
    abstract @Nullable Task stop(boolean byName);

    /** Interrupts it once if it was asked to stop; false if that must be tried again. */
    abstract boolean poke();

    /** Ends it by force. */
    abstract @Nullable Task kill();

    /** Ends it by force because it is said to have failed. */
    abstract @Nullable Task fail(ExitReason reason);

    /** Nobody waits for it any more: see {@code Effects.orphan}. */
    abstract @Nullable Task orphan();

    /** It is down, and nobody starts it by itself. */
    abstract void rest();

    /** Its next run is to follow another spec. */
    abstract void respecified();

    /** The number of its newest run, 0 if there was none in this life of its supervisor. */
    abstract long newestRun();

    /** What a run has beyond others; null if it is not the newest. */
    abstract @Nullable Extras extras(long run);

    /**
     * The agent whose callback the calling thread is in, if that is this child or one that it waits
     * for, and it is waited for.
     */
    abstract @Nullable AgentPid awaitedCaller();

    /** The dependency for which it waits though it is up; null if it does not. */
    abstract @Nullable String suspendedOn();

    /** When its newest checkpoint was saved. */
    abstract Optional<Instant> lastCheckpoint();

    /** For the history: from which checkpoint its run began, as what has the text. */
    abstract Object describeCheckpoint();

    // ---- what is published
    // -------------------------------------------------------------------------------------------

    SupervisedAgentInfo info() {
        Published now = published;
        Past past = now.past == null ? Past.NONE : now.past;
        String dependency = now.status.equals(RUNNING) ? suspendedOn() : null;
        return new SupervisedAgentInfo(
                pid(),
                child.spec() instanceof SupervisorConfig ? ChildKind.SUPERVISOR : ChildKind.AGENT,
                child.spec() instanceof AgentSpec spec ? spec.type() : "supervisor",
                dependency == null ? now.status : new AgentStatus.Suspended(dependency),
                now.run,
                past.restarts,
                now.startedAtNanos == NEVER
                        ? Optional.empty()
                        : Optional.of(Instant.ofEpochSecond(0, now.startedAtNanos)),
                Optional.ofNullable(past.lastRestart),
                Optional.ofNullable(past.lastExit),
                Optional.empty(),
                lastCheckpoint());
    }

    void up(Instant at, boolean restart) {
        Published before = published;
        Past past = before.past;
        if (restart) {
            past =
                    past == null
                            ? new Past(1, at, null)
                            : new Past(past.restarts + 1, at, past.lastExit);
        }
        long nanos = at.getEpochSecond() * 1_000_000_000L + at.getNano();
        published = new Published(RUNNING, child.run(), nanos, past);
    }

    /** Its run has ended, or did not begin; what it is now is published next. */
    void down(ExitReason reason) {
        Published before = published;
        Past past =
                before.past == null
                        ? new Past(0, null, reason)
                        : new Past(before.past.restarts, before.past.lastRestart, reason);
        published = new Published(before.status, before.run, before.startedAtNanos, past);
    }

    void publish() {
        Published before = published;
        AgentStatus status = status();
        if (!status.equals(before.status) || child.run() != before.run) {
            boolean up = status.equals(RUNNING) || status.equals(STOPPING);
            published =
                    new Published(
                            status, child.run(), up ? before.startedAtNanos : NEVER, before.past);
        }
    }

    private AgentStatus status() {
        ExitReason failure = child.failure();
        return switch (child.state()) {
            case DOWN -> failure == null ? STOPPED : new AgentStatus.Failed(failure);
            case STARTING -> STARTING;
            case UP -> RUNNING;
            case STOPPING -> STOPPING;
            case RESTARTING -> RESTARTING;
            case BACKOFF -> BACKOFF;
            case SUSPENDED -> new AgentStatus.Suspended(child.dependency());
            case PARKED -> new AgentStatus.Parked(Objects.requireNonNull(failure));
            case COOLING -> new AgentStatus.Cooling(Objects.requireNonNull(failure));
        };
    }
}
