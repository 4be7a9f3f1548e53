package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A small world in which {@link SupervisorMachine}s run whole trees of simulated agents: one
 * thread, and a clock that moves only when nothing else can happen. Everything that happens is a
 * step; a step runs to its end before the next one begins.
 *
 * <p>Three kinds of step: a supervisor handles one signal of its inbox, an agent runs one callback,
 * a timer fires. Which of the steps that could be next is next is the caller's choice, so that the
 * same tree can be driven through many schedules.
 */
final class Simulation {

    /** The steps run in the order in which they became possible. */
    static final IntUnaryOperator IN_ORDER = count -> 0;

    private static final int TOO_MANY_STEPS = 1_000_000;

    /** What is to happen at a time. Those of the same time happen in the order of their making. */
    record Timer(long dueNanos, long number, Runnable step) {}

    /** Sees what supervisors decide at the moment they decide it. */
    interface Monitor {
        void starts(SimulatedSupervisor supervisor, Child child);

        void stops(SimulatedSupervisor supervisor, Child child);

        void restarts(SimulatedSupervisor supervisor, Child child);

        void putAside(SimulatedSupervisor supervisor, Child child);

        void autoShutdown(SimulatedSupervisor supervisor, Child child);

        void respecified(SimulatedSupervisor supervisor);
    }

    private final IntUnaryOperator choice;
    private final @Nullable Monitor monitor;
    private final List<Runnable> ready = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(
                    Comparator.comparingLong(Timer::dueNanos).thenComparingLong(Timer::number));
    private final Map<String, Script> scripts = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, Long> lastInstances = new HashMap<>();
    private final Map<String, String> instances = new HashMap<>();
    private final Set<String> everStopped = new HashSet<>();
    private final Map<String, Instance> live = new HashMap<>();
    private final List<String> events = new ArrayList<>();
    private final List<String> reports = new ArrayList<>();
    private final Map<String, List<Runnable>> openDependencies = new HashMap<>();
    private final Map<String, Map<String, Condition>> kept = new HashMap<>();
    private final Set<String> lives = new HashSet<>();
    private long nowNanos;
    private long timersMade;

    /**
     * An empty world.
     *
     * @param choice given how many steps could be next, says which is, from 0
     * @param monitor sees the supervisors' decisions, or null
     */
    Simulation(IntUnaryOperator choice, @Nullable Monitor monitor) {
        this.choice = choice;
        this.monitor = monitor;
    }

    // ---- what is in it

    /** Binds a script to a path, unless the path has one. */
    void bind(String path, Script script) {
        scripts.putIfAbsent(path, script);
    }

    Script script(String path) {
        return scripts.getOrDefault(path, Script.OBEDIENT);
    }

    /** Begins to start a tree; {@link #runUntilQuiet} finishes that. */
    SimulatedSupervisor boot(SupervisorConfig config) {
        SimulatedSupervisor root = new SimulatedSupervisor(this, config.id(), null, null, config);
        root.start();
        return root;
    }

    /** What is kept over the end of the JVM of how a child stands with its restarts. */
    void keep(String supervisor, String id, Condition condition) {
        Map<String, Condition> of = kept.computeIfAbsent(supervisor, _ -> new HashMap<>());
        if (condition.equals(Condition.CLEAN)) {
            of.remove(id);
        } else {
            of.put(id, condition);
        }
    }

    /** What is kept of the children of a supervisor, by their ids. */
    Map<String, Condition> kept(String supervisor) {
        return Map.copyOf(kept.getOrDefault(supervisor, Map.of()));
    }

    /** What an earlier life of the JVM has left for the first life of a supervisor in this one. */
    Map<String, Condition> left(String supervisor) {
        return lives.add(supervisor) ? kept(supervisor) : Map.of();
    }

    /** The world after the JVM has been killed, and was down for a time. */
    Simulation afterAKill(Duration down) {
        Simulation next = new Simulation(choice, monitor);
        next.nowNanos = nowNanos + down.toNanos();
        next.scripts.putAll(scripts);
        next.attempts.putAll(attempts);
        kept.forEach(
                (supervisor, conditions) -> next.kept.put(supervisor, new HashMap<>(conditions)));
        return next;
    }

