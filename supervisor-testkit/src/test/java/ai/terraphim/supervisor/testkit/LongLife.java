package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.Termination;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A tree that lives for many hours of simulated time, with all that can befall it: crashes, hangs,
 * kills of agents and of supervisors, a provider that comes and goes, a store that fails,
 * operators, clients, children that come and go, and ends of the JVM in the middle of anything.
 *
 * <p>Twice an hour it is brought to rest. Then the tree must be what its configuration says, what
 * was acknowledged must be there, and the engine must hold no more than at its very first rest.
 */
final class LongLife {
    /** How long it is busy before it rests. */
    private static final Duration PERIOD = Duration.ofMinutes(24);

    /** Long enough for all that a rest must have forgotten: windows, backoffs, cool-downs. */
    private static final Duration REST = Duration.ofMinutes(3);

    /**
     * What is there by chance: how far a ring is filled, or a map that stays once it was needed.
     * What is left behind once in an hour is more in the end, and what is each time at once.
     */
    private static final long SLACK = 12;

    /** Of what is filled by and by, up to here. */
    private static final Map<String, Long> BOUNDS =
            Map.of(
                    // of places where children were; two pools may have had 100 at once
                    "Children.table", 400L,
                    "Extras.handled", (long) StoredCheckpoint.MAX_HANDLED,
                    // of each child and each name that was ever used
                    "RunNumbers.runs", 40L,
                    "objects FailureRecord", 40L);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final AgentPid LEDGER = new AgentPid("root/ledger");
    private static final List<String> EXTRAS = List.of("extra-1", "extra-2", "extra-3");
    private static final List<String> NAMES = List.of("cook", "gardener", "driver");
    private static final RestartIntensity ANY = new RestartIntensity(200, SECOND);

    /** What a saver begins from is then always the newest, which is what is compared. */
    private static final Checkpoints NEWEST =
            new Checkpoints(Optional.empty(), false, OptionalInt.empty(), MINUTE);

    private final long seed;
    private final SplittableRandom random;

    /** Of two seeds that follow each other, one has a single life. */
    private final boolean severalLives;

    private final LastingStore store = new LastingStore(Set.of("root/pool", "root/teams"));
    private final OnStoreFailure onStoreFailure;
    private final FlakyProvider provider = new FlakyProvider();
    private final SupervisorConfig tree;
    private final Map<String, SupervisorConfig> supervisors = new LinkedHashMap<>();
    private final List<AgentPid> agents = new ArrayList<>();

    /** The number that each saver knows to be saved. */
    private final Map<AgentPid, Long> saved = new HashMap<>();

    private final List<Monitor> monitors = new ArrayList<>();

    /** Hold threads that hear nothing. */
    private CompletableFuture<Void> deaf = new CompletableFuture<>();

    private boolean isAtRest;
    private boolean isSick;
    private @Nullable String violation;
    private @Nullable Census first;

    /** How many numbers the ledger has acknowledged, and the next one while it is on its way. */
    private long booked;

    private @Nullable CompletionStage<Void> booking;

    private Simulation sim;
    private AgentSupervisor root;
    private CompletableFuture<Termination> end;
    private int lives;
    private long steps;
    private int instances;
    private int extras;
    private int kills;
    private long restarts;
    private long checkpoints;

    record Count(long value) {}

    record Sum(long count, long total) {}

    /** What has happened, for those who want to know whether it was much. */
    record Figures(
            int lives,
            long restarts,
            long checkpoints,
            int instances,
            int extras,
            int kills,
            long steps) {}

    LongLife(long seed) {
        this.seed = seed;
        random = new SplittableRandom(~seed);
        severalLives = seed % 2 != 0;
        onStoreFailure = random.nextBoolean() ? OnStoreFailure.CONTINUE : OnStoreFailure.PAUSE;
        tree = tree();
        note("root", tree);
        begin(SimulatedHost.BEGIN);
    }

    // ---- the tree

