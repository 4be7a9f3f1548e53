package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.core.RandomSupervisors.Besides;
import ai.terraphim.supervisor.runtime.core.SimulatedSupervisor.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A tree made by chance, driven by chance through a schedule made by chance: agents fail, hang and
 * ignore, requests and stops come at any moment, supervisors are killed. While it runs it checks
 * what must hold in every history. The same seed gives the same history.
 */
final class RandomHistory implements Simulation.Monitor {
    private final Random random;
    private final Simulation world;

    /** Whether supervisors may vanish, and leave children behind while their successors start. */
    private final boolean killsSupervisors;

    private final RandomSupervisors made;
    private final List<String> events = new ArrayList<>();
    private final SimulatedSupervisor root;

    private final Map<SimulatedSupervisor, List<Long>> restarts = new HashMap<>();

    /** Requests on their way, by the path they concern. */
    private final Map<String, Integer> pending = new HashMap<>();

    private final Set<Child> downByRequest = new HashSet<>();

    /** Where somebody meddled, so that what is down there need not have ended by itself. */
    private final Set<String> everRequested = new HashSet<>();

    private final Set<SimulatedSupervisor> respecified = new HashSet<>();

    /** Children that were put aside at some time, and so may come back alone. */
    private final Set<Child> everPutAside = new HashSet<>();

    /** Before when a child is not to be restarted. */
    private final Map<Child, Long> notBefore = new HashMap<>();

    RandomHistory(long seed, Besides besides) {
        random = new Random(seed);
        killsSupervisors = random.nextInt(3) == 0;
        world = new Simulation(random::nextInt, this);
        made = new RandomSupervisors(seed, random, besides, killsSupervisors, world, this::meddle);
        root = world.boot(made.supervisor("root", "root", 0, false));
    }

    /** Plays the history to its end and returns its events. */
    List<String> play() {
        int actions = random.nextInt(40);
        for (int i = 0; i < actions; i++) {
            for (int steps = random.nextInt(12); steps > 0; steps--) {
                world.step();
            }
            act();
            if (random.nextInt(6) == 0) {
                world.runUntilQuiet();
                checkQuiet(root);
            }
        }
        if (random.nextBoolean()) {
            world.close("llm");
            world.runUntilQuiet();
            checkQuiet(root);
        }
        root.stop();
        world.runUntilQuiet();
        check(world.isEmpty(), "something is alive after the stop");
        check(pending.isEmpty(), "unanswered requests: " + pending);
        events.addAll(world.takeEvents());
        return events;
    }

    // ---- what happens

    private void act() {
        String path = made.oneOf(made.paths);
        int slash = path.lastIndexOf('/');
        String id = path.substring(slash + 1);
        switch (random.nextInt(made.mayWait() ? 17 : 15)) {
            case 0, 1, 2, 3 -> exit(path);
            case 4 -> world.advance(Duration.ofMillis(random.nextInt(3000)));
            case 5 -> request(path, new Request.TerminateChild(id));
            case 6 -> request(path, new Request.RestartChild(id));
            case 7 -> request(path, new Request.DeleteChild(id));
            case 8 -> request(path, new Request.StopAgent(id));
            case 9 -> request(path, new Request.RestartAgent(id));
            case 10 -> {
                if (killsSupervisors || !made.supervisorPaths.contains(path)) {
                    request(
                            path,
                            new Request.HandleAgentExit(
                                    id, Request.HandleAgentExit.CURRENT, made.reason()));
                }
            }
            case 11 -> {
                String parent = made.oneOf(made.supervisorPaths);
                String child = parent + "/" + made.oneOf(RandomSupervisors.IDS);
                ChildSpec spec =
                        made.child(
                                child.substring(parent.length() + 1),
                                child,
                                2,
                                random.nextBoolean());
                request(child, new Request.StartChild(spec));
            }
            case 12, 13 ->
                    request(
                            made.oneOf(made.supervisorPaths) + "/new",
                            new Request.StartInstance(Map.of()));
            case 15 -> world.open("llm");
            case 16 -> world.close("llm");
            case 14 -> changeSpecs(made.oneOf(made.supervisorPaths));
            default -> throw new IllegalStateException();
        }
    }

    /** What some callbacks do: something happens elsewhere, which they do not wait for. */
    private void meddle(Runnable then) {
        act();
        then.run();
    }

    private void exit(String path) {
        Instance instance = world.live(path);
        ExitReason reason = made.reason();
        boolean killsSupervisor =
                instance instanceof SimulatedSupervisor && reason instanceof ExitReason.Kill;
        if (instance != null && (killsSupervisors || !killsSupervisor)) {
            instance.exit(reason, () -> {});
        }
    }

    private void changeSpecs(String path) {
        if (world.live(path) instanceof SimulatedSupervisor supervisor) {
            String id = supervisor.config().id();
            SupervisorConfig changed = made.supervisor(id, path, 2, false);
            for (int i = 0; i < 5 && changed.isPool() != supervisor.isPool(); i++) {
                changed = made.supervisor(id, path, 2, false);
            }
            request(path + "/new", new Request.ChangeSpecs(changed));
        }
    }

