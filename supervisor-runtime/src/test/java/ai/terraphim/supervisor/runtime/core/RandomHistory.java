package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
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
    private static final List<String> IDS = List.of("pear", "fig", "kiwi", "apple");
    private static final List<RestartStrategy> GROUPS =
            List.of(
                    RestartStrategy.ONE_FOR_ONE,
                    RestartStrategy.ONE_FOR_ALL,
                    RestartStrategy.REST_FOR_ONE);
    private static final Script.Start OK = new Script.Start(Script.Outcome.OK, List.of());

    private final Random random;
    private final Simulation world;

    /** Whether supervisors may vanish, and leave children behind while their successors start. */
    private final boolean killsSupervisors;

    private final List<String> paths = new ArrayList<>();
    private final List<String> supervisorPaths = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final SimulatedSupervisor root;

    private final Map<SimulatedSupervisor, List<Long>> restarts = new HashMap<>();

    /** Requests on their way, by the path they concern. */
    private final Map<String, Integer> pending = new HashMap<>();

    private final Set<Child> downByRequest = new HashSet<>();

    RandomHistory(long seed) {
        random = new Random(seed);
        killsSupervisors = random.nextInt(3) == 0;
        world = new Simulation(random::nextInt, this);
        SupervisorConfig config = supervisor("root", "root", 0);
        root = world.boot(config);
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
        String path = oneOf(paths);
        int slash = path.lastIndexOf('/');
        String id = path.substring(slash + 1);
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> exit(path);
            case 4 -> world.advance(Duration.ofMillis(random.nextInt(3000)));
            case 5 -> request(path, new Request.TerminateChild(id));
            case 6 -> request(path, new Request.RestartChild(id));
            case 7 -> request(path, new Request.DeleteChild(id));
            case 8 -> request(path, new Request.StopAgent(id));
            case 9 -> request(path, new Request.RestartAgent(id));
            case 10 -> {
                if (killsSupervisors || !supervisorPaths.contains(path)) {
                    request(
                            path,
                            new Request.HandleAgentExit(
                                    id, Request.HandleAgentExit.CURRENT, reason()));
                }
            }
            case 11 -> {
                String parent = oneOf(supervisorPaths);
                String child = parent + "/" + oneOf(IDS);
                ChildSpec spec = child(child.substring(parent.length() + 1), child, 2);
                request(child, new Request.StartChild(spec));
            }
            default -> throw new IllegalStateException();
        }
    }

    private void exit(String path) {
        Instance instance = world.live(path);
        ExitReason reason = reason();
        boolean killsSupervisor =
                instance instanceof SimulatedSupervisor && reason instanceof ExitReason.Kill;
        if (instance != null && (killsSupervisors || !killsSupervisor)) {
            instance.exit(reason, () -> {});
        }
    }

    private void request(String path, Request request) {
        int slash = path.lastIndexOf('/');
        if (slash < 0
                || !(world.live(path.substring(0, slash)) instanceof SimulatedSupervisor parent)) {
            return;
        }
        pending.merge(path, 1, Integer::sum);
        Runnable answered =
                () -> {
                    Integer left = pending.get(path);
                    check(left != null, "answered more than once: " + request);
                    pending.compute(path, (_, n) -> n == null || n == 1 ? null : n - 1);
                    noteWhoIsDown(parent, path.substring(slash + 1));
                };
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
        boolean boots = supervisor.state() == Instance.State.STARTING;
        boolean alone = supervisor.config().strategy() == RestartStrategy.ONE_FOR_ONE && !boots;
        if (!alone && !pending.containsKey(path)) {
            checkNoneIsActiveAfter(child, "starts too late: " + path);
        }
    }

    @Override
    public void stops(SimulatedSupervisor supervisor, Child child) {
        String path = supervisor.path + "/" + child.spec().id();
        boolean inItsStart = child.state() == Child.State.STARTING; // the supervisor must stop now
        if (!inItsStart && !pending.containsKey(path)) {
            checkNoneIsActiveAfter(child, "stops too early: " + path);
        }
    }

    @Override
    public void restarts(SimulatedSupervisor supervisor, Child child) {
        RestartIntensity intensity = supervisor.config().intensity();
        List<Long> times = restarts.computeIfAbsent(supervisor, _ -> new ArrayList<>());
        times.add(world.nowNanos());
        long windowBegin = world.nowNanos() - intensity.timeWindow().toNanos();
        check(
                times.stream().filter(time -> time >= windowBegin).count()
                        <= intensity.maxRestarts(),
                "too many restarts in " + supervisor);
        check(child.spec().restart() != RestartType.TEMPORARY, "restarts a temporary child");
    }

    private void checkNoneIsActiveAfter(Child child, String message) {
        for (Child later = child.next(); later != null; later = later.next()) {
            check(!later.isActive(), message + " while " + later.spec().id() + " runs");
        }
    }

    private void checkQuiet(SimulatedSupervisor supervisor) {
        if (supervisor.state() != Instance.State.UP) {
            return;
        }
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
                    boolean ignored =
                            SimulatedSupervisor.instance(child).state()
                                            == Instance.State.NOT_STARTED
                                    && SimulatedSupervisor.instance(child).reason() == null;
                    check(
                            child.spec().restart() != RestartType.PERMANENT
                                    || ignored
                                    || downByRequest.contains(child),
                            "nobody wanted it down: " + path);
                }
                case STARTING, STOPPING, RESTARTING ->
                        check(false, path + " is " + child.state() + " though all is quiet");
            }
        }
        check(pending.isEmpty(), "unanswered requests: " + pending);
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

    // ---- what it is made of

    private ChildSpec child(String id, String path, int depth) {
        return depth < 3 && random.nextInt(3) == 0 ? supervisor(id, path, depth) : agent(id, path);
    }

    private SupervisorConfig supervisor(String id, String path, int depth) {
        paths.add(path);
        supervisorPaths.add(path);
        world.bind(
                path,
                new Script(
                        List.of(OK, start(), start()), Script.Outcome.OK, Script.OBEDIENT.stop()));
        List<ChildSpec> children = new ArrayList<>();
        for (String child : IDS.subList(0, random.nextInt(IDS.size() + 1))) {
            children.add(child(child, path + "/" + child, depth + 1));
        }
        return SupervisorConfig.builder(id)
                .strategy(oneOf(GROUPS))
                .intensity(
                        new RestartIntensity(
                                random.nextInt(6), Duration.ofSeconds(1 + random.nextInt(10))))
                .restart(oneOf(List.of(RestartType.values())))
                .shutdown(
                        switch (killsSupervisors ? random.nextInt(4) : 2) {
                            case 0 -> Shutdown.brutalKill();
                            case 1 -> Shutdown.within(Duration.ofMillis(random.nextInt(100)));
                            default -> Shutdown.infinity();
                        })
                .children(children)
                .build();
    }

    private AgentSpec agent(String id, String path) {
        paths.add(path);
        world.bind(
                path,
                new Script(
                        List.of(random.nextInt(10) == 0 ? start() : OK, start(), start(), start()),
                        random.nextInt(10) == 0 ? Script.Outcome.ERROR : Script.Outcome.OK,
                        switch (random.nextInt(6)) {
                            case 0 -> new Script.Stop.End(reason());
                            case 1 -> new Script.Stop.Hang();
                            case 2 -> new Script.Stop.Slow(Duration.ofMillis(random.nextInt(100)));
                            case 3 -> new Script.Stop.Calling(List.of(calls()));
                            default -> Script.OBEDIENT.stop();
                        }));
        return AgentSpec.builder(id, "scripted")
                .restart(oneOf(List.of(RestartType.values())))
                .shutdown(
                        random.nextInt(5) == 0
                                ? Shutdown.brutalKill()
                                : Shutdown.within(Duration.ofMillis(random.nextInt(100))))
                .build();
    }

    private Script.Start start() {
        Script.Outcome outcome =
                random.nextInt(3) == 0
                        ? oneOf(List.of(Script.Outcome.values()))
                        : Script.Outcome.OK;
        return new Script.Start(outcome, random.nextInt(4) == 0 ? List.of(calls()) : List.of());
    }

    /** What a callback does: something happens elsewhere, which it does not wait for. */
    private Script.Call calls() {
        return then -> {
            act();
            then.run();
        };
    }

    private ExitReason reason() {
        return switch (random.nextInt(5)) {
            case 0 -> ExitReason.normal();
            case 1 -> ExitReason.shutdown();
            case 2 -> ExitReason.shutdown("term");
            case 3 -> ExitReason.kill();
            default -> ExitReason.error("error");
        };
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
