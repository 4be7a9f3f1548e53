package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartEntry;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A tree made by chance on the real engine: agents crash, hang, dawdle and give up at any step,
 * messages and requests come from several threads, the store fails, and then it all ends and the
 * tree must be what its specs say. What must hold in every history is checked while it runs.
 */
final class RandomTree {
    private static final List<String> IDS = List.of("pear", "fig", "kiwi", "apple");

    /** The reason a supervisor's own stop gives; faults give others, to tell them apart. */
    private static final String STOPPED = "shutdown";

    private final SplittableRandom random;
    private final Simulation sim;

    /** Whether somebody asks for single children, which changes orders and what is up. */
    private final boolean hasRequests;

    /** Whether a start may hang, after which its supervisor does nothing but stop. */
    private final boolean startsHang;

    private final Map<String, SupervisorConfig> supervisors = new LinkedHashMap<>();
    private final List<AgentPid> agents = new ArrayList<>();
    private final @Nullable AgentSupervisor root;
    private boolean booting = true;
    private boolean faulty;
    private @Nullable String violation;
    private int asked;
    private int answered;
    private long told;
    private long taken;

    /** The newest run of which a step was seen, by path. */
    private final Map<String, Long> newestRun = new HashMap<>();

    /** Runs of which an end was told, as path and number. */
    private final Set<String> ended = new HashSet<>();

    /** What is up, as far as was told. */
    private final Set<String> up = new HashSet<>();

    private final Map<String, SupervisionEvent> last = new HashMap<>();

    RandomTree(long seed) {
        random = new SplittableRandom(~seed);
        hasRequests = random.nextBoolean();
        startsHang = random.nextInt(5) == 0;
        sim = Simulation.seeded(seed);
        faulty = random.nextInt(6) == 0;
        sim.faults(this::fault);
        sim.onEvent(this::on);
        SupervisorConfig config = supervisor("root", "root", 0);
        @Nullable AgentSupervisor started;
        try {
            started =
                    sim.start(
                            config,
                            new TestAgentFactory(),
                            AgentFactory.of(
                                    "loop", NoConfig.class, _ -> (LoopAgent) RandomTree::body));
        } catch (SupervisionException notStarted) {
            started = null;
        }
        root = started;
        booting = false;
        faulty = true;
    }

    private static void body(AgentContext context) throws InterruptedException {
        while (!context.awaitStop(Duration.ofSeconds(1))) {
            if (context.run() % 3 == 0) {
                context.sleep(Duration.ofMillis(10));
            }
        }
    }

    /** Plays the history to its end and returns its trace. */
    List<String> play() {
        if (root == null) { // it did not start, which is fine
            check(up.isEmpty(), "still up after a failed start: " + up);
            sim.close();
            throwViolation();
            return sim.trace();
        }
        for (int actions = random.nextInt(60); actions > 0; actions--) {
            for (int steps = random.nextInt(20); steps > 0; steps--) {
                step();
            }
            act();
            checkAnsweredAtOnce();
            throwViolation();
        }
        if (random.nextInt(3) > 0) {
            calmDown();
            throwViolation();
        }
        stop();
        sim.close();
        throwViolation();
        return sim.trace();
    }

    private void step() {
        sim.step();
        supervisors.keySet().forEach(this::checkIntensity);
    }

    // ---- what happens