    int nextAttempt(String path) {
        return attempts.merge(path, 1, Integer::sum);
    }

    /** The number of the last instance of a pool in its earlier lives, 0 if there was none. */
    long lastInstance(String path) {
        return lastInstances.getOrDefault(path, 0L);
    }

    void rememberLastInstance(String path, long last) {
        lastInstances.put(path, last);
    }

    /** The id of the newest instance of a pool that a scenario calls so. */
    String instance(String name) {
        return instances.getOrDefault(name, "unknown");
    }

    void rememberInstance(String name, String id) {
        instances.put(name, id);
    }

    /** Whether no instance at the path was asked to stop before. */
    boolean isFirstStop(String path) {
        return everStopped.add(path);
    }

    /** The instance that exists at a path: running, starting or stopping. */
    @Nullable Instance live(String path) {
        return live.get(path);
    }

    void came(Instance instance) {
        live.put(instance.path, instance);
    }

    boolean isEmpty() {
        return live.isEmpty();
    }

    void went(Instance instance) {
        live.remove(instance.path, instance);
    }

    Optional<Monitor> monitor() {
        return Optional.ofNullable(monitor);
    }

    // ---- dependencies and chance

    void open(String dependency) {
        openDependencies.putIfAbsent(dependency, new ArrayList<>());
    }

    void close(String dependency) {
        List<Runnable> waiting = openDependencies.remove(dependency);
        if (waiting != null) {
            waiting.forEach(this::later);
        }
    }

    boolean isOpen(String dependency) {
        return openDependencies.containsKey(dependency);
    }

    void whenClosed(String dependency, Runnable step) {
        List<Runnable> waiting = openDependencies.get(dependency);
        if (waiting == null) {
            later(step);
        } else {
            waiting.add(step);
        }
    }

    /** A random number, at least 0 and less than 1. */
    double random() {
        return choice.applyAsInt(1_000) / 1_000.0;
    }

    // ---- what happened

    void event(String line) {
        events.add(line);
    }

    void report(String line) {
        reports.add(line);
    }

    /** What happened since it was last asked, in order of time. */
    List<String> takeEvents() {
        return take(events);
    }

    /** What the supervisors reported since it was last asked, in order of time. */
    List<String> takeReports() {
        return take(reports);
    }

    private static List<String> take(List<String> lines) {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    // ---- steps and time

    long nowNanos() {
        return nowNanos;
    }

    void later(Runnable step) {
        ready.add(step);
    }

    Timer after(Duration time, Runnable step) {
        Timer timer = new Timer(nowNanos + time.toNanos(), timersMade++, step);
        timers.add(timer);
        return timer;
    }

    void cancel(Timer timer) {
        timers.remove(timer);
    }

    /** Runs one step, or lets time pass until the next timer; says whether there was anything. */
    boolean step() {
        if (!ready.isEmpty()) {
            ready.remove(choice.applyAsInt(ready.size())).run();
            return true;
        }
        Timer timer = timers.poll();
        if (timer == null) {
            return false;
        }
        nowNanos = Math.max(nowNanos, timer.dueNanos());
        timer.step().run();
        return true;
    }

    /** Runs until nothing can happen any more without a push from outside. */
    void runUntilQuiet() {
        for (int steps = 0; step(); steps++) {
            if (steps == TOO_MANY_STEPS) {
                throw new AssertionError("still not quiet after " + steps + " steps");
            }
        }
    }

    /** Runs whatever happens within a time, and lets it pass. */
    void runFor(Duration time) {
        long until = nowNanos + time.toNanos();
        for (Timer next;
                !ready.isEmpty()
                        || ((next = timers.peek()) != null && next.dueNanos() <= until); ) {
            step();
        }
        nowNanos = until;
    }

    /** Lets time pass. Timers that fall due meanwhile fire late, but before anything else. */
    void advance(Duration time) {
        nowNanos += time.toNanos();
    }

    /** Makes the calls of a callback one after the other, then goes on. */
    void make(List<Script.Call> calls, Runnable then) {
        if (calls.isEmpty()) {
            then.run();
        } else {
            calls.getFirst().make(() -> make(calls.subList(1, calls.size()), then));
        }
    }
}