    private static SupervisorConfig tree() {
        SupervisorConfig inner =
                SupervisorConfig.builder("inner")
                        .strategy(RestartStrategy.ONE_FOR_ALL)
                        .children(counter("d").backoff(Backoff.NONE).build(), saver("e"))
                        .build();
        SupervisorConfig group =
                SupervisorConfig.builder("group")
                        .backoff(backoff())
                        .strategy(RestartStrategy.REST_FOR_ONE)
                        .children(counter("a").build(), saver("b"), counter("c").build(), inner)
                        .build();
        SupervisorConfig pool =
                SupervisorConfig.builder("pool")
                        .backoff(backoff())
                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                        .intensity(ANY)
                        .children(
                                AgentSpec.builder("worker", "worker")
                                        .restart(RestartType.TRANSIENT)
                                        .health(HealthChecks.every(Duration.ofSeconds(20)))
                                        .backoff(backoff())
                                        .checkpoints(NEWEST)
                                        .build())
                        .build();
        SupervisorConfig teams =
                SupervisorConfig.builder("teams")
                        .backoff(backoff())
                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                        .intensity(ANY)
                        .children(
                                SupervisorConfig.builder("team")
                                        .children(counter("member").build(), saver("clerk"))
                                        .build())
                        .build();
        return SupervisorConfig.builder("root")
                .intensity(ANY)
                .children(
                        AgentSpec.builder("ledger", "ledger")
                                .redeliver(5)
                                .backoff(backoff())
                                .checkpoints(NEWEST)
                                .build(),
                        saver("saver"),
                        counter("steady")
                                .checkpoints(Checkpoints.every(Duration.ofSeconds(20)))
                                .health(HealthChecks.every(MINUTE))
                                .build(),
                        counter("parks").budget(budget(Exhaustion.park())).build(),
                        counter("rests").budget(budget(Exhaustion.park(MINUTE))).build(),
                        counter("cools")
                                .budget(budget(Exhaustion.coolDown(MINUTE, MINUTE)))
                                .checkpoints(Checkpoints.every(MINUTE))
                                .build(),
                        counter("chokes").redeliver(2).build(),
                        counter("hangs")
                                .deadlines(Deadlines.DEFAULT.message(Duration.ofSeconds(5)))
                                .shutdown(Shutdown.within(SECOND))
                                .build(),
                        AgentSpec.builder("caller", "caller").backoff(backoff()).build(),
                        AgentSpec.builder("handler", "handler")
                                .needs(FlakyProvider.KEY)
                                .backoff(backoff())
                                .mailbox(50)
                                .build(),
                        group,
                        pool,
                        teams)
                .build();
    }

    private static AgentSpec.Builder counter(String id) {
        return AgentSpec.builder(id, "counter").mailbox(50).backoff(backoff());
    }

    private static AgentSpec saver(String id) {
        return AgentSpec.builder(id, "saver").checkpoints(NEWEST).backoff(backoff()).build();
    }

    /** So that nobody restarts for ever in no time while the store cannot be read. */
    private static Backoff backoff() {
        return Backoff.builder(SECOND).max(Duration.ofSeconds(20)).allowImmortal(true).build();
    }

    private static RestartBudget budget(Exhaustion end) {
        return new RestartBudget(new RestartIntensity(2, Duration.ofMinutes(2)), SECOND, end);
    }

    private void note(String path, SupervisorConfig supervisor) {
        supervisors.put(path, supervisor);
        if (supervisor.isPool()) {
            return;
        }
        for (ChildSpec child : supervisor.children()) {
            String at = path + "/" + child.id();
            switch (child) {
                case SupervisorConfig nested -> note(at, nested);
                case AgentSpec _ -> agents.add(new AgentPid(at));
            }
        }
    }

