package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.RestartEntry;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Hears what a tree tells and sees what its agents do, and checks what must hold in every history.
 *
 * <p>A supervisor that is killed tells nothing of its children any more (R48). Agents among them
 * are killed; supervisors stop their own children, which are told of, while the next life may
 * already start others at the same places. Such runs are <em>left behind</em>.
 */
final class TreeWitness {
    /** The reason a supervisor's own stop gives; faults give others, to tell them apart. */
    private static final String STOPPED = "shutdown";

    private static final String KILLED = "killed";

    private final RandomSpecs specs;

    /** Whether nobody asks for what would change orders and what is up. */
    private boolean isLeftAlone;

    private @Nullable String violation;

    /** The newest run of which anything was seen, by path. */
    private final Map<String, Long> newest = new HashMap<>();

    /** Runs that have begun, as path and number. */
    private final Set<String> begun = new HashSet<>();

    /** How the runs ended of which an end was told, by path and number. */
    private final Map<String, SupervisionEvent> ends = new HashMap<>();

    /** Which run is up, by path, as far as was told. */
    private final Map<String, Long> up = new HashMap<>();

    /** The newest run that may have been left behind, by path. */
    private final Map<String, Long> leftBehind = new HashMap<>();

    /** Below which runs were left behind, once for each time. */
    private final List<String> killed = new ArrayList<>();

    /** Runs that were left behind, and stop in order. */
    private final Set<String> orphans = new HashSet<>();

    private final Set<String> mayBeKilled = new HashSet<>();

    private final Map<String, SupervisionEvent> last = new HashMap<>();

    /** What the intensity of a supervisor was, at most, over all changes. */
    private final Map<String, RestartIntensity> lenient = new HashMap<>();

    private final Set<String> supervisors;

    TreeWitness(RandomSpecs specs, boolean isLeftAlone) {
        this.specs = specs;
        this.isLeftAlone = isLeftAlone;
        this.supervisors = new TreeSet<>(specs.paths(true));
    }

    /** Where there is a supervisor, or was one. */
    List<String> supervisors() {
        return List.copyOf(supervisors);
    }

    /**
     * Notes what does not hold; the test's own thread throws it, for an agent that threw would only
     * crash.
     */
    void check(boolean holds, String what) {
        if (!holds && violation == null) {
            violation = what;
        }
    }

    Optional<String> violation() {
        return Optional.ofNullable(violation);
    }