    private void request(String path, Request request) {
        int slash = path.lastIndexOf('/');
        if (slash < 0
                || !(world.live(path.substring(0, slash)) instanceof SimulatedSupervisor parent)) {
            return;
        }
        pending.merge(path, 1, Integer::sum);
        everRequested.add(path);
        Runnable answered =
                () -> {
                    Integer left = pending.get(path);
                    check(left != null, "answered more than once: " + request);
                    pending.compute(path, (_, n) -> n == null || n == 1 ? null : n - 1);
                    noteWhoIsDown(parent, path.substring(slash + 1));
                };
        world.event("request %s %s".formatted(request.getClass().getSimpleName(), path));
        parent.tell(new Signal.Requested(request, new AnyAnswer(answered)));
    }

    /** Whether a request was carried out or refused, it is answered. */
    private record AnyAnswer(Runnable answered) implements Ticket {
        @Override
        public void done(Answer answer) {
            answered.run();
        }

        @Override
        public void refused(SupervisionException error) {
            answered.run();
        }
    }

    /**
     * After a request its child may be down. The restart of a whole group is given up with the
     * child it was about to begin with, and leaves the others down, too, as it does in the
     * reference.
     */
    private void noteWhoIsDown(SimulatedSupervisor supervisor, String id) {
        boolean group = supervisor.config().strategy() != RestartStrategy.ONE_FOR_ONE;
        for (Child child = supervisor.firstChild(); child != null; child = child.next()) {
            if (child.state() == Child.State.DOWN && (group || child.spec().id().equals(id))) {
                downByRequest.add(child);
            }
        }
    }

    // ---- what must hold

    @Override
    public void starts(SimulatedSupervisor supervisor, Child child) {
        downByRequest.remove(child);
        String path = supervisor.path + "/" + child.spec().id();
        check(
                child.handle() == null || !isAlive(SimulatedSupervisor.instance(child)),
                "two runs of " + path);
        check(killsSupervisors || world.live(path) == null, "two lives of " + path);
        boolean alone = isOneForOne(supervisor) && supervisor.isBooted();
        if (!alone && !pending.containsKey(path) && !everPutAside.contains(child)) {
            checkNoneIsActiveAfter(child, "starts too late: " + path);
        }
        Long earliest = notBefore.remove(child);
        check(
                earliest == null || world.nowNanos() >= earliest || everRequested.contains(path),
                "does not wait: " + path);
    }

    @Override
    public void stops(SimulatedSupervisor supervisor, Child child) {
        String path = supervisor.path + "/" + child.spec().id();
        boolean inItsStart = child.state() == Child.State.STARTING; // the supervisor must stop now
        if (!inItsStart && !pending.containsKey(path) && !supervisor.isPool()) {
            checkNoneIsActiveAfter(child, "stops too early: " + path);
        }
    }

    @Override
    public void restarts(SimulatedSupervisor supervisor, Child child) {
        if (!made.mayWait() || isCounted(supervisor, child)) {
            RestartIntensity intensity = supervisor.config().intensity();
            List<Long> times = restarts.computeIfAbsent(supervisor, _ -> new ArrayList<>());
            times.add(world.nowNanos());
            long windowBegin = world.nowNanos() - intensity.timeWindow().toNanos();
            check(
                    times.stream().filter(time -> time >= windowBegin).count()
                            <= intensity.maxRestarts(),
                    "too many restarts in " + supervisor);
        }
        Backoff backoff = child.spec().restarts().backoff();
        if (isOneForOne(supervisor) && !(child.failure() instanceof ExitReason.Dependency)) {
            notBefore.put(child, world.nowNanos() + backoff.delay(1, 0).toNanos());
        }
        check(
                child.spec().restart() != RestartType.TEMPORARY || respecified.contains(supervisor),
                "restarts a temporary child");
    }

    /** Whether a restart is counted against its supervisor's intensity, and never forgiven. */
    private static boolean isCounted(SimulatedSupervisor supervisor, Child child) {
        return isOneForOne(supervisor)
                && supervisor.config().policy().onExhaustion().equals(Exhaustion.ESCALATE)
                && child.spec().restarts().budget().isEmpty()
                && !(child.failure() instanceof ExitReason.Dependency);
    }

    @Override
    public void putAside(SimulatedSupervisor supervisor, Child child) {
        everPutAside.add(child);
    }

    @Override
    public void autoShutdown(SimulatedSupervisor supervisor, Child done) {
        check(done.spec().significant(), "ends with a child that is not significant");
        switch (supervisor.config().autoShutdown()) {
            case NEVER -> check(false, "is never to end itself: " + supervisor);
            case ANY_SIGNIFICANT -> {}
            case ALL_SIGNIFICANT -> {
                for (Child child : supervisor.children()) {
                    check(
                            !child.spec().significant() || child.state() == Child.State.DOWN,
                            supervisor + " ends though " + child.spec().id() + " is not done");
                }
            }
        }
    }

