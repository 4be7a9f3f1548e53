package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.RestartEntry;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SupervisorStatus;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.runtime.core.Answer;
import ai.terraphim.supervisor.runtime.core.Child;
import ai.terraphim.supervisor.runtime.core.Condition;
import ai.terraphim.supervisor.runtime.core.Effects;
import ai.terraphim.supervisor.runtime.core.Request;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.core.SupervisorMachine;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One life of a supervisor: a mailbox, the machine it feeds, and the effects the machine asks for.
 * A virtual thread drains the mailbox while there is something in it; nothing else touches the
 * machine. What outsiders read is published as small immutable records.
 */
final class SupervisorCell implements Effects, Task {
    private static final int MAX_WAITING_REQUESTS = 10_000;

    /** How long a body that was asked to stop is left alone before it is interrupted. */
    private static final long POKE_AFTER_NANOS = Duration.ofMillis(250).toNanos();

    /** Says that an alarm has rung. */
    private static final Object RING = new Object();

    /** How many signals a thread handles before others get their turn on its carrier. */
    private static final int BATCH = 1_000;

    /**
     * Who is told of this supervisor's boot and end: its parent, or the runtime for the root. Says
     * who needs a thread because of that.
     */
    interface Owner {
        @Nullable Task booted();

        @Nullable Task bootFailed(ExitReason reason, List<String> causes);

        @Nullable Task ended(ExitReason reason, List<String> causes);
    }

    final Engine engine;
    private final SupervisorId id;
    private volatile SupervisorConfig config;
    private final Owner owner;
    private final Mailbox mailbox = new Mailbox();
    private final SupervisorMachine machine;
    private final AtomicInteger waitingRequests = new AtomicInteger();

    /** Rings when whoever is asked to stop has had its time. */
    private final Alarm overdueAlarm;

    /** What the machine is to be told then. */
    private @Nullable Signal overdue;

    /** Rings when whoever is asked to stop should have heard. */
    private final Alarm pokeAlarm;

    /** Rings when a child has waited long enough. */
    private final Alarm waitAlarm;

    /** The restarts that wait for a dependency. */
    private final Map<Child, Deferred> deferred = new HashMap<>();

    /** What the signal that is being handled has set going, and has no thread yet. */
    private @Nullable Task next;

    /** When the signal that is being handled was taken up; null until somebody wants to know. */
    private @Nullable Instant now;

    /** A parent is gone and has handed the run numbers over: nothing is started any more. */
    private volatile boolean orphaned;

    /** It is in an instance of a pool that is gone, so nothing will ever be at this place again. */
    private volatile boolean placeIsGone;

    /**
     * Set once the whole supervisor is coming to an end: then what its children leave behind is
     * kept.
     */
    private boolean leaving;

    private volatile AgentStatus state = new AgentStatus.Starting();
    private volatile int restartsInPeriod;
    private volatile long restartsCountedAt;
    private final RecentRestarts restarts = new RecentRestarts();

