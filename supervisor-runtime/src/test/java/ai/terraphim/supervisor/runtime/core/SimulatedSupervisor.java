package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.conformance.Words;
import ai.terraphim.supervisor.runtime.core.Script.Outcome;
import ai.terraphim.supervisor.runtime.core.Script.Start;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One life of a supervisor: an inbox and the machine under test, whose effects it carries out. */
final class SimulatedSupervisor extends Instance implements Effects {
    private SupervisorConfig config;
    private final Queue<Signal> inbox = new ArrayDeque<>();
    private final SupervisorMachine machine;
    private boolean scheduled;
    private boolean booted;
    private Simulation.@Nullable Timer timer;
    private @Nullable Child failedInBoot;

    /** The scenario's names for the instances of a pool; a name is given before its instance is. */
    private final Queue<String> nextKeys = new ArrayDeque<>();

    private final Map<Child, String> keys = new HashMap<>();

    /** Where the answer to a request goes. */
    interface Ticket {
        void done(Answer answer);

        void refused(SupervisionException error);
    }

    SimulatedSupervisor(
            Simulation world,
            String path,
            @Nullable SimulatedSupervisor parent,
            @Nullable Child child,
            SupervisorConfig config) {
        super(world, path, parent, child);
        this.config = config;
        this.machine =
                new SupervisorMachine(
                        new SupervisorId(path),
                        config,
                        List.of(),
                        Set.of(),
                        world.left(path),
                        world.lastInstance(path),
                        this);
    }

    SupervisorConfig config() {
        return config;
    }

    boolean isPool() {
        return config.isPool();
    }

    /** Its first child in start order, or null. */
    @Nullable Child firstChild() {
        return machine.firstChild();
    }

    /** Its children in start order; a pool's sorted by name. */
    List<Child> children() {
        List<Child> children = new ArrayList<>();
        for (Child child = machine.firstChild(); child != null; child = child.next()) {
            children.add(child);
        }
        if (isPool()) {
            children.sort(Comparator.comparing(this::name));
        }
        return children;
    }

    ChildCounts counts() {
        return machine.counts();
    }

