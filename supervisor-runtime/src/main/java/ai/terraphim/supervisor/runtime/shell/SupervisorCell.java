package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.RestartEntry;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SupervisorStatus;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.runtime.core.Answer;
import ai.terraphim.supervisor.runtime.core.Child;
import ai.terraphim.supervisor.runtime.core.Effects;
import ai.terraphim.supervisor.runtime.core.Request;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.core.SupervisorMachine;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One life of a supervisor: a mailbox, the machine it feeds, and the effects the machine asks for.
 * A virtual thread drains the mailbox while there is something in it; nothing else touches the
 * machine. What outsiders read is published as small immutable records.
 */
final class SupervisorCell implements Effects {
    private static final int MAX_WAITING_REQUESTS = 10_000;
    private static final int MAX_RESTART_ENTRIES = 100;

    /** Who is told of this supervisor's boot and end: its parent, or the runtime for the root. */
    interface Owner {
        void booted();

        void bootFailed(ExitReason reason, List<String> causes);

        void ended(ExitReason reason, List<String> causes);
    }

    final Engine engine;
    private final SupervisorId id;
    private volatile SupervisorConfig config;
    private final @Nullable SupervisorCell parent;
    private final Owner owner;
    private final Mailbox mailbox = new Mailbox();
    private final SupervisorMachine machine;
    private final AtomicInteger waitingRequests = new AtomicInteger();

    private Time.@Nullable Timer timer;

    /**
     * Set once the whole supervisor is coming to an end: then what its children leave behind is
     * kept.
     */
    private boolean leaving;

    private volatile AgentStatus state = new AgentStatus.Starting();
    private volatile int restartsInPeriod;
    private volatile long restartsCountedAt;
    private volatile List<RestartEntry> restartEntries = List.of();