    SupervisorCell(Engine engine, SupervisorId id, SupervisorConfig config, Owner owner) {
        this.engine = engine;
        this.id = id;
        this.config = config;
        this.owner = owner;
        Runnable ring = () -> engine.start(put(RING));
        this.overdueAlarm = new Alarm(engine.time, ring);
        this.pokeAlarm = new Alarm(engine.time, ring);
        this.waitAlarm = new Alarm(engine.time, ring);
        List<ChildSpec> restored = engine.stored.added(id, config);
        this.machine =
                new SupervisorMachine(
                        id,
                        config,
                        restored,
                        engine.stored.stopped(id, config, restored),
                        engine.stored.conditions(id, config, restored),
                        engine.numbers.lastInstance(id),
                        this);
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            introduce(child);
        }
    }

    SupervisorId id() {
        return id;
    }

    /** Begins its life. */
    Task boot() {
        engine.supervisors.put(id.path(), this);
        mailbox.offer(new Signal.Boot(), Integer.MAX_VALUE);
        return this;
    }

    // ---- the mailbox
    // --------------------------------------------------------------------------------------------

    /** Puts a signal into the mailbox; says whether it needs a thread now. Any thread. */
    @Nullable Task offer(Signal signal) {
        return put(signal);
    }

    private @Nullable Task put(Object signal) {
        return mailbox.offer(signal, Integer.MAX_VALUE) == Mailbox.Offer.WAKE ? this : null;
    }

    /**
     * Puts a request into the mailbox, waits until it has been carried out, and returns what came
     * of it.
     */
    Object ask(Request request) {
        refuseIfAwaited();
        return submit(request)
                .await(engine.time, engine.requestTimeout.toNanos(), () -> request + " to " + id);
    }

    /** Refuses a request by an agent's callback that this supervisor waits for. */
    private void refuseIfAwaited() {
        AgentPid caller = awaitedCaller();
        if (caller != null) {
            throw new SupervisionException(
                    ErrorCategory.COMMUNICATION,
                    false,
                    "%s asks %s, which waits for %s to start or stop: the two would wait for each other; ask from run, handle or start"
                            .formatted(caller, id, caller));
        }
    }

    /** See {@link ChildHandle#awaitedCaller}. */
    @Nullable AgentPid awaitedCaller() {
        return machine.findAwaited(child -> ChildHandle.of(child).awaitedCaller());
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
        engine.start(offer(new Signal.Requested(request, reply)));
        return reply;
    }

    @Override
    public String threadName() {
        return id.path();
    }

    /** Handles signals. What the last of them has set going may have this thread afterwards. */
    @Override
    public @Nullable Task work() {
        try {
            int handled = 0;
            while (handled < BATCH) {
                for (Object signal;
                        handled < BATCH && (signal = mailbox.poll()) != null;
                        handled++) {
                    setGoing(null);
                    now = null;
                    if (signal == RING) {
                        alarmsRang();
                    } else {
                        on((Signal) signal);
                    }
                }
                restartsInPeriod = machine.restartsInPeriod();
                restartsCountedAt = engine.time.nanoTime();
                Task last = next;
                next = null;
                if (mailbox.rest()) {
                    return last;
                }
                engine.start(last);
            }
            return this;
        } catch (Throwable t) {
            failed(t);
            Task last = next;
            next = null;
            return last;
        }
    }

    private void on(Signal signal) {
        leaving |= signal instanceof Signal.StopRequested;
        machine.on(signal, engine.time.nanoTime());
    }

    private void alarmsRang() {
        if (pokeAlarm.hasRung() && !pokeAwaited()) {
            pokeAlarm.set(POKE_AFTER_NANOS);
        }
        Signal late = overdue;
        if (overdueAlarm.hasRung() && late != null) {
            on(late);
        }
        if (waitAlarm.hasRung()) {
            on(new Signal.WaitsOver());
        }
    }

    /** Interrupts those that were asked to stop; false if one must be interrupted later. */
    private boolean pokeAwaited() {
        boolean[] all = {true};
        machine.findAwaited(child -> {
            all[0] &= ChildHandle.of(child).poke();
            return null;
        });
        return all[0];
    }

    /** Lets a task have this thread when the signal has been handled, unless another one comes. */
    private void setGoing(@Nullable Task task) {
        if (next != null) {
            engine.start(next);
        }
        next = task;
    }

    /** When the signal that is being handled was taken up. */
    private Instant now() {
        Instant known = now;
        if (known == null) {
            known = engine.time.now();
            now = known;
        }
        return known;
    }

    /**
     * An error of ours, or of the JVM: this supervisor is of no use any more, and its parent must
     * know.
     */
    private void failed(Throwable error) {
        engine.log.error("the supervisor {} failed; its children are killed", id, error);
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            orphan(child);
        }
        ExitReason reason = ExitReason.error(error);
        ended(reason, List.of(id + " failed: " + reason));
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

    SupervisorConfig config() {
        return config;
    }

    List<RestartEntry> restartEntries() {
        return restarts.list();
    }

    /** The child with an id. */
    @Nullable ChildHandle child(String childId) {
        Child child = machine.child(childId);
        return child == null ? null : ChildHandle.of(child);
    }

    // ---- effects: carry out
    // -------------------------------------------------------------------------------------

    @Override
    public long start(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        boolean isFirst = child.run() == 0;
        long last = isFirst ? engine.numbers.lastRun(handle.pid()) : child.run();
        long run = last + 1;
        Task task = orphaned ? null : handle.start(run);
        if (orphaned) { // looked at again after the run can be seen: see orphaned()
            setGoing(offer(new Signal.StartFailed(child, run, ExitReason.kill(), List.of())));
            return run;
        }
        if (isFirst) {
            engine.numbers.goesOn(handle.pid(), last);
        }
        setGoing(task);
        return run;
    }

    @Override
    public void stop(Child child, boolean requested) {
        ChildHandle handle = ChildHandle.of(child);
        Task rested = handle.stop(requested);
        setGoing(rested);
        if (rested == null && handle instanceof AgentCell) {
            pokeAlarm.set(POKE_AFTER_NANOS);
        }
    }

    @Override
    public void kill(Child child) {
        setGoing(ChildHandle.of(child).kill());
    }

    @Override
    public void fail(Child child, ExitReason reason) {
        setGoing(ChildHandle.of(child).fail(reason));
    }

    @Override
    public void orphan(Child child) {
        setGoing(ChildHandle.of(child).orphan());
    }

    /**
     * The parent is gone, and its successor may start another life of this supervisor while this
     * one still stops its children. So no run is started here any more, and the numbers, also those
     * of a pool's instances, go on from the newest ones. Called by the parent's thread: either
     * {@link #start} sees the mark, or this sees the run.
     *
     * @param forGood whether nothing will be at this place again
     */
    void orphaned(boolean forGood) {
        placeIsGone = forGood;
        orphaned = true;
        rememberNumbers();
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            if (ChildHandle.of(child) instanceof NestedHandle nested) {
                nested.orphaned();
            }
        }
    }

    /** Whether the places of its children are never given again once it is gone. */
    boolean givesPlacesOnce() {
        return placeIsGone || config.isPool();
    }

    @Override
    public double random() {
        return engine.time.random();
    }

    @Override
    public boolean isOpen(String dependency) {
        return engine.guards.isOpen(dependency);
    }

    @Override
    public void suspend(Child child, String dependency) {
        Deferred restart =
                new Deferred(
                        this, child, engine.guards.guard(id.path(), child.spec().id(), dependency));
        Deferred before = deferred.put(child, restart);
        if (before != null) {
            before.cancel();
        }
        restart.begin();
    }

    @Override
    public void wakeAfter(Duration time) {
        waitAlarm.set(time.toNanos());
    }

    @Override
    public void startTimer(Signal overdue, Duration after) {
        this.overdue = overdue;
        overdueAlarm.set(after.toNanos());
    }

    @Override
    public void cancelTimer() {
        overdueAlarm.clear();
    }

    @Override
    public void reply(Object ticket, Answer answer) {
        waitingRequests.decrementAndGet();
        ((Reply) ticket)
                .answer(
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
        setGoing(owner.booted());
    }

    @Override
    public void bootFailed(ExitReason reason, List<String> causes) {
        leave(new AgentStatus.Failed(reason));
        setGoing(owner.bootFailed(reason, causes));
    }

    @Override
    public void ended(ExitReason reason, List<String> causes) {
        leave(causes.isEmpty() ? new AgentStatus.Stopped() : new AgentStatus.Failed(reason));
        setGoing(owner.ended(reason, causes));
    }

    private void leave(AgentStatus last) {
        state = last;
        overdueAlarm.close();
        pokeAlarm.close();
        waitAlarm.close();
        deferred.values().forEach(Deferred::cancel);
        engine.supervisors.remove(id.path(), this);
        rememberNumbers();
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            forget(ChildHandle.of(child));
        }
    }

    /** For the next life at this place. The root has none. */
    private void rememberNumbers() {
        if (config.isPool()) { // numbers of its instances are never given again, nor asked for
            engine.numbers.rememberInstance(id, machine.lastInstance());
        } else if (id.path().indexOf('/') >= 0) {
            engine.numbers.remember(id, machine.firstChild());
        }
        // Looked at afterwards: either this sees the mark, or the pool that is gone forgets it.
        if (placeIsGone) {
            engine.numbers.forget(new AgentPid(id.path()), true);
        }
    }

    // ---- effects: tell
    // ------------------------------------------------------------------------------------------

    private void introduce(Child child) {
        child.handle(
                switch (child.spec()) {
                    case AgentSpec _ -> new AgentCell(this, child);
                    case SupervisorConfig _ -> new NestedHandle(this, child);
                });
        if (child.handle() instanceof AgentCell) {
            engine.room.occupy();
        }
    }

    /** A child that was not there when the tree started. */
    private void introduceNew(Child child) {
        introduce(child);
        engine.handedOver.added(ChildHandle.of(child).pid(), child.spec());
    }

    private void forget(ChildHandle handle) {
        handle.rest();
        engine.forget(handle);
        if (config.isPool()) {
            engine.numbers.forget(handle.pid(), handle instanceof NestedHandle);
        }
    }

    @Override
    public void changed(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        if (!deferred.isEmpty() && child.state() != Child.State.SUSPENDED) {
            Deferred restart = deferred.remove(child);
            if (restart != null) {
                restart.cancel();
            }
        }
        boolean isDown = child.state() == Child.State.DOWN && !machine.isRestarting();
        if (isDown || child.isPutAside()) {
            handle.rest();
        }
        handle.publish();
    }

    @Override
    public void admit(List<ChildSpec> specs) {
        if (orphaned) { // its replacement would give the same pids
            throw new SupervisorStoppedException(id + " is being replaced; ask again");
        }
        engine.room.reserve(id, specs);
    }

    @Override
    public void stoppedByHand(Child child, boolean forGood) {
        AgentPid pid = ChildHandle.of(child).pid();
        engine.toBeSaved(
                pid,
                forGood && child.isDynamic()
                        ? deleteStored(pid)
                        : engine.store.saveStop(new StoredChild(id, child.spec())));
    }

    @Override
    public void startedAgain(Child child) {
        engine.store.deleteStop(ChildHandle.of(child).pid().path());
    }

    @Override
    public void added(Child child) {
        introduceNew(child);
        engine.room.cancel(child.spec());
        engine.toBeSaved(
                ChildHandle.of(child).pid(),
                engine.store.saveChild(new StoredChild(id, child.spec())));
    }

    @Override
    public void removed(Child child) {
        ChildHandle handle = ChildHandle.of(child);
        if (!config.isPool()) {
            engine.numbers.remember(handle.pid(), handle.newestRun());
        }
        forget(handle);
        engine.ladder.forgetAll(handle.pid());
        if (child.isDynamic() && !orphaned) { // else what is stored may be its successor's
            engine.toBeSaved(handle.pid(), deleteStored(handle.pid()));
        }
        tellEvent(handle.pid(), child.run(), EventKind.CHILD_DELETED, "", "");
    }

    private CompletionStage<Void> deleteStored(AgentPid pid) {
        String path = pid.path();
        return engine.conditions.forget(path, true, () -> engine.store.deleteChild(path));
    }

    @Override
    public void up(Child child, boolean restart) {
        ChildHandle handle = ChildHandle.of(child);
        handle.up(now(), restart);
        if (restart) {
            engine.restarts.increment();
        }
        tellEvent(
                handle.pid(),
                child.run(),
                restart ? EventKind.CHILD_RESTARTED : EventKind.CHILD_STARTED,
                "",
                handle.describeCheckpoint());
    }

    @Override
    public void ignored(Child child) {
        tellEvent(ChildHandle.of(child).pid(), child.run(), EventKind.CHILD_IGNORED, "", "");
    }

    @Override
    public void startFailed(Child child, ExitReason reason) {
        ChildHandle handle = ChildHandle.of(child);
        handle.down(reason);
        if (handle.newestRun() == child.run()) { // else it never began, and its number is free
            tellEvent(handle.pid(), child.run(), EventKind.CHILD_START_FAILED, reason, reason);
        }
    }

    @Override
    public void down(Child child, ExitReason reason) {
        ChildHandle handle = ChildHandle.of(child);
        handle.down(reason);
        if (handle instanceof NestedHandle
                && !leaving) { // its next life begins from its configuration (R40)
            String path = handle.pid().path();
            var _ =
                    engine.conditions.forget(
                            path, false, () -> engine.store.deleteChildrenBelow(path));
        }
        if (!reason.isOrderly()) {
            engine.crashes.increment();
        }
        tellEvent(handle.pid(), child.run(), EventKind.CHILD_EXITED, reason, reason);
    }

    @Override
    public void restarting(Child child, ExitReason reason) {
        restarts.add(
                new RestartEntry(
                        ChildHandle.of(child).pid(),
                        now(),
                        child.run(),
                        reason,
                        config.strategy()));
    }

    @Override
    public void backingOff(Child child, Duration time) {
        tellEvent(
                ChildHandle.of(child).pid(),
                child.run(),
                EventKind.CHILD_BACKOFF,
                String.valueOf(child.failure()),
                "restart in " + time.truncatedTo(ChronoUnit.MILLIS));
    }

    @Override
    public void putAside(Child child, ExitReason reason, String why) {
        tellEvent(
                ChildHandle.of(child).pid(),
                child.run(),
                child.state() == Child.State.COOLING
                        ? EventKind.CHILD_COOLING
                        : EventKind.CHILD_PARKED,
                why + ": " + reason,
                reason);
    }

    @Override
    public void stillPutAside(Child child, Condition.Aside aside) {
        ChildHandle handle = ChildHandle.of(child);
        handle.down(ExitReason.error(aside.why()));
        tellEvent(
                handle.pid(),
                engine.numbers.lastRun(handle.pid()),
                aside.cools() ? EventKind.CHILD_COOLING : EventKind.CHILD_PARKED,
                "still, since before the start: " + aside.why(),
                "");
    }

    @Override
    public void conditionChanged(Child child, Condition condition) {
        engine.conditions.save(new StoredChild(id, child.spec()), condition, () -> orphaned);
    }

    @Override
    public void gaveUp(List<String> causes) {
        leaving = true;
        engine.escalations.increment();
        engine.events.tell(
                now(),
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
                introduceNew(child);
                engine.room.cancel(child.spec());
            } else {
                ChildHandle.of(child).respecified();
            }
        }
    }

    @Override
    public void report(Report report, ExitReason reason, Child child) {
        if (report == Report.SHUTDOWN_ERROR) {
            tellEvent(
                    ChildHandle.of(child).pid(),
                    child.run(),
                    EventKind.CHILD_SHUTDOWN_ERROR,
                    reason,
                    reason);
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
        engine.log.debug("{} {} {} instances {}", id, Report.SHUTDOWN_ERROR, count, reason);
    }

    private void tellEvent(AgentPid pid, long run, EventKind kind, Object reason, Object detail) {
        engine.events.tell(now(), pid, run, kind, reason, detail);
    }
}