    @Override
    public void respecified(SimulatedSupervisor supervisor) {
        respecified.add(supervisor);
        restarts.remove(supervisor);
        for (Child child : supervisor.children()) {
            if (child.state() == Child.State.DOWN) {
                downByRequest.add(child);
            }
        }
    }

    private static boolean isOneForOne(SimulatedSupervisor supervisor) {
        return switch (supervisor.config().strategy()) {
            case ONE_FOR_ONE, SIMPLE_ONE_FOR_ONE -> true;
            case ONE_FOR_ALL, REST_FOR_ONE -> false;
        };
    }

    private void checkNoneIsActiveAfter(Child child, String message) {
        for (Child later = child.next(); later != null; later = later.next()) {
            check(!later.isLive(), message + " while " + later.spec().id() + " runs");
        }
    }

    private void checkQuiet(SimulatedSupervisor supervisor) {
        if (supervisor.state() != Instance.State.UP) {
            return;
        }
        checkCounts(supervisor);
        checkNotDone(supervisor);
        for (Child child = supervisor.firstChild(); child != null; child = child.next()) {
            String path = supervisor.path + "/" + child.spec().id();
            switch (child.state()) {
                case UP -> {
                    Instance instance = SimulatedSupervisor.instance(child);
                    check(instance.state() == Instance.State.UP, "up but not there: " + path);
                    if (instance instanceof SimulatedSupervisor nested) {
                        checkQuiet(nested);
                    }
                }
                case DOWN -> {
                    check(!supervisor.isPool(), "an instance is down: " + path);
                    check(
                            child.spec().restart() != RestartType.PERMANENT
                                    || downByRequest.contains(child)
                                    || wasIgnored(child)
                                    || isInGroupThatWaits(supervisor),
                            "nobody wanted it down: " + path);
                }
                case SUSPENDED -> check(world.isOpen("llm"), path + " waits for nothing");
                case PARKED -> check(everPutAside.contains(child), path + " was never put aside");
                case STARTING, STOPPING, RESTARTING, BACKOFF, COOLING ->
                        check(false, path + " is " + child.state() + " though all is quiet");
            }
        }
        check(pending.isEmpty(), "unanswered requests: " + pending);
    }

    private static boolean isInGroupThatWaits(SimulatedSupervisor supervisor) {
        return !isOneForOne(supervisor)
                && supervisor.children().stream()
                        .anyMatch(child -> child.state() == Child.State.SUSPENDED);
    }

    private static boolean wasIgnored(Child child) {
        Instance instance = SimulatedSupervisor.instance(child);
        return instance.state() == Instance.State.NOT_STARTED && instance.reason() == null;
    }

    private void checkCounts(SimulatedSupervisor supervisor) {
        List<Child> children = supervisor.children();
        ChildCounts counts = supervisor.counts();
        check(
                counts.specs() == (supervisor.isPool() ? 1 : children.size())
                        && counts.supervisors() + counts.workers() == children.size()
                        && counts.active() == children.stream().filter(Child::isActive).count(),
                "miscounted " + counts + " in " + supervisor);
    }

    /**
     * A significant child that is done, and nobody meddled with, has taken its supervisor with it,
     * or there is another that is not done.
     */
    private void checkNotDone(SimulatedSupervisor supervisor) {
        if (supervisor.config().strategy() != RestartStrategy.ONE_FOR_ONE
                || respecified.contains(supervisor)) {
            return;
        }
        List<Child> significant =
                supervisor.children().stream().filter(child -> child.spec().significant()).toList();
        long done = significant.stream().filter(child -> isDone(supervisor, child)).count();
        switch (supervisor.config().autoShutdown()) {
            case NEVER -> {}
            case ANY_SIGNIFICANT -> check(done == 0, "goes on though one is done: " + supervisor);
            case ALL_SIGNIFICANT ->
                    check(
                            done == 0 || done < significant.size() || hasLostSomebody(supervisor),
                            "goes on though all are done: " + supervisor);
        }
    }

    /** Whether the last significant child that was not done may have been removed by request. */
    private boolean hasLostSomebody(SimulatedSupervisor supervisor) {
        String below = supervisor.path + "/";
        return everRequested.stream()
                .filter(path -> path.startsWith(below))
                .map(path -> path.substring(below.length()))
                .filter(id -> id.indexOf('/') < 0)
                .map(supervisor::child)
                .anyMatch(child -> child == null || !child.spec().significant());
    }

    private boolean isDone(SimulatedSupervisor supervisor, Child child) {
        return child.state() == Child.State.DOWN
                && !wasIgnored(child)
                && !everRequested.contains(supervisor.path(child));
    }

    private static boolean isAlive(Instance instance) {
        return switch (instance.state()) {
            case NOT_YET, STARTING, UP -> true;
            case NOT_STARTED, GONE -> false;
        };
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            events.addAll(world.takeEvents());
            throw new AssertionError(what + "\n" + String.join("\n", events));
        }
    }
}