    private AgentFactory<?>[] factories() {
        LoopAgent caller =
                context -> {
                    while (!context.awaitStop(Duration.ofSeconds(5))) {
                        provider.call(context);
                    }
                };
        MessageAgent handler = (_, context) -> provider.call(context);
        return new AgentFactory<?>[] {
            AgentFactory.of("ledger", Ledger::new),
            AgentFactory.of("saver", () -> new Saver(false)),
            AgentFactory.of("worker", () -> new Saver(true)),
            AgentFactory.of("counter", Counter::new),
            AgentFactory.of("caller", () -> caller),
            AgentFactory.of("handler", () -> handler)
        };
    }

    // ---- the agents

    /** Adds up numbers that are sent with ids, and crashes at some. */
    private final class Ledger implements MessageAgent {
        private Sum sum = new Sum(0, 0);

        @Override
        public InitResult init(InitArgs args) {
            sum = args.context().restored(Sum.class).orElse(sum);
            check(
                    sum.count() == booked || sum.count() == booked + 1,
                    "the ledger begins with %s, and %d were acknowledged".formatted(sum, booked));
            check(sum.total() == sumBelow(sum.count()), "a number was added twice: " + sum);
            return InitResult.ok();
        }

        @Override
        public Optional<Sum> stateToSave() {
            return Optional.of(sum);
        }

        @Override
        public void handle(Object message, AgentContext context) throws InterruptedException {
            if (message instanceof Long number) { // else it was meant for others
                sum = new Sum(sum.count() + 1, sum.total() + number);
                befall(context, 40);
            }
        }
    }

    private static long sumBelow(long numbers) {
        return numbers * (numbers - 1) / 2;
    }

    /** Saves a number that is one higher each time. */
    private final class Saver implements LoopAgent {
        private final boolean ends;
        private long count;

        Saver(boolean ends) {
            this.ends = ends;
        }

        @Override
        public InitResult init(InitArgs args) {
            AgentContext context = args.context();
            count = context.restored(Count.class).map(Count::value).orElse(0L);
            long known = saved.getOrDefault(context.pid(), 0L);
            check(
                    count == known || count == known + 1,
                    "%s begins with %d after %d was saved".formatted(context.pid(), count, known));
            return InitResult.ok();
        }

        @Override
        public void run(AgentContext context) throws InterruptedException {
            if (ends) {
                context.register(context.pid().path());
            }
            while (!context.awaitStop(Duration.ofMillis(2_000 + random.nextInt(6_000)))) {
                try {
                    context.checkpoint(new Count(count + 1));
                    saved.put(context.pid(), ++count);
                } catch (StorageException e) {
                    if (random.nextBoolean()) {
                        throw e;
                    }
                }
                befall(context, 60);
                if (ends && random.nextInt(20) == 0) {
                    return;
                }
            }
        }
    }

    /** Does what it is told. */
    private final class Counter implements MessageAgent {
        private long count;

        @Override
        public InitResult init(InitArgs args) {
            count = args.context().restored(Count.class).map(Count::value).orElse(0L);
            return InitResult.ok();
        }

        @Override
        public Optional<Count> stateToSave() {
            return Optional.of(new Count(count));
        }

        @Override
        public Health healthCheck(AgentContext context) {
            return isSick ? Health.bad("as the test wants") : Health.good();
        }

        @Override
        public void handle(Object message, AgentContext context) throws InterruptedException {
            count++;
            if (message instanceof AgentPid other) {
                switch (random.nextInt(4)) {
                    case 0 -> context.link(other);
                    case 1 -> context.unlink(other);
                    case 2 -> context.monitor(other);
                    default -> context.ask(other, "count", SECOND);
                }
                return;
            }
            switch (String.valueOf(message)) {
                case "crash" -> throw new IllegalStateException("told to");
                case "end" -> throw new AgentExitException(ExitReason.normal());
                case "restart" -> context.requestRestart();
                case "hang" -> hang();
                case "slow" -> context.sleep(Duration.ofSeconds(random.nextInt(20)));
                case "save" -> context.checkpoint(new Count(count));
                case "save later" -> {
                    var _ = context.checkpointAsync(new Count(count));
                }
                case "register" -> context.register(oneOf(NAMES));
                case "unregister" -> context.unregister(oneOf(NAMES));
                case "later" -> {
                    var _ = context.replyLater();
                }
                case "progress" -> context.progress("message " + count);
                default -> context.reply(count); // also to notices of ends, which nobody asked
            }
        }
    }

