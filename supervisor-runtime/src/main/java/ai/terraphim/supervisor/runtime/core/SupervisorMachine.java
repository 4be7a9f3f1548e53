package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ChildStateException.Conflict;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.runtime.core.Effects.Report;
import ai.terraphim.supervisor.runtime.core.Signal.Exited;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one supervisor, one life of it: from its boot to its end.
 *
 * <p>OTP's supervisor handles one message at a time and waits in between for children to start and
 * stop. This machine does the same without ever waiting. What it is busy with is its {@link Job}:
 * first stop some children from the last to the first, then start some from the first to the last,
 * then conclude. At most one child is <em>awaited</em>. Outcomes of the awaited child drive the
 * job; everything else waits in one queue, in the order of arrival, until the job is concluded:
 * exits, requests, and retries of failed restarts. Only a stop of the supervisor itself jumps the
 * queue.
 *
 * <p>Identity is a child's record together with its run number. News of any other run is dropped
 * when its turn comes.
 *
 * <p>Not safe for several threads at once: whoever owns the machine calls {@link #on} for one
 * signal after the other.
 */
public final class SupervisorMachine {
    private final SupervisorId id;
    private final SupervisorConfig config;
    private final Effects effects;
    private final Children children = new Children();
    private final RestartWindow window;
    private final Queue<Signal> queue = new ArrayDeque<>();

    private @Nullable Job job;
    private @Nullable Child awaited;

    /**
     * Set when a stop arrived while a job was under way; the job yields as soon as its awaited
     * child permits.
     */
    private @Nullable ExitReason stopReason;

    private boolean booted;
    private long now;
    private boolean finished;

    /** What a job is for, which is to say what happens at its end. */
    private enum Goal {
        /** Start all children; if one fails, stop the others and fail. */
        BOOT,
        /** Apply the strategy; if a start fails, try again later. */
        RESTART,
        /** Start a new child because somebody asked; if it fails, it was never there. */
        ADD,
        /**
         * Start one child because somebody asked, having stopped it if need be; if it fails, it
         * stays down.
         */
        START,
        /** Stop one child because somebody asked. */
        TERMINATE,
        /** Stop one child because somebody asked, and forget it. */
        REMOVE,
        /** End one child because somebody says it has failed, then act on that. */
        REPORTED_EXIT,
        /** Stop all children, then end. */
        SHUT_DOWN
    }

    /**
     * Children to stop, then children to start. Both ranges are closed; the cursors are null when a
     * range is done.
     */
    private static final class Job {
        final Goal goal;
        final @Nullable Child subject;
        final @Nullable Object ticket;
        final ExitReason reason;
        List<String> causes = List.of();
        @Nullable Child stopping;
        @Nullable Child stopUntil;
        @Nullable Child starting;
        @Nullable Child startUntil;
        boolean startAtFirst;

        Job(Goal goal, @Nullable Child subject, @Nullable Object ticket, ExitReason reason) {
            this.goal = goal;
            this.subject = subject;
            this.ticket = ticket;
            this.reason = reason;
        }

        Job stop(@Nullable Child from, @Nullable Child until) {
            stopping = from;
            stopUntil = until;
            return this;
        }

        Job start(@Nullable Child from, @Nullable Child until) {
            starting = from;
            startUntil = until;
            return this;
        }

        /**
         * Whether a stop of the supervisor cuts it short. What has been carried out is concluded
         * first, so that whoever asked for it learns the truth.
         */
        boolean yieldsToStop() {
            return switch (goal) {
                case SHUT_DOWN -> false;
                case BOOT, REPORTED_EXIT -> true;
                case RESTART, ADD, START, TERMINATE, REMOVE ->
                        stopping != null || starting != null || startAtFirst;
            };
        }
    }

    /**
     * A machine that has not booted yet.
     *
     * @param id its place in the tree
     * @param config its configuration
     * @param restored children that were added to it in an earlier life of the JVM, in order
     * @param effects carries out what it decides
     */
    public SupervisorMachine(
            SupervisorId id, SupervisorConfig config, List<ChildSpec> restored, Effects effects) {
        this.id = id;
        this.config = config;
        this.effects = effects;
        this.window = new RestartWindow(config.intensity());
        config.children().forEach(spec -> children.append(new Child(spec, false)));
        restored.forEach(spec -> children.append(new Child(spec, true)));
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

    /** How many children there are, those that are down included. */
    public int childCount() {
        return children.size();
    }

    /** How many restarts the window holds. */
    public int restartsInPeriod() {
        return window.count(now);
    }

    /** Whether children that are down now are about to be started again by the job under way. */
    public boolean isRestarting() {
        return job != null && (job.goal == Goal.RESTART || job.goal == Goal.START);
    }

    /** Whether the machine has ended; it ignores all further signals but refuses requests. */
    public boolean isFinished() {
        return finished;
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
            case Signal.Boot _ ->
                    begin(
                            new Job(Goal.BOOT, null, null, ExitReason.normal())
                                    .start(children.first(), null));
            case Signal.Started(Child child, long run, InitResult result)
                    when isAwaited(child, run) ->
                    onStarted(child, result);
            case Signal.StartFailed failed when isAwaited(failed.child(), failed.run()) ->
                    onStartFailed(failed);
            case Exited(Child child, long run, var reason, var causes)
                    when isAwaited(child, run)
                            && child.state == Child.State.STARTING -> // abandoned in its init
                    onStartFailed(new Signal.StartFailed(child, run, reason, causes));
            case Signal.ShutdownOverdue(Child child, long run) when isAwaited(child, run) ->
                    effects.kill(child);
            case Exited exited when isNews(exited) -> onExitArrived(exited);
            case Signal.StopRequested(ExitReason reason) -> onStopRequested(reason);
            case Signal.Killed _ -> onKilled();
            case Signal.Requested _, Signal.Retry _ -> queue.add(signal);
            // of a run that is over, or of a timer that was dropped
            case Signal.Started _, Signal.StartFailed _, Signal.ShutdownOverdue _, Exited _ -> {}
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
            case Exited exited when exited.equals(exited.child().unhandledExit) -> {
                conclude(exited.child(), exited.reason());
                onExit(exited.child(), exited.reason(), exited.causes(), null);
            }
            case Signal.Retry(Child child, var reason, var causes)
                    when child.state == Child.State.RESTARTING ->
                    restart(child, reason, causes, null);
            case Signal.Requested(Request request, Object ticket) -> onRequest(request, ticket);
            case Exited _, Signal.Retry _ -> {} // consumed by a stop, or given up, while it waited
            case Signal.Boot _,
                    Signal.Started _,
                    Signal.StartFailed _,
                    Signal.ShutdownOverdue _,
                    Signal.StopRequested _,
                    Signal.Killed _ ->
                    throw new IllegalStateException("never queued: " + signal);
        }
    }

    // ---- exits and restarts
    // -------------------------------------------------------------------------------------

    private boolean isNews(Exited exited) {
        Child child = exited.child();
        return child.run == exited.run()
                && child.unhandledExit == null
                && (child.state == Child.State.UP || child.state == Child.State.STOPPING);
    }

    private void onExitArrived(Exited exited) {
        Child child = exited.child();
        child.unhandledExit = exited;
        Job current = job;
        if (child == awaited && current != null) {
            effects.cancelTimer();
            awaited = null;
            concludeStop(child, current);
            proceed();
        } else {
            queue.add(exited);
        }
    }

    /** Takes note that the run of a child is over, and tells it. */
    private void conclude(Child child, ExitReason reason) {
        child.unhandledExit = null;
        child.state = Child.State.DOWN;
        effects.down(child, reason);
    }

    /** A child has ended by itself: the table of restart types. */
    private void onExit(
            Child child, ExitReason reason, List<String> causes, @Nullable Object ticket) {
        boolean orderly = reason.isOrderly();
        if (child.is(RestartType.PERMANENT) || !orderly) {
            effects.report(Report.CHILD_TERMINATED, reason, child);
        }
        switch (child.spec().restart()) {
            case PERMANENT -> restart(child, reason, causes, ticket);
            case TRANSIENT -> {
                if (orderly) {
                    effects.changed(child);
                    reply(ticket);
                } else {
                    restart(child, reason, causes, ticket);
                }
            }
            case TEMPORARY -> {
                remove(child);
                reply(ticket);
            }
        }
    }

    private void restart(
            Child child, ExitReason reason, List<String> causes, @Nullable Object ticket) {
        child.failure = reason;
        if (!window.admits(now)) {
            giveUp(child, reason, causes, ticket);
            return;
        }
        child.state = Child.State.RESTARTING;
        effects.changed(child);
        effects.restarting(child, reason);
        Job restart = new Job(Goal.RESTART, child, ticket, reason);
        begin(
                switch (config.strategy()) {
                    case ONE_FOR_ONE -> restart.start(child, child);
                    case REST_FOR_ONE -> restart.stop(children.last(), child).start(child, null);
                    case ONE_FOR_ALL -> {
                        // the first child may be temporary, and gone after the stop
                        restart.startAtFirst = true;
                        yield restart.stop(children.last(), null);
                    }
                });
    }

    private void giveUp(
            Child child, ExitReason reason, List<String> causes, @Nullable Object ticket) {
        effects.report(Report.SHUTDOWN, reason, child);
        child.state = Child.State.DOWN;
        effects.changed(child);
        List<String> chain = new ArrayList<>();
        chain.add(
                "%s gave up: more than %d restarts in %s"
                        .formatted(id, config.intensity().maxRestarts(), words(config)));
        chain.add("%s/%s run %d: %s".formatted(id, child.spec().id(), child.run, reason));
        chain.addAll(causes);
        effects.gaveUp(List.copyOf(chain));
        Job job = shutDown(ExitReason.shutdown(), ticket);
        job.causes = chain;
        begin(job);
    }

    private static String words(SupervisorConfig config) {
        return config.intensity().timeWindow().toString().substring(2).toLowerCase(Locale.ROOT);
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
        while (current.stopping != null) {
            Child child = current.stopping;
            current.stopping = child == current.stopUntil ? null : child.previous;
            if (!stopNow(child, current)) {
                return;
            }
        }
        if (current.startAtFirst) {
            current.startAtFirst = false;
            current.starting = children.first();
        }
        Child child = current.starting;
        if (child == null) {
            conclude(current);
            return;
        }
        current.starting = child == current.startUntil ? null : child.next;
        startNow(child);
    }

    private void startNow(Child child) {
        child.state = Child.State.STARTING;
        awaited = child;
        child.run = effects.start(child);
        effects.changed(child);
    }

    /** Stops a child, and says whether that is over already. */
    private boolean stopNow(Child child, Job current) {
        if (child.isActive()) {
            child.state = Child.State.STOPPING;
            awaited = child;
            effects.changed(child);
            if (current.goal == Goal.REPORTED_EXIT && child.spec() instanceof AgentSpec) {
                effects.fail(child, current.reason);
            } else { // a supervisor said to have failed still stops its own children in order
                askToStop(child, current.goal);
            }
            return false;
        }
        concludeStop(child, current); // down, or dead with its exit still in the queue
        return true;
    }

    private void askToStop(Child child, Goal goal) {
        boolean requested = goal == Goal.TERMINATE || goal == Goal.REMOVE || goal == Goal.START;
        switch (child.spec().shutdown()) {
            case Shutdown.BrutalKill _ -> effects.kill(child);
            case Shutdown.Timeout(var time) -> {
                effects.stop(child, requested);
                effects.startTimer(child, time);
            }
            case Shutdown.Infinity _ -> effects.stop(child, requested);
        }
    }

    /**
     * A child whose turn it was to stop is down. Its real reason is looked at, and a temporary one
     * is forgotten.
     */
    private void concludeStop(Child child, Job current) {
        Exited exited = child.unhandledExit;
        if (current.goal == Goal.REPORTED_EXIT) {
            conclude(child, current.reason);
            return; // what becomes of it is decided when the job is concluded
        }
        if (exited != null) {
            conclude(child, exited.reason());
            if (!isExpectedInStop(child, exited.reason())) {
                effects.report(Report.SHUTDOWN_ERROR, exited.reason(), child);
            }
        }
        child.state = Child.State.DOWN;
        if (current.goal != Goal.SHUT_DOWN) {
            child.failure = null;
        }
        if (child.is(RestartType.TEMPORARY) && forgetsTemporaryOnes(current.goal)) {
            remove(child);
        } else {
            effects.changed(child);
        }
    }

    /**
     * A group restart and a request to stop forget a temporary child; an end of the whole tree does
     * not, so it can resume.
     */
    private static boolean forgetsTemporaryOnes(Goal goal) {
        return goal == Goal.RESTART || goal == Goal.TERMINATE;
    }

    private static boolean isExpectedInStop(Child child, ExitReason reason) {
        return switch (reason) {
            case ExitReason.Kill _ -> child.spec().shutdown() instanceof Shutdown.BrutalKill;
            case ExitReason.Shutdown(var detail) when detail.isEmpty() ->
                    !(child.spec().shutdown() instanceof Shutdown.BrutalKill)
                            || !child.is(RestartType.PERMANENT);
            case ExitReason.SupervisorShutdown _ -> true;
            case ExitReason.Normal _, ExitReason.Shutdown _ -> !child.is(RestartType.PERMANENT);
            case ExitReason.Error _, ExitReason.Timeout _, ExitReason.Budget _ -> false;
        };
    }

    private void onStarted(Child child, InitResult result) {
        awaited = null;
        effects.cancelTimer();
        switch (result) {
            case InitResult.Ok _ -> {
                child.state = Child.State.UP;
                child.failure = null;
                effects.up(child, job != null && job.goal == Goal.RESTART);
                effects.changed(child);
            }
            case InitResult.Ignore _ -> {
                child.state = Child.State.DOWN;
                child.failure = null;
                effects.ignored(child);
                if (child.is(RestartType.TEMPORARY)) {
                    remove(child);
                } else {
                    effects.changed(child);
                }
            }
        }
        proceed();
    }

    private void onStartFailed(Signal.StartFailed failed) {
        Child child = failed.child();
        ExitReason reason = failed.reason();
        Job current = job;
        awaited = null;
        effects.cancelTimer();
        effects.startFailed(child, reason);
        child.state = Child.State.DOWN;
        child.failure = reason;
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
                child.state = Child.State.RESTARTING;
                effects.changed(child);
                queue.add(new Signal.Retry(child, reason, failed.causes()));
                job = null;
                reply(current.ticket);
            }
            case ADD, START -> {
                job = null;
                if (current.goal == Goal.ADD) {
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
            case TERMINATE, REMOVE, REPORTED_EXIT, SHUT_DOWN ->
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

    private void conclude(Job done) {
        job = null;
        switch (done.goal) {
            case BOOT -> {
                booted = true;
                effects.booted();
            }
            case RESTART, ADD, START, TERMINATE -> reply(done.ticket);
            case REMOVE -> {
                remove(subjectOf(done));
                reply(done.ticket);
            }
            case REPORTED_EXIT -> onExit(subjectOf(done), done.reason, List.of(), done.ticket);
            case SHUT_DOWN -> finish(done);
        }
    }

    private static Child subjectOf(Job job) {
        return Objects.requireNonNull(job.subject);
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
        if (awaited != null && awaited.state == Child.State.STARTING) {
            askToStop(awaited, Goal.SHUT_DOWN);
        } // else nothing is awaited, or a stop, and the job yields when that is over
    }

    private void onKilled() {
        effects.cancelTimer();
        for (Child child = children.first(); child != null; child = child.next) {
            boolean live =
                    child.state == Child.State.STARTING || child.state == Child.State.STOPPING;
            if (live || child.isActive()) {
                effects.orphan(child);
            }
        }
        Job gone =
                new Job(Goal.SHUT_DOWN, null, job == null ? null : job.ticket, ExitReason.kill());
        booted = true;
        finish(gone);
    }

    private void finish(Job done) {
        finished = true;
        job = null;
        refuse(done.ticket, stopped());
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

    // ---- requests
    // -----------------------------------------------------------------------------------------------

    private void onRequest(Request request, Object ticket) {
        switch (request) {
            case Request.StartChild(ChildSpec spec) -> startChild(spec, ticket);
            case Request.TerminateChild(String childId) -> {
                Child child = find(childId, ticket);
                if (child != null) {
                    begin(
                            new Job(Goal.TERMINATE, child, ticket, ExitReason.shutdown())
                                    .stop(child, child));
                }
            }
            case Request.RestartChild(String childId) -> {
                Child child = findDown(childId, ticket, "stop it first, or use restart");
                if (child != null) {
                    begin(
                            new Job(Goal.START, child, ticket, ExitReason.normal())
                                    .start(child, child));
                }
            }
            case Request.DeleteChild(String childId) -> {
                Child child = findDown(childId, ticket, "stop it first");
                if (child != null) {
                    remove(child);
                    reply(ticket);
                }
            }
            case Request.StopAgent(String childId) -> {
                Child child = find(childId, ticket);
                if (child != null) {
                    begin(
                            new Job(Goal.REMOVE, child, ticket, ExitReason.shutdown())
                                    .stop(child, child));
                }
            }
            case Request.RestartAgent(String childId) -> {
                Child child = find(childId, ticket);
                if (child != null) {
                    begin(
                            new Job(Goal.START, child, ticket, ExitReason.normal())
                                    .stop(child, child)
                                    .start(child, child));
                }
            }
            case Request.HandleAgentExit(String childId, long run, ExitReason reason) -> {
                Child child = find(childId, ticket);
                boolean isMeant =
                        run == Request.HandleAgentExit.CURRENT
                                || (child != null && run == child.run);
                if (child != null && child.isActive() && isMeant) {
                    begin(new Job(Goal.REPORTED_EXIT, child, ticket, reason).stop(child, child));
                } else if (child != null) {
                    reply(ticket); // that run has ended, and it is known
                }
            }
        }
    }

    private void startChild(ChildSpec spec, Object ticket) {
        Child present = children.find(spec.id());
        String path = id + "/" + spec.id();
        if (present != null) {
            boolean runs = present.state == Child.State.UP;
            refuse(
                    ticket,
                    new ChildStateException(
                            runs ? Conflict.ALREADY_STARTED : Conflict.ALREADY_PRESENT,
                            runs
                                    ? path
                                            + " runs already; stop and delete it first, or choose another id"
                                    : path
                                            + " is present but does not run; restart it, or delete it first"));
            return;
        }
        if (children.size() >= config.maxChildren()) {
            refuse(
                    ticket,
                    new LimitExceededException(
                            "%s has %d children, which is its max_children; delete some or raise it"
                                    .formatted(id, children.size())));
            return;
        }
        Child child = new Child(spec, true);
        children.append(child);
        effects.added(child);
        begin(new Job(Goal.ADD, child, ticket, ExitReason.normal()).start(child, child));
    }

    private @Nullable Child find(String childId, Object ticket) {
        Child child = children.find(childId);
        if (child == null) {
            refuse(
                    ticket,
                    new ChildNotFoundException(
                            "%s has no child '%s'; children() lists those it has"
                                    .formatted(id, childId)));
        }
        return child;
    }

    private @Nullable Child findDown(String childId, Object ticket, String remedy) {
        Child child = find(childId, ticket);
        if (child == null || child.state == Child.State.DOWN) {
            return child;
        }
        boolean restarting = child.state == Child.State.RESTARTING;
        refuse(
                ticket,
                new ChildStateException(
                        restarting ? Conflict.RESTARTING : Conflict.RUNNING,
                        "%s/%s %s; %s"
                                .formatted(
                                        id,
                                        childId,
                                        restarting ? "is restarting" : "is running",
                                        remedy)));
        return null;
    }

    // ---- small things
    // -------------------------------------------------------------------------------------------

    private boolean isAwaited(Child child, long run) {
        return child == awaited && child.run == run;
    }

    private void remove(Child child) {
        children.remove(child);
        effects.removed(child);
    }

    private void reply(@Nullable Object ticket) {
        if (ticket != null) {
            effects.reply(ticket);
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