    private void act() {
        AgentPid agent = oneOf(agents);
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                told++;
                try {
                    root.tell(agent, "message");
                } catch (SupervisionException nobodyThere) {
                    // counted as a dead letter
                }
            }
            case 3, 4 -> pass(Duration.ofMillis(random.nextInt(3000)));
            case 5 -> ask(agent, supervisor -> supervisor.handleAgentExit(agent, reason()));
            case 6 -> sim.store().failing(random.nextInt(3) == 0);
            case 7 -> sim.store().delay(Duration.ofMillis(random.nextInt(2) * 40));
            default -> {
                if (hasRequests) {
                    request();
                }
            }
        }
    }

    private void pass(Duration time) {
        Instant until = sim.now().plus(time);
        while (sim.now().isBefore(until)) {
            sim.advance(Duration.ofMillis(50));
            supervisors.keySet().forEach(this::checkIntensity);
        }
    }

    private interface Call {
        void to(AgentSupervisor supervisor);
    }

    private void request() {
        String parent = oneOf(List.copyOf(supervisors.keySet()));
        AgentPid pid = new AgentPid(parent + "/" + oneOf(IDS));
        switch (random.nextInt(6)) {
            case 0 -> ask(pid, supervisor -> supervisor.terminateChild(pid.id()));
            case 1 -> ask(pid, supervisor -> supervisor.restartChild(pid.id()));
            case 2 -> ask(pid, supervisor -> supervisor.deleteChild(pid.id()));
            case 3 -> ask(pid, supervisor -> supervisor.stopAgent(pid));
            case 4 -> ask(pid, supervisor -> supervisor.restartAgent(pid));
            default -> ask(pid, supervisor -> supervisor.startChild(agent(pid.id())));
        }
    }

    /** A client that asks the supervisor of a child for something, on a thread of its own. */
    private void ask(AgentPid child, Call call) {
        sim.supervisor(child.supervisor().path())
                .ifPresent(supervisor -> {
                    asked++;
                    sim.run(
                            "client",
                            () -> {
                                try {
                                    call.to(supervisor);
                                } catch (SupervisionException refused) {
                                    // is an answer, too
                                }
                                answered++;
                            });
                });
    }

    private Optional<Fault> fault(AgentPid pid, long run, Step step) {
        checkRun(pid.path(), run, step);
        if (step == Step.MESSAGE) {
            taken++;
        }
        if (!faulty || random.nextInt(step == Step.CALL ? 200 : 12) > 0) {
            return Optional.empty();
        }
        return Optional.of(
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> Fault.crash();
                    case 3 -> Fault.exit(reason());
                    case 4, 5 -> Fault.slow(Duration.ofMillis(random.nextInt(2000)));
                    case 6 -> Fault.ignore();
                    default ->
                            (step == Step.INIT || step == Step.TERMINATE)
                                            && (booting || !startsHang)
                                    ? Fault.crash()
                                    : Fault.hang();
                });
    }

    /** Nothing goes wrong any more, and time passes. */
    private void calmDown() {
        faulty = false;
        sim.store().failing(false);
        sim.store().delay(Duration.ZERO);
        if (startsHang) {
            pass(Duration.ofMinutes(1));
        } else {
            sim.settle(Duration.ofMinutes(10));
            pass(Duration.ofMinutes(1)); // for requests to be answered
            check(asked == answered, "%d of %d requests were answered".formatted(answered, asked));
            checkIsAsSpecified(root);
        }
    }

    private void stop() {
        Instant begin = sim.now();
        root.stop();
        sim.runUntilIdle();
        Duration took = Duration.between(begin, sim.now());
        check(took.compareTo(Duration.ofMinutes(1)) < 0, "the stop took " + took);
        check(up.isEmpty(), "still up after the stop: " + up);
        sim.advance(Duration.ofMinutes(1)); // for the clients that still wait
        check(asked == answered, "%d of %d requests were answered".formatted(answered, asked));
        long dead = sim.runtime().deadLetterTotal();
        check(
                told == taken + dead,
                "%d messages were told, %d taken, %d had no receiver".formatted(told, taken, dead));
    }

    // ---- what must hold

    private void on(SupervisionEvent event) {
        String path = event.path();
        switch (event.kind()) {
            case CHILD_STARTED -> {
                up.add(path);
                checkNoneAfterIsUp(path, "came up"); // at a boot, as nobody asked for it
            }
            case CHILD_RESTARTED -> {
                up.add(path);
                if (strategyOver(path) != RestartStrategy.ONE_FOR_ONE) {
                    checkNoneAfterIsUp(path, "came up again");
                }
            }
            case CHILD_EXITED -> {
                last.put(path, event);
                up.remove(path);
                ended.add(path + "#" + event.run());
                if (event.reason().equals(STOPPED)
                        && !supervisors.containsKey(path)) { // one that gives up says so, too
                    checkNoneAfterIsUp(path, "was stopped");
                }
            }
            case CHILD_START_FAILED, CHILD_IGNORED -> {
                last.put(path, event);
                ended.add(path + "#" + event.run());
            }
            default -> {}
        }
    }

    private RestartStrategy strategyOver(String path) {
        return supervisors.get(path.substring(0, path.lastIndexOf('/'))).strategy();
    }

    private void checkNoneAfterIsUp(String path, String what) {
        int slash = path.lastIndexOf('/');
        if (slash < 0 || hasRequests) {
            return;
        }
        String parent = path.substring(0, slash);
        boolean after = false;
        for (ChildSpec sibling : supervisors.get(parent).children()) {
            String at = parent + "/" + sibling.id();
            check(!after || !up.contains(at), path + " " + what + " while " + at + " was up");
            after |= at.equals(path);
        }
    }

    private void checkRun(String path, long run, Step step) {
        long newest = newestRun.merge(path, run, Math::max);
        String here = path + "#" + run + " takes the step " + step;
        if (run < newest) {
            check(ended.contains(path + "#" + run), here + " beside run " + newest);
        } else if (step == Step.INIT && run > 1) {
            check(
                    ended.contains(path + "#" + (run - 1)),
                    here + " before run " + (run - 1) + " has ended");
        }
    }

    private void checkIntensity(String path) {
        sim.runtime()
                .supervisor(new SupervisorId(path))
                .ifPresent(supervisor -> checkIntensity(path, supervisor.restartHistory()));
    }

    private void checkIntensity(String path, List<RestartEntry> restarts) {
        RestartIntensity intensity = supervisors.get(path).intensity();
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

    private void checkAnsweredAtOnce() {
        Instant before = sim.now();
        root.status();
        root.children();
        check(sim.now().equals(before), "a query waited for the tree");
    }

    private void checkIsAsSpecified(AgentSupervisor supervisor) {
        if (!up.contains(supervisor.id().path())) {
            return;
        }
        for (SupervisedAgentInfo child : supervisor.children()) {
            String path = child.pid().path();
            boolean running = child.status() instanceof AgentStatus.Running;
            check(running == up.contains(path), path + " was told otherwise: " + child.status());
            if (running) {
                check(
                        child.kind() == ChildKind.SUPERVISOR || child.run() == newestRun.get(path),
                        path + " runs as another run than it says");
                sim.supervisor(path).ifPresent(this::checkIsAsSpecified);
            } else {
                check(
                        hasRequests || mayBeDown(supervisor, child),
                        path + " is down for no reason: " + last.get(path));
            }
        }
    }

    private boolean mayBeDown(AgentSupervisor supervisor, SupervisedAgentInfo child) {
        RestartType restart =
                supervisors.get(supervisor.id().path()).children().stream()
                        .filter(spec -> spec.id().equals(child.pid().id()))
                        .findFirst()
                        .orElseThrow()
                        .restart();
        SupervisionEvent why = last.get(child.pid().path());
        return switch (why.kind()) {
            case CHILD_IGNORED -> restart != RestartType.TEMPORARY;
            case CHILD_EXITED ->
                    restart == RestartType.TRANSIENT && child.lastExit().orElseThrow().isOrderly();
            default -> false;
        };
    }

    /**
     * Notes what does not hold; the test's own thread throws it, for an agent that threw would only
     * crash.
     */
    private void check(boolean holds, String what) {
        if (!holds && violation == null) {
            violation = what;
        }
    }

    private void throwViolation() {
        if (violation != null) {
            throw new AssertionError(violation + "\n" + String.join("\n", sim.trace()));
        }
    }

    // ---- what it is made of

    private SupervisorConfig supervisor(String id, String path, int depth) {
        List<ChildSpec> children = new ArrayList<>();
        for (String child : IDS.subList(0, 1 + random.nextInt(IDS.size()))) {
            String at = path + "/" + child;
            if (depth < 2 && random.nextInt(3) == 0) {
                children.add(supervisor(child, at, depth + 1));
            } else {
                agents.add(new AgentPid(at));
                children.add(agent(child));
            }
        }
        if (agents.isEmpty()) {
            agents.add(new AgentPid(path + "/nobody"));
        }
        SupervisorConfig config =
                SupervisorConfig.builder(id)
                        .strategy(
                                oneOf(
                                        List.of(
                                                RestartStrategy.ONE_FOR_ONE,
                                                RestartStrategy.ONE_FOR_ALL,
                                                RestartStrategy.REST_FOR_ONE)))
                        .intensity(
                                new RestartIntensity(
                                        random.nextInt(8),
                                        Duration.ofSeconds(1 + random.nextInt(10))))
                        .restart(oneOf(List.of(RestartType.values())))
                        .children(children)
                        .build();
        supervisors.put(path, config);
        return config;
    }

    private AgentSpec agent(String id) {
        return AgentSpec.builder(id, random.nextInt(3) > 0 ? "test" : "loop")
                .restart(oneOf(List.of(RestartType.values())))
                .shutdown(
                        random.nextInt(5) == 0
                                ? Shutdown.brutalKill()
                                : Shutdown.within(Duration.ofMillis(random.nextInt(500))))
                .build();
    }

    private ExitReason reason() {
        return switch (random.nextInt(4)) {
            case 0 -> ExitReason.normal();
            case 1 -> ExitReason.shutdown("of its own will");
            case 2 -> ExitReason.kill();
            default -> ExitReason.error("seen from outside");
        };
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