    private static final List<String> MESSAGES =
            List.of(
                    "crash",
                    "end",
                    "restart",
                    "hang",
                    "slow",
                    "save",
                    "save later",
                    "register",
                    "unregister",
                    "later",
                    "progress",
                    "count",
                    "count",
                    "count",
                    "count");

    private void befall(AgentContext context, int oneIn) throws InterruptedException {
        if (!isAtRest && random.nextInt(oneIn) == 0) {
            context.sleep(Duration.ofMillis(random.nextInt(3_000)));
            throw new IllegalStateException("as it does now and then");
        }
    }

    /** Hears nothing, no stop and no interrupt, until it is let go. */
    private void hang() {
        if (!isAtRest) {
            deaf.join();
        }
    }

    /** Notes what does not hold; an agent that threw would only crash. */
    private void check(boolean holds, String what) {
        if (!holds && violation == null) {
            violation = "%s, in life %d at %s".formatted(what, lives, sim.now());
        }
    }

    // ---- its lives

    /** Plays some hours, and gives what has happened. */
    Figures play(int hours) {
        Instant last = SimulatedHost.BEGIN.plus(Duration.ofHours(hours));
        do {
            Instant until = sim.now().plus(PERIOD);
            if (severalLives && (kills == 0 || random.nextInt(3) == 0)) {
                beBusy(sim.now().plus(PERIOD.dividedBy(2)));
                kill();
            }
            beBusy(until);
            rest();
            if (severalLives && random.nextInt(4) == 0) {
                close();
                begin(sim.now().plus(MINUTE));
            }
        } while (sim.now().isBefore(last));
        close();
        return new Figures(lives, restarts, checkpoints, instances, extras, kills, steps);
    }

    private void begin(Instant at) {
        lives++;
        booking = null;
        monitors.clear();
        deaf = new CompletableFuture<>();
        sim = Simulation.life(seed + 1_000L * lives, store, at);
        sim.onStoreFailure(onStoreFailure).dependency(FlakyProvider.circuit().build());
        root = sim.start(tree, factories());
        end = sim.runtime().termination();
        throwViolation();
        if (first == null) {
            rest();
        }
    }

    /** The JVM is gone in the middle of something; whoever watched it sees nothing more. */
    private void kill() {
        kills++;
        for (int i = random.nextInt(200); i > 0; i--) {
            sim.step();
        }
        throwViolation();
        count();
        begin(sim.now().plus(Duration.ofSeconds(random.nextInt(100))));
    }

    private void close() {
        sim.close();
        throwViolation();
        count();
    }

    private void count() {
        steps += sim.steps();
        restarts += sim.runtime().restartTotal();
        checkpoints += sim.runtime().checkpointTotal();
    }

    private void throwViolation() {
        if (violation != null) {
            throw new AssertionError(violation);
        }
    }

    // ---- what happens

    private void beBusy(Instant until) {
        while (sim.now().isBefore(until)) {
            act();
            sim.advance(Duration.ofMillis(random.nextInt(4_000)));
            if (end.isDone()) {
                check(false, "the root has ended: " + last(sim.trace(), 40));
            }
            throwViolation();
        }
    }

    private static String last(List<String> lines, int most) {
        return String.join("\n", lines.subList(Math.max(0, lines.size() - most), lines.size()));
    }

