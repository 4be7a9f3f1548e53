package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartRules;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Makes supervisors by chance, and scripts for whatever comes to live in them. */
final class RandomSupervisors {
    static final List<String> IDS = List.of("pear", "fig", "kiwi", "apple");
    private static final int INSTANCES = 5;
    private static final Script.Start OK = new Script.Start(Script.Outcome.OK, List.of());

    /** What there may be besides. */
    enum Besides {
        /** Nothing. */
        NOTHING,
        /**
         * Children may be async, and slow to start. As starts that take their time may be too slow
         * for an intensity, no agent fails to start for ever: all of it is to come to an end.
         */
        SLOW_STARTS,
        /**
         * Restarts may wait, for a time or for a dependency, and end otherwise than with an
         * escalation. No agent fails to start for ever here either.
         */
        WAITS
    }

    private final Random random;
    private final Besides besides;

    /** Chance of its own for what there is besides, so that a seed gives the same tree without. */
    private final Random more;

    private final boolean killsSupervisors;
    private final Simulation world;
    private final Script.Call calls;

    final List<String> paths = new ArrayList<>();
    final List<String> supervisorPaths = new ArrayList<>();

    /**
     * Makes nothing yet.
     *
     * @param calls what some callbacks do
     */
    RandomSupervisors(
            long seed,
            Random random,
            Besides besides,
            boolean killsSupervisors,
            Simulation world,
            Script.Call calls) {
        this.random = random;
        this.besides = besides;
        this.more = new Random(seed);
        this.killsSupervisors = killsSupervisors;
        this.world = world;
        this.calls = calls;
    }

    ChildSpec child(String id, String path, int depth, boolean maySignify) {
        return depth < 3 && random.nextInt(3) == 0
                ? supervisor(id, path, depth, maySignify)
                : agent(id, path, maySignify);
    }

    SupervisorConfig supervisor(String id, String path, int depth, boolean maySignify) {
        paths.add(path);
        supervisorPaths.add(path);
        world.bind(
                path,
                new Script(
                        List.of(OK, start(), start()), Script.Outcome.OK, Script.OBEDIENT.stop()));
        RestartType restart = oneOf(List.of(RestartType.values()));
        AutoShutdown autoShutdown =
                random.nextInt(3) == 0 ? oneOf(List.of(AutoShutdown.values())) : AutoShutdown.NEVER;
        boolean ends = autoShutdown != AutoShutdown.NEVER;
        RestartStrategy strategy = oneOf(List.of(RestartStrategy.values()));
        List<ChildSpec> children = new ArrayList<>();
        if (strategy == RestartStrategy.SIMPLE_ONE_FOR_ONE) {
            children.add(template(path, depth, ends));
        } else {
            for (String child : IDS.subList(0, random.nextInt(IDS.size() + 1))) {
                children.add(child(child, path + "/" + child, depth + 1, ends));
            }
        }
        RestartRules restarts = restarts();
        SupervisorConfig.Builder supervisor = SupervisorConfig.builder(id);
        restarts.budget().ifPresent(supervisor::budget);
        return supervisor
                .backoff(restarts.backoff())
                .onExhaustion(exhaustion())
                .strategy(strategy)
                .intensity(
                        new RestartIntensity(
                                random.nextInt(6), Duration.ofSeconds(1 + random.nextInt(10))))
                .restart(restart)
                .start(startMode())
                .significant(signifies(maySignify, restart))
                .autoShutdown(autoShutdown)
                .shutdown(
                        switch (killsSupervisors ? random.nextInt(4) : 2) {
                            case 0 -> Shutdown.brutalKill();
                            case 1 -> Shutdown.within(Duration.ofMillis(random.nextInt(100)));
                            default -> Shutdown.infinity();
                        })
                .children(children)
                .build();
    }

    private boolean signifies(boolean maySignify, RestartType restart) {
        return maySignify && restart != RestartType.PERMANENT && random.nextBoolean();
    }