    @Nullable Child child(String id) {
        return children().stream()
                .filter(child -> child.spec().id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /** Names the instance that the next request of this kind is to start. */
    void nameNextInstance(String key) {
        nextKeys.add(key);
    }

    /** The id of the newest instance that was named so, in whatever life of the pool. */
    String idOfKey(String key) {
        return world.instance(path + "/" + key);
    }

    /** What the scenario calls a child. */
    String name(Child child) {
        return keys.getOrDefault(child, child.spec().id());
    }

    String path(Child child) {
        return path + "/" + name(child);
    }

    void tell(Signal signal) {
        inbox.add(signal);
        schedule();
    }

    private void schedule() {
        if (!scheduled && !inbox.isEmpty()) {
            scheduled = true;
            world.later(this::handleNext);
        }
    }

    private void handleNext() {
        scheduled = false;
        machine.on(inbox.remove(), world.nowNanos());
        schedule();
    }

    // ---- as a child

    @Override
    void start() {
        world.later(this::onStart);
    }

    private void onStart() {
        if (state() != State.NOT_YET) {
            return; // killed before it came to be
        }
        Start start = world.script(path).start(attempt);
        if (start.outcome() == Outcome.OK) {
            exists();
            world.event("init " + this);
            tell(new Signal.Boot());
            return;
        }
        world.event("start %s %s".formatted(this, start.outcome().name().toLowerCase(Locale.ROOT)));
        world.make(
                start.calls(),
                () -> {
                    if (start.outcome() == Outcome.IGNORE) {
                        ignored();
                    } else {
                        failedToStart(ExitReason.error("error"));
                    }
                });
    }

    @Override
    void stop() {
        end(new Signal.StopRequested(ExitReason.shutdown()));
    }

    @Override
    void kill() {
        end(new Signal.Killed());
    }

    @Override
    void orphan() {
        end(new Signal.StopRequested(ExitReason.kill()));
    }

    @Override
    void exit(ExitReason reason, Runnable then) {
        whenGone(then);
        end(
                reason instanceof ExitReason.Kill
                        ? new Signal.Killed()
                        : new Signal.StopRequested(reason));
    }

    private void end(Signal signal) {
        switch (state()) {
            case NOT_YET -> failedToStart(ExitReason.kill());
            case STARTING, UP -> tell(signal);
            case NOT_STARTED, GONE -> {}
        }
    }

    // ---- effects: carry out

    @Override
    public long start(Child child) {
        world.monitor().ifPresent(monitor -> monitor.starts(this, child));
        Instance instance =
                switch (child.spec()) {
                    case AgentSpec _ -> new SimulatedAgent(world, this, child);
                    case SupervisorConfig nested ->
                            new SimulatedSupervisor(world, path(child), this, child, nested);
                };
        child.handle(instance);
        instance.start();
        return instance.attempt;
    }

    /** The newest instance of a child that was started at least once. */
    static Instance instance(Child child) {
        return (Instance) Objects.requireNonNull(child.handle());
    }

    @Override
    public void stop(Child child, boolean requested) {
        world.monitor().ifPresent(monitor -> monitor.stops(this, child));
        instance(child).stop();
    }

    @Override
    public void kill(Child child) {
        instance(child).kill();
    }

    @Override
    public void admit(List<ChildSpec> specs) {}

    @Override
    public void fail(Child child, ExitReason reason) {
        instance(child).kill();
    }

    @Override
    public void orphan(Child child) {
        instance(child).orphan();
    }

    @Override
    public double random() {
        return world.random();
    }

    @Override
    public boolean isOpen(String dependency) {
        return world.isOpen(dependency);
    }

    @Override
    public void suspend(Child child, String dependency) {
        long run = child.run();
        world.whenClosed(dependency, () -> tell(new Signal.Resumed(child, run)));
    }

    @Override
    public void wakeAfter(Duration time) {
        world.after(time, () -> tell(new Signal.WaitsOver()));
    }

    @Override
    public void startTimer(Signal overdue, Duration after) {
        if (timer != null) {
            throw new AssertionError(this + " has a timer already");
        }
        timer = world.after(after, () -> tell(overdue));
    }

    @Override
    public void cancelTimer() {
        if (timer != null) {
            world.cancel(timer);
            timer = null;
        }
    }

    @Override
    public void reply(Object ticket, Answer answer) {
        ((Ticket) ticket).done(answer);
    }

    @Override
    public void refuse(Object ticket, SupervisionException error) {
        ((Ticket) ticket).refused(error);
    }

    // ---- effects: tell

    @Override
    public void booted() {
        booted = true;
        world.event("start " + this + " ok");
        world.make(
                world.script(path).start(attempt).calls(),
                () -> {
                    if (state() == State.STARTING) { // else it has ended in its own start
                        up();
                    }
                });
    }

    /** Whether its children have been started, though it may not be {@link State#UP} itself yet. */
    boolean isBooted() {
        return booted;
    }

    @Override
    public void bootFailed(ExitReason reason, List<String> causes) {
        ExitReason why =
                failedInBoot == null
                        ? reason
                        : ExitReason.error(
                                "child_failed:%s:%s"
                                        .formatted(name(failedInBoot), Words.of(reason)));
        world.event("start %s error %s".formatted(this, Words.of(why)));
        failedToStart(why);
    }

    @Override
    public void ended(ExitReason reason, List<String> causes) {
        world.rememberLastInstance(path, machine.lastInstance());
        gone(reason);
    }

    @Override
    public void report(Report report, ExitReason reason, Child child) {
        if (report == Report.START_ERROR && state() == State.STARTING) {
            failedInBoot = child;
        }
        report(report, name(child), report == Report.SHUTDOWN ? "max_intensity" : Words.of(reason));
    }

    @Override
    public void reportPoolStop(ExitReason reason, int count) {
        report(Report.SHUTDOWN_ERROR, "*" + count, Words.of(reason));
    }

    private void report(Report report, String child, String why) {
        world.report(
                "%s %s %s %s".formatted(path, report.name().toLowerCase(Locale.ROOT), child, why));
    }

    @Override
    public void changed(Child child) {}

    @Override
    public void respecified(SupervisorConfig changed) {
        config = changed;
        world.monitor().ifPresent(monitor -> monitor.respecified(this));
    }

    @Override
    public void added(Child child) {
        String key = nextKeys.poll();
        if (key != null) {
            keys.put(child, key);
            world.rememberInstance(path + "/" + key, child.spec().id());
        }
    }

    @Override
    public void removed(Child child) {}

    @Override
    public void stoppedByHand(Child child, boolean forGood) {}

    @Override
    public void startedAgain(Child child) {}

    @Override
    public void up(Child child, boolean restart) {}

    @Override
    public void ignored(Child child) {}

    @Override
    public void startFailed(Child child, ExitReason reason) {}

    @Override
    public void down(Child child, ExitReason reason) {}

    @Override
    public void restarting(Child child, ExitReason reason) {
        world.monitor().ifPresent(monitor -> monitor.restarts(this, child));
    }

    @Override
    public void backingOff(Child child, Duration time) {
        world.event("backoff %s %s".formatted(path(child), time));
    }

    @Override
    public void putAside(Child child, ExitReason reason, String why) {
        world.monitor().ifPresent(monitor -> monitor.putAside(this, child));
        world.event("%s %s".formatted(child.state().name().toLowerCase(Locale.ROOT), path(child)));
    }

    @Override
    public void stillPutAside(Child child, Condition.Aside aside) {
        world.event(
                "still %s %s"
                        .formatted(child.state().name().toLowerCase(Locale.ROOT), path(child)));
    }

    @Override
    public void conditionChanged(Child child, Condition condition) {
        world.keep(path, child.spec().id(), condition);
    }

    @Override
    public void gaveUp(List<String> causes) {}

    @Override
    public void autoShutdown(Child child) {
        world.monitor().ifPresent(monitor -> monitor.autoShutdown(this, child));
    }
}