    private void act() {
        switch (random.nextInt(25)) {
            case 0, 1, 2, 3, 4 -> operate(() -> root.tell(oneOf(agents), oneOf(MESSAGES)));
            case 5 -> operate(() -> root.tell(oneOf(agents), oneOf(agents)));
            case 6 -> operate(() -> root.ask(oneOf(agents), oneOf(MESSAGES), SECOND));
            case 7, 8, 9 -> book();
            case 10, 11 -> startInstance("root/pool");
            case 12 -> startInstance("root/teams");
            case 13 -> endInstance();
            case 14 -> addExtra();
            case 15 -> request();
            case 16 -> operate(() -> root.handleAgentExit(anyChild(), reason()));
            case 17 -> provider.down = random.nextInt(3) > 0 && !provider.down;
            case 18 -> sim.store().failing(random.nextInt(3) == 0);
            case 19 -> sim.store().delay(Duration.ofMillis(random.nextInt(3) * 40L));
            case 20 -> watch();
            case 21 -> operateOnMessages();
            case 22 -> steerProvider();
            case 23 -> operate(() -> root.send(oneOf(agents), new SystemMessage.Checkpoint()));
            default -> {
                isSick = random.nextInt(4) == 0;
                hearAgain();
            }
        }
    }

    /** A client or an operator; what is refused because of a state is fine. */
    private void operate(Runnable operation) {
        sim.run(
                "client",
                () -> {
                    try {
                        operation.run();
                    } catch (SupervisionException _) {
                        // refused, which is an answer
                    }
                });
    }

    /** Sends the next number unless one is on its way, the same one until it is acknowledged. */
    private void book() {
        if (booking != null && !booking.toCompletableFuture().isDone()) {
            return;
        }
        long number = booked;
        operate(() -> {
            CompletionStage<Void> sent = root.tellOnce(LEDGER, "number " + number, number);
            booking = sent;
            var _ =
                    sent.whenComplete((_, failed) -> {
                        if (failed == null && sent.equals(booking)) {
                            booked = number + 1;
                        }
                    });
        });
    }

    private void startInstance(String pool) {
        operate(() ->
                sim.supervisor(pool)
                        .ifPresent(it -> {
                            it.startInstance(Map.of());
                            instances++;
                        }));
    }

    private void endInstance() {
        operate(() -> {
            String pool = random.nextBoolean() ? "root/pool" : "root/teams";
            sim.supervisor(pool)
                    .ifPresent(it -> {
                        List<SupervisedAgentInfo> there = it.children();
                        if (!there.isEmpty()) {
                            it.stopAgent(oneOf(there).pid());
                        }
                    });
        });
    }

    private void addExtra() {
        operate(() -> {
            String parent = random.nextBoolean() ? "root" : "root/group";
            String id = oneOf(EXTRAS);
            Optional<AgentSupervisor> supervisor = sim.supervisor(parent);
            if (supervisor.isPresent()) {
                if (random.nextBoolean()) {
                    supervisor.get().spawnAgent(counter(id).build());
                    extras++;
                } else {
                    supervisor.get().stopAgent(new AgentPid(parent + "/" + id));
                }
            }
        });
    }

    private void request() {
        AgentPid pid = anyChild();
        Optional<AgentSupervisor> above = sim.supervisor(pid.supervisor().path());
        if (above.isPresent()) {
            AgentSupervisor supervisor = above.get();
            operate(
                    switch (random.nextInt(3)) {
                        case 0 -> () -> supervisor.terminateChild(pid.id());
                        case 1 -> () -> supervisor.restartChild(pid.id());
                        default -> () -> supervisor.restartAgent(pid);
                    });
        }
    }

    /** Mostly an agent. */
    private AgentPid anyChild() {
        if (random.nextInt(5) > 0) {
            return oneOf(agents);
        }
        return new AgentPid(
                oneOf(List.of("root/group", "root/group/inner", "root/pool", "root/teams")));
    }

    private ExitReason reason() {
        return random.nextBoolean() ? ExitReason.kill() : ExitReason.error("seen from outside");
    }

    private void watch() {
        operate(() -> {
            if (random.nextBoolean() && !monitors.isEmpty()) {
                monitors.remove(random.nextInt(monitors.size())).cancel();
            } else {
                monitors.add(root.monitor(oneOf(agents)));
            }
        });
    }