    /** A pool's one child; its first instances get scripts of their own. */
    private ChildSpec template(String pool, int depth, boolean maySignify) {
        ChildSpec template = child("template", pool + "/template", depth + 1, maySignify);
        for (int i = 1; i <= INSTANCES; i++) {
            String path = pool + "/" + i;
            switch (template) {
                case AgentSpec _ -> agent(String.valueOf(i), path, false);
                case SupervisorConfig nested -> {
                    paths.add(path);
                    supervisorPaths.add(path);
                    nested.children().forEach(child -> paths.add(path + "/" + child.id()));
                }
            }
        }
        return template;
    }

    private AgentSpec agent(String id, String path, boolean maySignify) {
        paths.add(path);
        RestartType restart = oneOf(List.of(RestartType.values()));
        world.bind(
                path,
                new Script(
                        List.of(
                                slowly(random.nextInt(10) == 0 ? start() : OK),
                                slowly(start()),
                                slowly(start()),
                                slowly(start())),
                        random.nextInt(10) == 0 && besides == Besides.NOTHING
                                ? Script.Outcome.ERROR
                                : Script.Outcome.OK,
                        switch (random.nextInt(6)) {
                            case 0 -> new Script.Stop.End(reason());
                            case 1 -> new Script.Stop.Hang();
                            case 2 -> new Script.Stop.Slow(Duration.ofMillis(random.nextInt(100)));
                            case 3 -> new Script.Stop.Calling(List.of(calls));
                            default -> Script.OBEDIENT.stop();
                        }));
        RestartRules restarts = restarts();
        AgentSpec.Builder spec = AgentSpec.builder(id, "scripted");
        restarts.budget().ifPresent(spec::budget);
        return spec.backoff(restarts.backoff())
                .restart(restart)
                .start(startMode())
                .significant(signifies(maySignify, restart))
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
        return new Script.Start(outcome, random.nextInt(4) == 0 ? List.of(calls) : List.of());
    }

    private StartMode startMode() {
        return besides == Besides.SLOW_STARTS && more.nextBoolean()
                ? StartMode.ASYNC
                : StartMode.SYNC;
    }

    private Script.Start slowly(Script.Start start) {
        if (besides != Besides.SLOW_STARTS || more.nextBoolean()) {
            return start;
        }
        Duration time = Duration.ofMillis(more.nextInt(200));
        List<Script.Call> calls = new ArrayList<>(start.calls());
        calls.add(then -> world.after(time, then));
        return new Script.Start(start.outcome(), calls);
    }

    ExitReason reason() {
        return switch (random.nextInt(5)) {
            case 0 -> ExitReason.normal();
            case 1 -> ExitReason.shutdown();
            case 2 -> ExitReason.shutdown("term");
            case 3 -> ExitReason.kill();
            default ->
                    waits()
                            ? new ExitReason.Dependency("llm", new Failure("", "refused", ""))
                            : ExitReason.error("error");
        };
    }

    <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** Whether restarts may wait. */
    boolean mayWait() {
        return besides == Besides.WAITS;
    }

    private boolean waits() {
        return mayWait() && more.nextBoolean();
    }

    private Backoff backoff() {
        if (!waits()) {
            return Backoff.NONE;
        }
        return Backoff.builder(Duration.ofMillis(1 + more.nextInt(2_000)))
                .factor(1 + more.nextInt(3))
                .jitter(more.nextInt(3) / 2.0)
                .resetAfter(Duration.ofMillis(1 + more.nextInt(5_000)))
                .allowImmortal(true)
                .build();
    }

    private Optional<RestartBudget> budget() {
        return waits()
                ? Optional.of(
                        new RestartBudget(
                                new RestartIntensity(
                                        more.nextInt(4),
                                        Duration.ofMillis(1 + more.nextInt(5_000))),
                                Duration.ofMillis(1 + more.nextInt(5_000)),
                                exhaustion()))
                : Optional.empty();
    }

    private Exhaustion exhaustion() {
        Duration time = Duration.ofMillis(1 + more.nextInt(3_000));
        return switch (besides == Besides.WAITS ? more.nextInt(5) : 0) {
            case 1 -> Exhaustion.park();
            case 2 -> Exhaustion.park(time);
            case 3 -> Exhaustion.coolDown(time, time.multipliedBy(1 + more.nextInt(4)));
            default -> Exhaustion.escalate();
        };
    }

    private RestartRules restarts() {
        return new RestartRules(backoff(), budget());
    }
}
