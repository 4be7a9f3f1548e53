package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.runtime.core.Effects.Report;
import ai.terraphim.supervisor.runtime.core.Job.Goal;
import ai.terraphim.supervisor.runtime.core.Signal.Exited;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one supervisor, one life of it: from its boot to its end.
 *
 * <p>OTP's supervisor handles one message at a time and waits in between for children to start and
 * stop. This machine does the same without ever waiting. What it is busy with is its {@link Job}:
 * first stop some children from the last to the first, then start some from the first to the last,
 * then conclude. At most one child is <em>awaited</em>, but for the {@link PoolStop end of a pool}.
 * Outcomes of the awaited child drive the job; everything else waits in one queue, in the order of
 * arrival, until the job is concluded: exits, requests, and retries of failed restarts. Only a stop
 * of the supervisor itself jumps the queue.
 *
 * <p>A child of {@link StartMode#ASYNC} is started but not awaited: the job goes on, and the child
 * stays {@link Child.State#STARTING} until it is heard of. It may come up at any time; that its
 * start has failed waits in the queue as an exit does, and is handled as one. A job that is to stop
 * it meanwhile asks it to stop and awaits its end, be that of its start or of its run.
 *
 * <p>Identity is a child's record together with its run number. News of any other run is dropped
 * when its turn comes.
 *
 * <p>Not safe for several threads at once: whoever owns the machine calls {@link #on} for one
 * signal after the other.
 */
public final class SupervisorMachine {
    private static final Answer DONE = new Answer.Done();

    private final SupervisorId id;
    private final CurrentConfig config;
    private final Effects effects;
    private final Children children = new Children();
    private final Admission admission;
    private final Requests requests;
    private final Groups groups;
    private final Restarts restarts;
    private final Waits waits;
    private final Conditions conditions;
    private final StartDeadline startDeadline;
    private final Queue<Signal> queue = new ArrayDeque<>();

    private @Nullable Job job;
    private @Nullable Child awaited;

    /** Set while the job is to stop a pool: then many are awaited. */
    private @Nullable PoolStop poolStop;

    /**
     * Set when a stop arrived while a job was under way; the job yields as soon as its awaited
     * child permits.
     */
    private @Nullable ExitReason stopReason;

    private boolean booted;
    private long now;
    private boolean finished;

    /**
     * A machine that has not booted yet.
     *
     * @param id its place in the tree
     * @param config its configuration
     * @param restored children that were added to it in an earlier life of the JVM, in order
     * @param stopped the ids of those that were stopped by hand then, and stay down
     * @param left how children stood with their restarts then, by their ids
     * @param lastInstance the highest number that an instance of this pool ever had, 0 if none or
     *     no pool
     * @param effects carries out what it decides
     */
    public SupervisorMachine(
            SupervisorId id,
            SupervisorConfig config,
            List<ChildSpec> restored,
            Set<String> stopped,
            Map<String, Condition> left,
            long lastInstance,
            Effects effects) {
        this.id = id;
        this.config = new CurrentConfig(config);
        this.effects = effects;
        this.admission = new Admission(id, this.config, children, lastInstance);
        this.groups = new Groups(this.config, children);
        this.restarts = new Restarts(this.config, groups, effects);
        this.waits = new Waits(children, effects);
        this.conditions = new Conditions(this.config, children, restarts, waits, effects);
        this.requests = new Requests(this.config, children, admission, groups, conditions, effects);
        this.startDeadline = new StartDeadline(effects);
        if (!config.isPool()) {
            config.children().forEach(spec -> children.append(new Child(spec, false)));
        }
        restored.forEach(spec -> children.append(new Child(spec, true)));
        for (String childId : stopped) {
            Child child = children.find(childId);
            if (child != null) {
                child.stoppedByHand = true;
            }
        }
        left.forEach((childId, condition) -> {
            Child child = children.find(childId);
            if (child != null) {
                conditions.restore(child, condition);
            }
        });
    }

    /**
     * The first child in start order; readers on any thread walk on from there by {@link
     * Child#next}.
     */
    public @Nullable Child firstChild() {
        return children.first();
    }

    /** The child with an id, if there is one. Any thread. */
    public @Nullable Child child(String childId) {
        return children.find(childId);
    }

    /** How many children there are, of which sort. */
    public ChildCounts counts() {
        return admission.count();
    }

    /**
     * The highest number that an instance of this pool ever had, 0 if none or no pool. Any thread.
     */
    public long lastInstance() {
        return admission.lastInstance();
    }

    /** How many restarts the window holds. */
    public int restartsInPeriod() {
        return restarts.inPeriod(now);
    }

    /** Whether children that are down now are about to be started again by the job under way. */
    public boolean isRestarting() {
        return job != null
                && switch (job.goal) {
                    case RESTART, BACK_OFF, START -> true;
                    case BOOT, ADD, TERMINATE, REMOVE, REPORTED_EXIT, SHUT_DOWN -> false;
                };
    }

    /**
     * Looks for something among the children that the machine waits for. Any thread; exact for one
     * that is in a callback which is waited for, because the wait began before the callback did.
     *
     * @param <T> what is looked for
     * @param search gives null for a child that has it not
     * @return what was found, null if nothing
     */
    public <T> @Nullable T findAwaited(Function<Child, @Nullable T> search) {
        Child one = awaited;
        if (one != null) {
            return search.apply(one);
        }
        if (poolStop != null) {
            for (Child child = children.first(); child != null; child = child.next) {
                T found = search.apply(child);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /**
     * Takes one signal and carries on as far as possible without waiting.
     *
     * @param signal what happened
     * @param nowNanos the time, from a clock that never goes back
     */
    public void on(Signal signal, long nowNanos) {
        now = nowNanos;
        if (finished) {
            if (signal instanceof Signal.Requested(_, Object ticket)) {
                refuse(ticket, stopped());
            }
            return;
        }
        switch (signal) {
            case Signal.Boot _ -> {
                conditions.resume(now);
                begin(
                        new Job(Goal.BOOT, null, null, ExitReason.normal())
                                .start(children.first(), null));
            }
            case Signal.News news when isOver(news.child(), news.run()) -> {}
            case Signal.Started started -> onStarted(started);
            case Signal.StartFailed failed -> onStartFailed(failed);
            case Exited(Child child, long run, var reason, var causes)
                    when child.state() == Child.State.STARTING -> // abandoned in its init
                    onStartFailed(new Signal.StartFailed(child, run, reason, causes));
            case Exited exited -> onEnd(exited);
            case Signal.Overdue(Child child, long run) when isAwaited(child, run) ->
                    onOverdue(child);
            case Signal.StartPaused(Child child, long run) when isAwaitedStart(child, run) ->
                    startDeadline.pause(now);
            case Signal.StartResumed(Child child, long run) when isAwaitedStart(child, run) ->
                    startDeadline.resume(child, now);
            case Signal.WaitsOver _ -> onWaitsOver();
            case Signal.PoolOverdue _ when poolStop != null -> poolStop.overdue();
            case Signal.StopRequested(ExitReason reason) -> onStopRequested(reason);
            case Signal.Killed _ -> onKilled();
            case Signal.Requested _, Signal.Retry _, Signal.WaitOver _, Signal.Resumed _ ->
                    queue.add(signal);
            // of a timer that was dropped
            case Signal.Overdue _, Signal.PoolOverdue _ -> {}
            // of a start without a deadline here
            case Signal.StartPaused _, Signal.StartResumed _ -> {}
        }
        while (job == null && !finished) {
            if (stopReason != null) {
                begin(shutDown(stopReason, null));
                continue;
            }
            Signal next = queue.poll();
            if (next == null) {
                return;
            }
            handle(next);
        }
    }

    /** Handles what has waited for its turn. */
    private void handle(Signal signal) {
        switch (signal) {
            // consumed by a stop while it waited
            case Signal.News news when !news.equals(news.child().unhandledEnd) -> {}
            case Signal.Started(Child child, _, _) -> {
                conclude(child);
                rest(child);
            }
            case Signal.StartFailed(Child child, _, var reason, var causes) -> {
                conclude(child);
                effects.report(Report.START_ERROR, reason, child);
                onEndByItself(child, reason, causes, null);
            }
            case Exited(Child child, _, var reason, var causes) -> {
                conclude(child);
                onExit(child, reason, causes, null);
            }
            case Signal.Retry(Child child, var reason, var causes)
                    when child.state() == Child.State.RESTARTING ->
                    restart(child, reason, causes, null);
            case Signal.Requested(Request request, Object ticket) -> onRequest(request, ticket);
            case Signal.WaitOver(Child child, long due)
                    when (child.isWaiting() || child.isPutAside()) && child.record().due == due ->
                    comeBack(child);
            case Signal.WaitOver(Child child, long due)
                    when child.state() == Child.State.UP && child.record().due == due ->
                    conditions.review(child, now);
            case Signal.Resumed(Child child, long run)
                    when child.state() == Child.State.SUSPENDED && child.run == run ->
                    comeBack(child);
            // given up while it waited
            case Signal.Retry _, Signal.WaitOver _, Signal.Resumed _ -> {}
            case Signal.Boot _,
                    Signal.Overdue _,
                    Signal.StartPaused _,
                    Signal.StartResumed _,
                    Signal.WaitsOver _,
                    Signal.PoolOverdue _,
                    Signal.StopRequested _,
                    Signal.Killed _ ->
                    throw new IllegalStateException("never queued: " + signal);
        }
    }

    private void onRequest(Request request, Object ticket) {
        Job asked;
        try {
            asked = requests.take(request, ticket);
        } catch (SupervisionException refusal) {
            refuse(ticket, refusal);
            return;
        }
        if (asked != null) {
            begin(asked);
        }
    }

    // ---- exits and restarts
    // -------------------------------------------------------------------------------------

    /** Whether a run has ended already, so far as is known. */
    private static boolean isOver(Child child, long run) {
        return child.run != run
                || child.unhandledEnd != null
                || switch (child.state()) {
                    case STARTING, UP, STOPPING -> false;
                    case DOWN, RESTARTING, BACKOFF, SUSPENDED, PARKED, COOLING -> true;
                };
    }

    private void onEnd(Signal.News end) {
        Child child = end.child();
        child.unhandledEnd = end;
        Job current = job;
        if (current != null && child == awaited) {
            effects.cancelTimer();
            awaited = null;
            concludeStop(child, current);
            proceed();
        } else if (current != null && poolStop != null) {
            if (poolStop.exited(child)) {
                concludePoolStop(current, poolStop);
            }
        } else {
            queue.add(end);
        }
    }

    /** Takes note that a run is over, and tells it; returns its reason if it ended with one. */
    private @Nullable ExitReason conclude(Child child) {
        children.move(child, Child.State.DOWN);
        return child.takeEnd(effects);
    }

    /** A child has ended by itself. */
    private void onExit(
            Child child, ExitReason reason, List<String> causes, @Nullable Object ticket) {
        if (child.is(RestartType.PERMANENT) || !reason.isOrderly()) {
            effects.report(Report.CHILD_TERMINATED, reason, child);
        }
        onEndByItself(child, reason, causes, ticket);
    }

    private void onEndByItself(
            Child child, ExitReason reason, List<String> causes, @Nullable Object ticket) {
        if (isToRestart(child, reason)) {
            restart(child, reason, causes, ticket);
            return;
        }
        if (child.spec() instanceof AgentSpec agent && agent.removeFinished()) {
            remove(child);
        } else {
            rest(child);
        }
        reply(ticket, DONE);
        if (child.spec().significant() && isToEnd()) {
            effects.autoShutdown(child);
            begin(shutDown(ExitReason.shutdown(), null));
        }
    }

    private static boolean isToRestart(Child child, ExitReason reason) {
        return switch (child.spec().restart()) {
            case PERMANENT -> true;
            case TRANSIENT -> !reason.isOrderly();
            case TEMPORARY -> false;
        };
    }

    /** A child need not run. Its spec stays, unless it was to run once only. */
    private void rest(Child child) {
        if (child.is(RestartType.TEMPORARY) || config.get().isPool()) {
            remove(child);
        } else {
            effects.changed(child);
        }
    }

    /** Whether the end of a significant child, which is down by now, is that of the supervisor. */
    private boolean isToEnd() {
        return switch (config.get().autoShutdown()) {
            case NEVER -> false;
            case ANY_SIGNIFICANT -> true;
            case ALL_SIGNIFICANT -> !children.hasSignificantOnes();
        };
    }

    private void restart(
            Child child, ExitReason reason, List<String> causes, @Nullable Object ticket) {
        child.record().reason = reason;
        Verdict verdict = restarts.judge(child, reason, now);
        if (!(verdict instanceof Verdict.PutAside)) { // which is told when it is
            conditions.tell(child, now);
        }
        switch (verdict) {
            case Verdict.AtOnce _ -> {
                Job restart = applyStrategy(Goal.RESTART, child, reason, ticket);
                begin(groups.restart(restart, restart.subject()));
            }
            case Verdict.Later wait -> {
                Job backOff = applyStrategy(Goal.BACK_OFF, child, reason, ticket);
                backOff.wait = wait;
                begin(groups.stop(backOff, backOff.subject()));
            }
            case Verdict.PutAside aside -> putAside(child, aside, reason, ticket);
            case Verdict.GiveUp(var why) -> giveUp(child, why, reason, causes, ticket);
        }
    }

    /** Begins to apply the strategy to a child that has failed. */
    private Job applyStrategy(Goal goal, Child child, ExitReason reason, @Nullable Object ticket) {
        children.move(child, Child.State.RESTARTING);
        effects.changed(child);
        effects.restarting(child, reason);
        return new Job(goal, groups.rootOf(child), ticket, reason);
    }

    // ---- restarts that wait
    // -------------------------------------------------------------------------------------

    /** The group of a child that failed is down, and its restart waits. */
    private void await(Child root, Verdict.Later wait) {
        waits.begin(root, wait, now);
        groups.await(root);
    }

    private void onWaitsOver() {
        for (Child child; (child = waits.poll(now)) != null; ) {
            queue.add(new Signal.WaitOver(child, child.record().due));
        }
    }

    /** What a child waited for has come. */
    private void comeBack(Child child) {
        boolean isAlone = child.isPutAside();
        if (child.state() == Child.State.PARKED) {
            conditions.forgive(child);
        }
        waits.end(child);
        Job restart = new Job(Goal.RESTART, child, null, ExitReason.normal());
        begin(isAlone ? restart.start(child, child) : groups.restart(restart, child));
    }

    /** If the failure of a child that is put aside concerns others, they are restarted. */
    private void putAside(
            Child child, Verdict.PutAside aside, ExitReason reason, @Nullable Object ticket) {
        waits.putAside(child, aside, reason, now);
        conditions.tell(child, now);
        effects.putAside(child, reason, aside.why());
        effects.changed(child);
        if (groups.exist()) {
            begin(groups.restart(new Job(Goal.RESTART, child, ticket, reason), child));
        } else {
            reply(ticket, DONE);
        }
    }

    private void giveUp(
            Child child,
            String why,
            ExitReason reason,
            List<String> causes,
            @Nullable Object ticket) {
        effects.report(Report.SHUTDOWN, reason, child);
        children.move(child, Child.State.DOWN);
        conditions.forget(child); // what follows from it is this
        effects.changed(child);
        List<String> chain = new ArrayList<>();
        chain.add("%s gave up: %s".formatted(id, why));
        chain.add("%s/%s run %d: %s".formatted(id, child.spec().id(), child.run, reason));
        chain.addAll(causes);
        effects.gaveUp(List.copyOf(chain));
        Job job = shutDown(ExitReason.shutdown(), ticket);
        job.causes = chain;
        begin(job);
    }

    // ---- jobs
    // ---------------------------------------------------------------------------------------------------

    private void begin(Job next) {
        job = next;
        proceed();
    }

    /** Carries the job on until a child must be awaited, or it is done. */
    private void proceed() {
        Job current = job;
        if (current == null) {
            return;
        }
        if (stopReason != null && current.yieldsToStop()) {
            refuse(current.ticket, stopped());
            begin(shutDown(stopReason, null));
            return;
        }
        if (current.goal == Goal.SHUT_DOWN && config.get().isPool()) {
            stopPool(current);
            return;
        }
        for (Child child; (child = current.nextToStop()) != null; ) {
            if (!stopNow(child, current)) {
                return;
            }
        }
        for (Child child; (child = current.nextToStart(children)) != null; ) {
            if (isLeftOut(child, current)) {
                continue;
            }
            startNow(child, current);
            if (child.spec().start() == StartMode.SYNC) {
                awaited = child;
                startDeadline.begin(child, now);
                return;
            }
        }
        conclude(current);
    }

    private void startNow(Child child, Job current) {
        children.move(child, Child.State.STARTING);
        if (child.stoppedByHand) {
            child.stoppedByHand = false;
            effects.startedAgain(child);
        }
        child.restarted = current.goal == Goal.RESTART;
        if (child.isRecorded()) {
            child.record().starting();
        }
        child.run = effects.start(child);
        effects.changed(child);
    }

    /** The time for the start or the stop of the awaited child is over. */
    private void onOverdue(Child child) {
        if (!isAwaitedStart(child, child.run)) {
            effects.kill(child);
        } else if (startDeadline.isOver(now)) {
            effects.fail(child, startDeadline.reason());
        }
    }

    /** Stops a child, and says whether that is over already. */
    private boolean stopNow(Child child, Job current) {
        if (isLeftOut(child, current)) {
            return true;
        }
        if (child.isLive()) {
            children.move(child, Child.State.STOPPING);
            awaited = child;
            effects.changed(child);
            end(child, current);
            return false;
        }
        concludeStop(child, current); // down, or dead with its exit still in the queue
        return true;
    }

    private void end(Child child, Job current) {
        boolean isKilled = current.reason instanceof ExitReason.Kill;
        if (current.goal == Goal.REPORTED_EXIT && (isKilled || child.spec() instanceof AgentSpec)) {
            effects.fail(child, current.reason);
        } else { // a supervisor that failed, but is not killed, stops its own children in order
            askToStop(child, current);
        }
    }

    private void askToStop(Child child, Job current) {
        switch (child.spec().shutdown()) {
            case Shutdown.BrutalKill _ -> effects.kill(child);
            case Shutdown.Timeout(var time) -> {
                effects.stop(child, current.isAskedFor());
                effects.cancelTimer();
                effects.startTimer(new Signal.Overdue(child, child.run), time);
            }
            case Shutdown.Infinity _ -> effects.stop(child, current.isAskedFor());
        }
    }

    private void stopPool(Job current) {
        PoolStop stop =
                new PoolStop(children, config.get().children().getFirst().shutdown(), effects);
        poolStop = stop;
        if (stop.begin()) {
            concludePoolStop(current, stop);
        }
    }

    private void concludePoolStop(Job current, PoolStop stop) {
        effects.cancelTimer();
        stop.report();
        finish(current);
    }

    /**
     * A child whose turn it was to stop is down. Its real reason is looked at, and a temporary one
     * is forgotten.
     */
    private void concludeStop(Child child, Job current) {
        if (current.goal == Goal.REPORTED_EXIT) {
            child.unhandledEnd = null;
            children.move(child, Child.State.DOWN);
            effects.down(child, current.reason);
            return; // what becomes of it is decided when the job is concluded
        }
        ExitReason reason = conclude(child);
        if (reason != null && !child.isExpectedInStop(reason)) {
            effects.report(Report.SHUTDOWN_ERROR, reason, child);
        }
        if (current.goal != Goal.SHUT_DOWN && child.isRecorded()) {
            child.record().reason = null;
            conditions.tell(child, now);
        }
        if (child.is(RestartType.TEMPORARY) && current.forgetsTemporaryOnes()) {
            remove(child);
        } else {
            effects.changed(child);
        }
    }

    private void onStarted(Signal.Started started) {
        Child child = started.child();
        boolean stopping = child.state() == Child.State.STOPPING;
        if (child == awaited && !stopping) {
            awaited = null;
            effects.cancelTimer();
            settle(child, started.result());
            proceed();
        } else if (started.result() instanceof InitResult.Ignore) {
            onEnd(started);
        } else if (stopping) {
            stopAgain(child);
        } else {
            settle(child, started.result());
        }
    }

    /** A child has come up that was asked to stop in its start, and may not have heard it. */
    private void stopAgain(Child child) {
        if (poolStop != null) {
            poolStop.ask(child);
        } else if (job != null) {
            effects.cancelTimer();
            end(child, job);
        }
    }

    /** A start is over and has not failed. */
    private void settle(Child child, InitResult result) {
        switch (result) {
            case InitResult.Ok _ -> {
                children.move(child, Child.State.UP);
                if (child.isRecorded()) {
                    child.record().up(now);
                }
                effects.up(child, child.restarted);
                effects.changed(child);
                conditions.review(child, now);
            }
            case InitResult.Ignore _ -> {
                children.move(child, Child.State.DOWN);
                if (child.isRecorded()) {
                    child.record().reason = null;
                }
                effects.ignored(child);
                rest(child);
            }
        }
    }

    private void onStartFailed(Signal.StartFailed failed) {
        Child child = failed.child();
        if (child != awaited || child.state() == Child.State.STOPPING) {
            onEnd(failed);
            return;
        }
        ExitReason reason = failed.reason();
        Job current = job;
        awaited = null;
        effects.cancelTimer();
        effects.startFailed(child, reason);
        children.move(child, Child.State.DOWN);
        child.record().reason = reason;
        if (current == null) {
            return;
        }
        boolean requested = current.goal == Goal.ADD || current.goal == Goal.START;
        if (stopReason != null && !requested) {
            effects.changed(child);
            proceed();
            return;
        }
        switch (current.goal) {
            case BOOT -> {
                effects.report(Report.START_ERROR, reason, child);
                effects.changed(child);
                Job undo = shutDown(reason, null);
                undo.causes = causesOf(child, failed);
                begin(undo);
            }
            case RESTART -> {
                effects.report(Report.START_ERROR, reason, child);
                children.move(child, Child.State.RESTARTING);
                effects.changed(child);
                queue.add(new Signal.Retry(child, reason, failed.causes()));
                job = null;
                reply(current.ticket, DONE);
            }
            case ADD, START -> {
                job = null;
                if (current.goal == Goal.ADD || config.get().isPool()) {
                    remove(child);
                } else {
                    effects.changed(child);
                }
                refuse(
                        current.ticket,
                        stopReason != null
                                ? stopped()
                                : new ChildStartException(id.child(child.spec().id()), reason));
            }
            case BACK_OFF, TERMINATE, REMOVE, REPORTED_EXIT, SHUT_DOWN ->
                    throw new IllegalStateException("no start belongs to " + current.goal);
        }
    }

    private List<String> causesOf(Child child, Signal.StartFailed failed) {
        List<String> chain = new ArrayList<>();
        chain.add(
                "%s/%s run %d did not start: %s"
                        .formatted(id, child.spec().id(), child.run, failed.reason()));
        chain.addAll(failed.causes());
        return chain;
    }

    /** Has the rest of a group come back whose restart waited for a child that is gone. */
    private void restartWithout(Child root) {
        Job restart = new Job(Goal.RESTART, root, null, ExitReason.normal());
        begin(groups.restartWithout(restart, root));
    }

    private void conclude(Job done) {
        job = null;
        switch (done.goal) {
            case BOOT -> {
                booted = true;
                effects.booted();
            }
            case ADD, START -> reply(done.ticket, new Answer.Started(done.subject()));
            case RESTART -> reply(done.ticket, DONE);
            case BACK_OFF -> {
                reply(done.ticket, DONE);
                Child root = done.subject();
                if (children.find(root.spec().id()) == root) {
                    await(root, Objects.requireNonNull(done.wait));
                } else { // it has become temporary, and was forgotten with the others
                    restartWithout(root);
                }
            }
            case TERMINATE, REMOVE -> {
                if (done.goal == Goal.REMOVE) {
                    remove(done.subject());
                }
                reply(done.ticket, DONE);
                if (groups.waiting() == done.subject()) {
                    restartWithout(done.subject());
                }
            }
            case REPORTED_EXIT -> onExit(done.subject(), done.reason, List.of(), done.ticket);
            case SHUT_DOWN -> finish(done);
        }
    }

    // ---- the end
    // ------------------------------------------------------------------------------------------------

    private Job shutDown(ExitReason reason, @Nullable Object ticket) {
        return new Job(Goal.SHUT_DOWN, null, ticket, reason).stop(children.last(), null);
    }

    private void onStopRequested(ExitReason reason) {
        if (stopReason != null) {
            return;
        }
        stopReason = reason;
        if (awaited != null && awaited.state() == Child.State.STARTING) {
            askToStop(awaited, shutDown(reason, null));
        } // else nothing is awaited, or a stop, and the job yields when that is over
    }

    private void onKilled() {
        effects.cancelTimer();
        for (Child child = children.first(); child != null; child = child.next) {
            if (child.isLive() || child.state() == Child.State.STOPPING) {
                effects.orphan(child);
            }
        }
        if (job != null) {
            refuse(job.ticket, stopped());
        }
        booted = true;
        finish(new Job(Goal.SHUT_DOWN, null, null, ExitReason.kill()));
    }

    private void finish(Job done) {
        finished = true;
        job = null;
        reply(done.ticket, DONE); // whoever reported the exit that was one too many
        for (Signal waiting; (waiting = queue.poll()) != null; ) {
            if (waiting instanceof Signal.Requested(_, Object ticket)) {
                refuse(ticket, stopped());
            }
        }
        if (booted) {
            effects.ended(done.reason, done.causes);
        } else {
            effects.bootFailed(done.reason, done.causes);
        }
    }

    // ---- small things
    // -------------------------------------------------------------------------------------------

    /** Whether a job that is not about a child in particular passes it over. */
    private static boolean isLeftOut(Child child, Job current) {
        return switch (current.goal) {
            case BOOT -> child.stoppedByHand || child.isPutAside();
            case RESTART, BACK_OFF -> child.isPutAside() || child == current.leftOut;
            case ADD, START, TERMINATE, REMOVE, REPORTED_EXIT, SHUT_DOWN -> false;
        };
    }

    private boolean isAwaited(Child child, long run) {
        return child == awaited && child.run == run;
    }

    /** Whether a start is awaited, and not because it has been asked to stop. */
    private boolean isAwaitedStart(Child child, long run) {
        return isAwaited(child, run) && child.state() == Child.State.STARTING && stopReason == null;
    }

    private void remove(Child child) {
        children.move(child, Child.State.DOWN); // whatever it waited for concerns it no more
        conditions.forget(child);
        children.remove(child);
        effects.removed(child);
    }

    private void reply(@Nullable Object ticket, Answer answer) {
        if (ticket != null) {
            effects.reply(ticket, answer);
        }
    }

    private void refuse(@Nullable Object ticket, SupervisionException error) {
        if (ticket != null) {
            effects.refuse(ticket, error);
        }
    }

    private SupervisorStoppedException stopped() {
        return new SupervisorStoppedException(
                id + " is stopping or has stopped and takes no more requests");
    }
}