    private void operateOnMessages() {
        operate(() -> {
            List<ParkedMessage> parked = sim.runtime().parkedMessages();
            if (!parked.isEmpty()) {
                long id = oneOf(parked).id();
                if (random.nextBoolean()) {
                    sim.runtime().replayMessage(id);
                } else {
                    sim.runtime().dropMessage(id);
                }
            }
        });
    }

    private void steerProvider() {
        operate(() -> {
            if (random.nextInt(3) == 0) {
                sim.runtime().forceOpen(FlakyProvider.KEY);
            } else {
                sim.runtime().reset(FlakyProvider.KEY);
            }
        });
    }

    /** Whoever heard nothing hears. */
    private void hearAgain() {
        deaf.complete(null);
        deaf = new CompletableFuture<>();
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    // ---- at rest

    /** Nothing goes wrong any more, all that was added is removed, and everything begins anew. */
    private void rest() {
        isAtRest = true;
        provider.down = false;
        isSick = false;
        sim.store().failing(false);
        sim.store().delay(Duration.ZERO);
        hearAgain();
        operate(() -> sim.runtime().reset(FlakyProvider.KEY));
        operate(() -> monitors.forEach(Monitor::cancel));
        sim.advance(REST); // for requests to be answered, and budgets to be whole again
        monitors.clear();
        supervisors.forEach(this::bringBack);
        sim.advance(REST);
        supervisors.forEach(this::checkIsAsConfigured);
        checkLedger();
        checkNothingIsLeft();
        throwViolation();
        Census now = Census.of(sim.runtime(), sim.host());
        if (first == null) {
            first = now;
        }
        SortedMap<String, String> more = now.moreThan(first, SLACK, BOUNDS);
        check(more.isEmpty(), "there is more at rest than there was at first: " + more);
        throwViolation();
        isAtRest = false;
    }

    private void bringBack(String path, SupervisorConfig config) {
        if (sim.supervisor(path).isEmpty()) { // stopped by hand
            AgentPid pid = new AgentPid(path);
            sim.supervisor(pid.supervisor().path()).orElseThrow().restartAgent(pid);
        }
        AgentSupervisor supervisor = sim.supervisor(path).orElseThrow();
        for (SupervisedAgentInfo child : supervisor.children()) {
            if (config.isPool() || isExtra(child.pid())) {
                supervisor.stopAgent(child.pid());
            } else if (agents.contains(child.pid())) {
                supervisor.restartAgent(child.pid());
            }
        }
    }

    private static boolean isExtra(AgentPid pid) {
        return EXTRAS.contains(pid.id());
    }

    private void checkIsAsConfigured(String path, SupervisorConfig config) {
        List<SupervisedAgentInfo> children = sim.supervisor(path).orElseThrow().children();
        List<String> ought =
                config.isPool()
                        ? List.of()
                        : config.children().stream().map(ChildSpec::id).toList();
        List<String> there = children.stream().map(child -> child.pid().id()).toList();
        check(there.equals(ought), "%s has %s, not %s".formatted(path, there, ought));
        for (SupervisedAgentInfo child : children) {
            check(
                    child.status() instanceof AgentStatus.Running,
                    child.pid() + " is " + child.status());
        }
    }

    private void checkLedger() {
        long before = booked;
        book();
        sim.advance(SECOND);
        check(booked == before + 1, "no number is booked any more after " + booked);
        root.restartAgent(LEDGER); // which looks at what it begins with
    }

    private void checkNothingIsLeft() {
        sim.call(() -> {
            sim.runtime().parkedMessages().forEach(it -> sim.runtime().dropMessage(it.id()));
            NAMES.forEach(root::unregister);
            return root;
        });
        DependencyInfo dependency = FlakyProvider.info(sim);
        check(
                dependency.suspended() == 0 && dependency.waiting() == 0,
                "who waits for the provider: " + dependency);
        check(sim.runtime().abandonedThreads() == 0, "there are abandoned threads");
        check(sim.runtime().storeFailingSince().isEmpty(), "the store is said to fail");
        check(sim.runtime().names().isEmpty(), "names: " + sim.runtime().names());
    }
}
