package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A tree made by chance on the real engine: agents crash, hang, dawdle and give up at any step,
 * supervisors are killed, messages and requests come from several threads, the store fails, and
 * then it all ends and the tree must be what its specs say. What must hold in every history is
 * checked while it runs, by a {@link TreeWitness} and by {@link RandomTalk}.
 */
final class RandomTree {
    private final SplittableRandom random;
    private final Simulation sim;
    private final RandomSpecs specs;
    private final TreeWitness witness;
    private final RandomTalk talk;

    /** Whether somebody asks for single children, which changes orders and what is up. */
    private final boolean hasRequests;

    /** Whether a start may hang, after which its supervisor does nothing but stop. */
    private final boolean startsHang;

    private final boolean agentsTalk;

    /** Agents that are there, or were. */
    private final List<AgentPid> agents = new ArrayList<>();

    private final Set<AgentPid> instances = new HashSet<>();
    private final @Nullable AgentSupervisor root;
    private boolean booting = true;
    private boolean faulty;
    private int asked;
    private int answered;

    RandomTree(long seed) {
        random = new SplittableRandom(~seed);
        hasRequests = random.nextBoolean();
        startsHang = random.nextInt(5) == 0;
        agentsTalk = random.nextInt(3) > 0;
        sim = Simulation.seeded(seed);
        faulty = random.nextInt(6) == 0;
        specs = new RandomSpecs(random);
        specs.paths(false).forEach(path -> agents.add(new AgentPid(path)));
        agents.add(new AgentPid("root/nobody"));
        witness = new TreeWitness(specs, !hasRequests);
        talk = new RandomTalk(random, sim, witness, agentsTalk, () -> specs.oneOf(agents));
        sim.faults(this::fault);
        sim.onEvent(event -> {
            witness.on(event);
            talk.on(event);
        });
        @Nullable AgentSupervisor started;
        try {
            started =
                    sim.start(
                            specs.root(),
                            AgentFactory.of("talker", NoConfig.class, _ -> talk.agent()),
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
            witness.checkAllStopped("after a failed start");
            sim.close();
            throwViolation();
            return sim.trace();
        }
        for (int actions = random.nextInt(100); actions > 0; actions--) {
            for (int steps = random.nextInt(20); steps > 0; steps--) {
                sim.step();
                checkIntensities();
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

    private void throwViolation() {
        witness.violation()
                .ifPresent(violation -> {
                    throw new AssertionError(violation + "\n" + String.join("\n", sim.trace()));
                });
    }

    // ---- what happens

    private void act() {
        switch (random.nextInt(18)) {
            case 0, 1, 2, 3, 15, 16 -> talk.tell(root);
            case 4, 5 -> pass(Duration.ofMillis(random.nextInt(3000)));
            case 6 -> end(specs.oneOf(agents), specs.reason());
            case 7 -> sim.store().failing(random.nextInt(3) == 0);
            case 8 -> sim.store().delay(Duration.ofMillis(random.nextInt(2) * 40));
            case 9 -> sim.run("client", () -> talk.ask(root));
            case 10 -> talk.watch(root);
            case 11, 12 -> startInstance();
            case 13 -> endSupervisor();
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
            checkIntensities();
        }
    }

    private void startInstance() {
        List<String> pools =
                witness.supervisors().stream()
                        .filter(path -> specs.supervisorAt(path).isPool())
                        .toList();
        if (!pools.isEmpty()) {
            ask(
                    new SupervisorId(specs.oneOf(pools)),
                    pool -> {
                        AgentPid instance = pool.startInstance(Map.of());
                        witness.check(instances.add(instance), instance + " was there before");
                        agents.add(instance);
                    });
        }
    }

    /** Most often by a kill, after which nobody waits for what is below it. */
    private void endSupervisor() {
        String path = specs.oneOf(witness.supervisors());
        if (path.contains("/")) {
            ExitReason reason = random.nextInt(3) > 0 ? ExitReason.kill() : specs.reason();
            end(new AgentPid(path), reason);
        }
    }

    private void end(AgentPid pid, ExitReason reason) {
        witness.mayBeKilled(pid.path());
        ask(pid, supervisor -> supervisor.handleAgentExit(pid, reason));
    }

    private void request() {
        String parent = specs.oneOf(witness.supervisors());
        SupervisorConfig config = specs.supervisorAt(parent);
        AgentPid pid =
                new AgentPid(
                        parent
                                + "/"
                                + (config.isPool()
                                        ? 1 + random.nextInt(5)
                                        : specs.oneOf(RandomSpecs.IDS)));
        switch (random.nextInt(7)) {
            case 0 -> ask(pid, supervisor -> supervisor.terminateChild(pid.id()));
            case 1 -> ask(pid, supervisor -> supervisor.restartChild(pid.id()));
            case 2 -> ask(pid, supervisor -> supervisor.deleteChild(pid.id()));
            case 3 -> ask(pid, supervisor -> supervisor.stopAgent(pid));
            case 4 -> ask(pid, supervisor -> supervisor.restartAgent(pid));
            case 5 -> {
                SupervisorConfig changed = specs.changed(pid.supervisor());
                witness.mayChange(parent, changed.intensity());
                ask(pid, supervisor -> supervisor.changeSpecs(changed));
            }
            default -> ask(pid, supervisor -> supervisor.startChild(specs.agent(pid.id())));
        }
    }

    private interface Call {
        void to(AgentSupervisor supervisor);
    }

    private void ask(AgentPid child, Call call) {
        ask(child.supervisor(), call);
    }

    /** A client that asks a supervisor for something, on a thread of its own. */
    private void ask(SupervisorId id, Call call) {
        sim.supervisor(id.path())
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
        witness.step(pid.path(), run, step);
        Optional<Fault> fault =
                faulty && random.nextInt(step == Step.CALL ? 200 : 12) == 0
                        ? Optional.of(fault(step))
                        : Optional.empty();
        talk.step(pid, run, step, fault);
        return fault;
    }

    private Fault fault(Step step) {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> Fault.crash();
            case 3 -> Fault.exit(specs.reason());
            case 4, 5 -> Fault.slow(Duration.ofMillis(random.nextInt(2000)));
            case 6 -> Fault.ignore();
            default ->
                    (step == Step.INIT || step == Step.TERMINATE) && (booting || !startsHang)
                            ? Fault.crash()
                            : Fault.hang();
        };
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
            checkAllAnswered();
            checkIsAsSpecified(root);
            talk.checkAtRest();
            sim.supervisor(specs.oneOf(witness.supervisors())).ifPresent(this::checkChange);
        }
    }

    private void stop() {
        Instant begin = sim.now();
        root.stop();
        sim.runUntilIdle();
        Duration took = Duration.between(begin, sim.now());
        witness.check(took.compareTo(Duration.ofMinutes(1)) < 0, "the stop took " + took);
        witness.checkAllStopped("after the stop");
        sim.advance(Duration.ofMinutes(1)); // for the clients that still wait
        checkAllAnswered();
        witness.checkNobodyLeftBehind();
        talk.checkAfterTheEnd();
    }

    // ---- what must hold

    private void checkAllAnswered() {
        witness.check(
                asked == answered, "%d of %d requests were answered".formatted(answered, asked));
    }

    private void checkIntensities() {
        for (String path : witness.supervisors()) {
            sim.runtime()
                    .supervisor(new SupervisorId(path))
                    .ifPresent(it -> witness.checkIntensity(path, it.restartHistory()));
        }
    }

    private void checkAnsweredAtOnce() {
        Instant before = sim.now();
        root.status();
        root.children();
        witness.check(sim.now().equals(before), "a query waited for the tree");
    }

    private void checkIsAsSpecified(AgentSupervisor supervisor) {
        String parent = supervisor.id().path();
        if (!witness.isUp(parent)) {
            return;
        }
        SupervisorConfig config = specs.supervisorAt(parent);
        List<SupervisedAgentInfo> children = supervisor.children();
        if (!hasRequests && !config.isPool()) {
            List<String> there = children.stream().map(child -> child.pid().id()).toList();
            List<String> ought =
                    config.children().stream()
                            .filter(spec ->
                                    spec.restart() != RestartType.TEMPORARY
                                            || there.contains(spec.id()))
                            .map(ChildSpec::id)
                            .toList();
            witness.check(there.equals(ought), parent + " has " + there + ", not " + ought);
        }
        for (SupervisedAgentInfo child : children) {
            String path = child.pid().path();
            boolean running = isRunning(child);
            witness.check(
                    running == witness.isUp(path), path + " was told otherwise: " + child.status());
            if (running) {
                witness.check(
                        child.kind() == ChildKind.SUPERVISOR
                                || child.run() == witness.newestRun(path),
                        path + " runs as another run than it says");
                sim.supervisor(path).ifPresent(this::checkIsAsSpecified);
            } else {
                witness.check(
                        !config.isPool() && (hasRequests || witness.mayBeDown(path)),
                        path + " is down for no reason: " + witness.last(path));
            }
        }
    }

    private static boolean isRunning(SupervisedAgentInfo child) {
        return child.status() instanceof AgentStatus.Running;
    }

    /** Changes the specs of a supervisor at rest, and then sees whether it goes by them. */
    private void checkChange(AgentSupervisor supervisor) {
        SupervisorConfig config = specs.supervisorAt(supervisor.id().path());
        SupervisorConfig changed = specs.changed(supervisor.id());
        List<SupervisedAgentInfo> before = supervisor.children();
        witness.mayChange(supervisor.id().path(), changed.intensity());
        try {
            supervisor.changeSpecs(changed);
        } catch (ConfigurationException otherKind) { // of a child that somebody has added
            witness.check(hasRequests, otherKind.getMessage());
            return;
        }
        List<SupervisedAgentInfo> after = supervisor.children();
        for (SupervisedAgentInfo child : after) {
            Optional<SupervisedAgentInfo> same = find(child.pid(), before);
            witness.check(
                    same.isPresent() ? isUnchanged(child, same.get()) : !isRunning(child),
                    "a change of specs has touched " + child);
        }
        List<String> ought =
                Stream.concat(
                                config.isPool()
                                        ? Stream.empty()
                                        : changed.children().stream().map(ChildSpec::id),
                                before.stream().map(child -> child.pid().id()))
                        .distinct()
                        .toList();
        List<String> there = after.stream().map(child -> child.pid().id()).toList();
        witness.check(there.equals(ought), "the order is " + there + ", not " + ought);
        if (!agentsTalk) { // else others may end with it
            after.stream()
                    .filter(child -> isRunning(child) && restart(changed, child.pid()).isPresent())
                    .findAny()
                    .ifPresent(child -> checkRestart(supervisor, changed, child.pid()));
        }
    }

    private void checkRestart(
            AgentSupervisor supervisor, SupervisorConfig changed, AgentPid failed) {
        List<SupervisedAgentInfo> before = supervisor.children();
        supervisor.handleAgentExit(failed, ExitReason.error("to see what it does"));
        sim.settle(Duration.ofMinutes(10));
        pass(Duration.ofSeconds(5)); // for its backoff
        boolean isRestarted =
                restart(changed, failed).filter(RestartType.TEMPORARY::equals).isEmpty();
        boolean hasBegun = changed.strategy() == RestartStrategy.ONE_FOR_ALL;
        for (SupervisedAgentInfo child : before) {
            boolean isIt = child.pid().equals(failed);
            hasBegun |= isIt;
            boolean isInGroup =
                    isIt
                            || (isRestarted
                                    && hasBegun
                                    && changed.strategy() != RestartStrategy.ONE_FOR_ONE
                                    && !changed.isPool());
            Optional<SupervisedAgentInfo> now = supervisor.child(child.pid());
            boolean asItShould =
                    isInGroup
                            ? restart(changed, child.pid())
                                    .map(type ->
                                            type == RestartType.TEMPORARY
                                                    ? now.isEmpty()
                                                    : isNewRun(now, child))
                                    .orElse(true)
                            : now.filter(it -> isUnchanged(it, child)).isPresent();
            witness.check(
                    asItShould,
                    "%s by %s, when %s failed: was %s, is %s"
                            .formatted(child.pid(), changed.strategy(), failed, child, now));
        }
    }

    private static boolean isUnchanged(SupervisedAgentInfo now, SupervisedAgentInfo before) {
        return now.status().equals(before.status())
                && now.run() == before.run()
                && now.startedAt().equals(before.startedAt());
    }

    private static boolean isNewRun(Optional<SupervisedAgentInfo> now, SupervisedAgentInfo before) {
        return now.filter(RandomTree::isRunning).map(SupervisedAgentInfo::run).orElse(0L)
                > before.run();
    }

    /** By which type a child is restarted after a change; empty if the change does not name it. */
    private static Optional<RestartType> restart(SupervisorConfig changed, AgentPid child) {
        return changed.children().stream()
                .filter(spec -> changed.isPool() || spec.id().equals(child.id()))
                .findFirst()
                .map(ChildSpec::restart);
    }

    private static Optional<SupervisedAgentInfo> find(
            AgentPid pid, List<SupervisedAgentInfo> children) {
        return children.stream().filter(child -> child.pid().equals(pid)).findFirst();
    }
}