    static String run(String path, long run) {
        return path + "#" + run;
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    // ---- what is told

    void on(SupervisionEvent event) {
        String path = event.path();
        switch (event.kind()) {
            case CHILD_STARTED -> {
                cameUp(event);
                checkNoneAfterIsUp(event, "came up"); // at a boot, as nobody asked for it
            }
            case CHILD_RESTARTED -> {
                cameUp(event);
                if (specs.supervisorAt(parent(path)).strategy() != RestartStrategy.ONE_FOR_ONE) {
                    checkNoneAfterIsUp(event, "came up again");
                }
            }
            case CHILD_EXITED -> {
                ended(event);
                if (event.reason().equals(STOPPED)
                        && !specs.isSupervisor(path)) { // one that gives up says so, too
                    checkNoneAfterIsUp(event, "was stopped");
                }
            }
            case CHILD_START_FAILED, CHILD_IGNORED -> ended(event);
            case CHILD_DELETED -> {
                if (isLeftAlone && specs.supervisorAt(parent(path)).isPool()) {
                    check(mayBeDown(path), path + " has left its pool for no reason");
                }
            }
            default -> {}
        }
    }

    private void cameUp(SupervisionEvent event) {
        String path = event.path();
        newest.merge(path, event.run(), Math::max);
        if (specs.isSupervisor(path)) {
            supervisors.add(path);
        }
        long run = event.run();
        Long other = up.put(path, run);
        if (other != null) { // one of the two was left behind
            check(
                    isLeftBehind(path, Math.min(other, run)),
                    run(path, run) + " came up beside run " + other);
            orphans.add(run(path, Math.min(other, run)));
            up.put(path, Math.max(other, run));
        }
    }

    private void ended(SupervisionEvent event) {
        String path = event.path();
        newest.merge(path, event.run(), Math::max);
        last.merge(path, event, (old, it) -> old.run() > it.run() ? old : it);
        ends.put(run(path, event.run()), event);
        boolean isOld = up.getOrDefault(path, 0L) > event.run();
        if (!up.remove(path, event.run())) {
            orphans.remove(run(path, event.run()));
        }
        if (specs.isSupervisor(path) && mayHaveBeenKilled(event)) {
            leaveBehind(path, isOld);
        }
    }

    /** One that was reported to have failed is told of with that reason, however it was ended. */
    private boolean mayHaveBeenKilled(SupervisionEvent event) {
        return event.reason().equals(KILLED)
                || (!event.reason().equals(STOPPED)
                        && !(specs.supervisorAt(event.path()).shutdown()
                                instanceof Shutdown.Infinity));
    }

    private void leaveBehind(String path, boolean isOld) {
        orphans.removeIf(run -> parent(run).equals(path));
        if (isOld) {
            return; // its own end was that of a run left behind
        }
        String below = path + "/";
        newest.keySet().stream()
                .filter(at -> at.startsWith(below))
                .forEach(at -> leftBehind.put(at, newestLeftBehind(at, newest.get(at)) + 1));
        killed.add(below);
        up.entrySet()
                .removeIf(entry -> {
                    boolean isBelow = entry.getKey().startsWith(below);
                    if (isBelow && !parent(entry.getKey()).equals(path)) {
                        orphans.add(run(entry.getKey(), entry.getValue()));
                    }
                    return isBelow;
                });
    }

    private void checkNoneAfterIsUp(SupervisionEvent event, String what) {
        String path = event.path();
        String parent = parent(path);
        if (parent.isEmpty()
                || !isLeftAlone
                || isLeftBehind(path, event.run())
                || specs.at(path).orElseThrow().start() == StartMode.ASYNC) {
            return;
        }
        SupervisorConfig config = specs.supervisorAt(parent);
        boolean after = config.isPool();
        for (var sibling : config.children()) {
            String at = parent + "/" + sibling.id();
            Long run = up.get(at);
            check(
                    !after || run == null || isLeftBehind(at, run),
                    path + " " + what + " while " + at + " was up");
            after |= at.equals(path);
        }
    }

    // ---- what agents do

    /** Said before an agent takes a step. */
    void step(String path, long run, Step step) {
        String here = run(path, run) + " takes the step " + step;
        long newestRun = newest.merge(path, run, Math::max);
        check(step != Step.INIT || begun.add(run(path, run)), here + " for the second time");
        if (run < newestRun) {
            check(isOver(path, run), here + " beside run " + newestRun);
        } else if (step == Step.INIT && run > 1) {
            check(isOver(path, run - 1), here + " before the last run has ended");
        }
    }

    // ---- what is known

    boolean isLeftBehind(String path, long run) {
        return run <= newestLeftBehind(path, 0);
    }

    /** At each kill one more run may just have begun, of which nothing was seen yet. */
    private long newestLeftBehind(String path, long atLeast) {
        Long known = leftBehind.get(path);
        return Math.max(
                atLeast, known != null ? known : killed.stream().filter(path::startsWith).count());
    }

    boolean isOver(String path, long run) {
        return ends.containsKey(run(path, run)) || isLeftBehind(path, run);
    }

    /** How a run ended, if that was told. */
    Optional<SupervisionEvent> end(String path, long run) {
        return Optional.ofNullable(ends.get(run(path, run)));
    }

    boolean isUp(String path) {
        return up.containsKey(path);
    }

    /** The run that is up, 0 if none is. */
    long runUp(String path) {
        return up.getOrDefault(path, 0L);
    }

    long newestRun(String path) {
        return newest.getOrDefault(path, 0L);
    }

    @Nullable SupervisionEvent last(String path) {
        return last.get(path);
    }

    static boolean isOrderly(String reason) {
        return reason.equals("normal") || reason.startsWith(STOPPED);
    }

    /** Whether a child that nobody has stopped need not be up. */
    boolean mayBeDown(String path) {
        SupervisionEvent why = last.get(path);
        if (why == null) {
            return false;
        }
        ChildSpec spec = specs.at(path).orElseThrow();
        if (why.kind() == EventKind.CHILD_IGNORED) {
            return true;
        }
        if (why.kind() == EventKind.CHILD_START_FAILED && spec.start() == StartMode.SYNC) {
            boolean wasAskedFor = specs.supervisorAt(parent(path)).isPool() && why.run() == 1;
            return wasAskedFor;
        }
        return switch (spec.restart()) {
            case PERMANENT -> false;
            case TRANSIENT -> isOrderly(why.reason());
            case TEMPORARY -> true;
        };
    }

    void checkAllStopped(String when) {
        up.forEach((path, run) ->
                check(isLeftBehind(path, run), run(path, run) + " is still up " + when));
    }

    /** Nobody is, unless with a supervisor that was killed itself, which nobody told any more. */
    void checkNobodyLeftBehind() {
        up.forEach((path, run) -> orphans.add(run(path, run)));
        for (String run : orphans) {
            String supervisor = parent(run);
            check(
                    mayBeKilled.contains(supervisor)
                            || !(specs.supervisorAt(supervisor).shutdown()
                                    instanceof Shutdown.Infinity),
                    run + " is still there without a supervisor");
        }
    }

    /** Somebody asks for the end of a supervisor, which may be killed without another word. */
    void mayBeKilled(String path) {
        mayBeKilled.add(path);
    }

    // ---- intensity

    /** The specs of a supervisor may be changed from now on. */
    void mayChange(String path, RestartIntensity changed) {
        isLeftAlone = false;
        RestartIntensity known = intensity(path);
        lenient.put(
                path,
                new RestartIntensity(
                        Math.max(known.maxRestarts(), changed.maxRestarts()),
                        known.timeWindow().compareTo(changed.timeWindow()) < 0
                                ? known.timeWindow()
                                : changed.timeWindow()));
    }

    private RestartIntensity intensity(String path) {
        RestartIntensity known = lenient.get(path);
        return known != null ? known : specs.supervisorAt(path).intensity();
    }

    void checkIntensity(String path, List<RestartEntry> restarts) {
        RestartIntensity intensity = intensity(path);
        int surplus = restarts.size() - 1 - intensity.maxRestarts();
        if (surplus >= 0) {
            Duration between =
                    Duration.between(restarts.get(surplus).at(), restarts.getLast().at());
            check(
                    between.compareTo(intensity.timeWindow()) > 0,
                    "%s restarted %d times in %s"
                            .formatted(path, intensity.maxRestarts() + 1, between));
        }
    }
}