    SupervisorCell(
            Engine engine,
            SupervisorId id,
            SupervisorConfig config,
            @Nullable SupervisorCell parent,
            Owner owner) {
        this.engine = engine;
        this.id = id;
        this.config = config;
        this.parent = parent;
        this.owner = owner;
        this.machine =
                new SupervisorMachine(
                        id,
                        config,
                        engine.restoredChildren(id, config),
                        engine.lastInstance(id),
                        this);
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            introduce(child);
        }
    }

    SupervisorId id() {
        return id;
    }

    /** Begins its life. */
    void boot() {
        engine.supervisors.put(id.path(), this);
        mailbox.offer(new Signal.Boot(), Integer.MAX_VALUE);
        engine.startThread(id.path(), this::drain);
    }

    // ---- the mailbox
    // --------------------------------------------------------------------------------------------

    /** Puts a signal into the mailbox. Any thread. */
    void tell(Signal signal) {
        if (mailbox.offer(signal, Integer.MAX_VALUE) == Mailbox.Offer.WAKE) {
            engine.startThread(id.path(), this::drain);
        }
    }

    /**
     * Puts a request into the mailbox, waits until it has been carried out, and returns what came
     * of it.
     */
    Object ask(Request request) {
        AgentRun.checkNotFromOwnCallback(this);
        return submit(request)
                .await(engine.time, engine.requestTimeout.toNanos(), request + " to " + id);
    }

    /** Puts a request into the mailbox. Any thread. */
    Reply submit(Request request) {
        if (waitingRequests.incrementAndGet() > MAX_WAITING_REQUESTS) {
            waitingRequests.decrementAndGet();
            throw new LimitExceededException(
                    "%d requests wait for %s already; try later"
                            .formatted(MAX_WAITING_REQUESTS, id));
        }
        Reply reply = new Reply();
        tell(new Signal.Requested(request, reply));
        return reply;
    }

    private void drain() {
        try {
            do {
                for (Object signal; (signal = mailbox.poll()) != null; ) {
                    leaving |= signal instanceof Signal.StopRequested;
                    machine.on((Signal) signal, engine.time.nanoTime());
                }
                restartsInPeriod = machine.restartsInPeriod();
                restartsCountedAt = engine.time.nanoTime();
            } while (!mailbox.rest());
        } catch (Throwable t) {
            failed(t);
        }
    }

    /**
     * An error of ours, or of the JVM: this supervisor is of no use any more, and its parent must
     * know.
     */
    private void failed(Throwable error) {
        engine.log.error("the supervisor {} failed; its children are killed", id, error);
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            kill(child);
        }
        ExitReason reason = ExitReason.error(error);
        leave(new AgentStatus.Failed(reason));
        owner.ended(reason, List.of(id + " failed: " + reason));
    }

    // ---- what outsiders read
    // ------------------------------------------------------------------------------------

    SupervisorStatus status() {
        boolean over =
                engine.time.nanoTime() - restartsCountedAt
                        > config.intensity().timeWindow().toNanos();
        return new SupervisorStatus(
                id, state, config.policy(), over ? 0 : restartsInPeriod, children().size());
    }

    List<SupervisedAgentInfo> children() {
        List<SupervisedAgentInfo> infos = new ArrayList<>();
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            infos.add(engine.info(ChildHandle.of(child)));
        }
        return infos;
    }

    List<RestartEntry> restartEntries() {
        return restartEntries;
    }

    SupervisorConfig config() {
        return config;
    }

    boolean isBelowOrSame(SupervisorCell other) {
        for (SupervisorCell cell = this; cell != null; cell = cell.parent) {
            if (cell == other) {
                return true;
            }
        }
        return false;
    }

    // ---- effects: carry out
    // -------------------------------------------------------------------------------------

    @Override
    public long start(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        long run = engine.nextRun(handle.pid.path());
        switch (child.spec()) {
            case AgentSpec spec -> startAgent(handle, spec, run);
            case SupervisorConfig nested -> startNested(handle, nested, run);
        }
        return run;
    }

    private void startAgent(ChildHandle handle, AgentSpec spec, long run) {
        AgentCell agent = handle.agent;
        if (agent == null) {
            agent = new AgentCell(this, handle.child, handle.pid, spec);
            handle.agent = agent;
        }
        agent.start(run);
    }

    private void startNested(ChildHandle handle, SupervisorConfig nested, long run) {
        Child child = handle.child;
        SupervisorId nestedId = new SupervisorId(handle.pid.path());
        SupervisorCell cell =
                new SupervisorCell(
                        engine,
                        nestedId,
                        nested,
                        this,
                        new Owner() {
                            @Override
                            public void booted() {
                                tell(new Signal.Started(child, run, InitResult.ok()));
                            }

                            @Override
                            public void bootFailed(ExitReason reason, List<String> causes) {
                                tell(new Signal.StartFailed(child, run, reason, causes));
                            }

                            @Override
                            public void ended(ExitReason reason, List<String> causes) {
                                tell(new Signal.Exited(child, run, reason, causes));
                            }
                        });
        handle.nested = cell;
        cell.boot();
    }

    @Override
    public void stop(Child child, boolean requested) {
        ChildHandle handle = ChildHandle.of(child);
        if (handle.agent != null) {
            long deadline =
                    child.spec().shutdown() instanceof Shutdown.Timeout(Duration time)
                            ? engine.time.nanoTime() + time.toNanos()
                            : Long.MAX_VALUE;
            handle.agent.stop(deadline, requested);
        } else if (handle.nested != null) {
            handle.nested.tell(new Signal.StopRequested(ExitReason.shutdown()));
        }
    }

    @Override
    public void kill(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        if (handle.agent != null) {
            handle.agent.kill(ExitReason.kill());
        } else if (handle.nested != null) {
            handle.nested.tell(new Signal.Killed());
        }
    }

    @Override
    public void fail(Child child, ExitReason reason) {
        AgentCell agent = ChildHandle.of(child).agent;
        if (agent != null) {
            agent.kill(reason);
        }
    }

    @Override
    public void orphan(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        if (handle.agent != null) {
            handle.agent.kill(ExitReason.kill());
        } else if (handle.nested != null) {
            handle.nested.tell(new Signal.StopRequested(ExitReason.kill()));
        }
    }

    @Override
    public void startTimer(Signal overdue, Duration after) {
        timer = engine.time.schedule(() -> tell(overdue), after.toNanos());
    }

    @Override
    public void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    @Override
    public void reply(Object ticket, Answer answer) {
        waitingRequests.decrementAndGet();
        ((Reply) ticket)
                .done(
                        switch (answer) {
                            case Answer.Done _ -> answer;
                            case Answer.Started(Child child) -> ChildHandle.of(child);
                            case Answer.Counted(ChildCounts counts) -> counts;
                            case Answer.Listed _ -> children();
                        });
    }

    @Override
    public void refuse(Object ticket, SupervisionException error) {
        waitingRequests.decrementAndGet();
        ((Reply) ticket).failed(error);
    }

    @Override
    public void booted() {
        state = new AgentStatus.Running();
        owner.booted();
    }

    @Override
    public void bootFailed(ExitReason reason, List<String> causes) {
        leave(new AgentStatus.Failed(reason));
        owner.bootFailed(reason, causes);
    }

    @Override
    public void ended(ExitReason reason, List<String> causes) {
        leave(causes.isEmpty() ? new AgentStatus.Stopped() : new AgentStatus.Failed(reason));
        owner.ended(reason, causes);
    }

    private void leave(AgentStatus last) {
        state = last;
        cancelTimer();
        engine.supervisors.remove(id.path(), this);
        if (config.isPool()) {
            engine.rememberLastInstance(id, machine.lastInstance());
        }
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            forget(ChildHandle.of(child));
        }
    }

    // ---- effects: tell
    // ------------------------------------------------------------------------------------------

    private ChildHandle introduce(Child child) {
        ChildHandle handle = new ChildHandle(id.child(child.spec().id()), child);
        child.handle(handle);
        engine.children.put(handle.pid.path(), handle);
        return handle;
    }

    private void forget(ChildHandle handle) {
        if (handle.agent != null) {
            handle.agent.closeMailbox();
        }
        engine.forget(handle);
    }

    @Override
    public void changed(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        if (child.state() == Child.State.DOWN && handle.agent != null && !machine.isRestarting()) {
            handle.agent.closeMailbox();
        }
        handle.publish();
    }

    @Override
    public void added(Child child) {
        introduce(child).saved = engine.store.saveChild(new StoredChild(id, child.spec()));
    }

    @Override
    public void removed(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        forget(handle);
        if (child.isDynamic()) {
            engine.store.deleteChild(handle.pid.path());
        }
        tellEvent(handle.pid, child.run(), EventKind.CHILD_DELETED, "", "");
    }

    @Override
    public void up(Child child, boolean restart) {
        ChildHandle handle = ChildHandle.of(child);
        handle.up(engine.time.now(), restart);
        if (restart) {
            engine.restarts.increment();
        }
        tellEvent(
                handle.pid,
                child.run(),
                restart ? EventKind.CHILD_RESTARTED : EventKind.CHILD_STARTED,
                "",
                handle.agent == null ? "" : handle.agent.describeCheckpoint());
    }

    @Override
    public void ignored(Child child) {
        tellEvent(ChildHandle.of(child).pid, child.run(), EventKind.CHILD_IGNORED, "", "");
    }

    @Override
    public void startFailed(Child child, ExitReason reason) {
        ChildHandle handle = ChildHandle.of(child);
        handle.down(reason);
        tellEvent(
                handle.pid,
                child.run(),
                EventKind.CHILD_START_FAILED,
                reason.toString(),
                detail(reason));
    }

    @Override
    public void down(Child child, ExitReason reason) {
        ChildHandle handle = ChildHandle.of(child);
        handle.down(reason);
        if (handle.nested != null
                && !leaving) { // its next life begins from its configuration (R40)
            engine.store.deleteChildrenBelow(handle.pid.path());
        }
        if (!reason.isOrderly()) {
            engine.crashes.increment();
        }
        tellEvent(
                handle.pid, child.run(), EventKind.CHILD_EXITED, reason.toString(), detail(reason));
    }

    @Override
    public void restarting(Child child, ExitReason reason) {
        RestartEntry entry =
                new RestartEntry(
                        ChildHandle.of(child).pid,
                        engine.time.now(),
                        child.run(),
                        reason,
                        config.strategy());
        List<RestartEntry> known = restartEntries;
        List<RestartEntry> next =
                new ArrayList<>(
                        known.subList(known.size() < MAX_RESTART_ENTRIES ? 0 : 1, known.size()));
        next.add(entry);
        restartEntries = List.copyOf(next);
    }

    @Override
    public void gaveUp(List<String> causes) {
        leaving = true;
        engine.escalations.increment();
        engine.events.tell(
                engine.time.now(),
                id.path(),
                0,
                EventKind.SUPERVISOR_ESCALATED,
                causes.getFirst(),
                String.join("\n", causes));
    }

    @Override
    public void autoShutdown(Child child) {
        leaving = true;
        engine.events.tell(
                engine.time.now(),
                id.path(),
                0,
                EventKind.SUPERVISOR_AUTO_SHUTDOWN,
                "its significant child '%s' is done".formatted(child.spec().id()),
                "");
    }

    @Override
    public void respecified(SupervisorConfig changed) {
        config = changed;
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            if (child.handle() == null) {
                introduce(child);
            }
        }
    }

    @Override
    public void report(Report report, ExitReason reason, Child child) {
        if (report == Report.SHUTDOWN_ERROR) {
            tellEvent(
                    ChildHandle.of(child).pid,
                    child.run(),
                    EventKind.CHILD_SHUTDOWN_ERROR,
                    reason.toString(),
                    detail(reason));
        }
        engine.log.debug("{} {} {} {}", id, report, child.spec().id(), reason);
    }

    @Override
    public void reportPoolStop(ExitReason reason, int count) {
        engine.events.tell(
                engine.time.now(),
                id.path(),
                0,
                EventKind.CHILD_SHUTDOWN_ERROR,
                reason.toString(),
                "%d instances".formatted(count));
    }

    private void tellEvent(AgentPid pid, long run, EventKind kind, String reason, String detail) {
        engine.events.tell(engine.time.now(), pid.path(), run, kind, reason, detail);
    }

    private static String detail(ExitReason reason) {
        return reason instanceof ExitReason.Error(var failure) ? failure.stack() : "";
    }
}
