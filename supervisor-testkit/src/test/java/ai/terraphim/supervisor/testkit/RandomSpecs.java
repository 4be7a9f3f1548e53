package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;

/** What trees are made of, by chance. */
final class RandomSpecs {
    static final List<String> IDS = List.of("pear", "fig", "kiwi", "apple");

    private static final List<RestartStrategy> STRATEGIES =
            List.of(
                    RestartStrategy.ONE_FOR_ONE,
                    RestartStrategy.ONE_FOR_ALL,
                    RestartStrategy.REST_FOR_ONE);

    private final SplittableRandom random;
    private final SupervisorConfig root;

    RandomSpecs(SplittableRandom random) {
        this.random = random;
        this.root = group("root", 0);
    }

    SupervisorConfig root() {
        return root;
    }

    /** What the tree was made with at a place; empty for what was added to it. */
    Optional<ChildSpec> at(String path) {
        ChildSpec spec = root;
        String[] ids = path.split("/");
        for (int i = 1; i < ids.length; i++) {
            if (!(spec instanceof SupervisorConfig supervisor)) {
                return Optional.empty();
            }
            String id = ids[i];
            Optional<ChildSpec> child =
                    supervisor.children().stream()
                            .filter(it -> supervisor.isPool() || it.id().equals(id))
                            .findFirst();
            if (child.isEmpty()) {
                return child;
            }
            spec = child.get();
        }
        return Optional.of(spec);
    }

    SupervisorConfig supervisorAt(String path) {
        return (SupervisorConfig) at(path).orElseThrow();
    }

    boolean isSupervisor(String path) {
        return at(path).orElse(null) instanceof SupervisorConfig;
    }

    /** The places of all supervisors that the root's start starts, or all such agents. */
    List<String> paths(boolean supervisors) {
        List<String> paths = new ArrayList<>();
        collect("root", root, supervisors, paths);
        return paths;
    }

    private static void collect(
            String path, ChildSpec spec, boolean supervisors, List<String> paths) {
        if (spec instanceof SupervisorConfig == supervisors) {
            paths.add(path);
        }
        if (spec instanceof SupervisorConfig supervisor && !supervisor.isPool()) {
            supervisor
                    .children()
                    .forEach(child -> collect(path + "/" + child.id(), child, supervisors, paths));
        }
    }

    private SupervisorConfig group(String id, int depth) {
        RestartStrategy strategy = oneOf(STRATEGIES);
        List<ChildSpec> children = new ArrayList<>();
        for (String child : IDS.subList(0, 1 + random.nextInt(IDS.size()))) {
            children.add(
                    switch (depth < 2 ? random.nextInt(9) : 8) {
                        case 0, 1 -> group(child, depth + 1);
                        case 2, 3 -> pool(child, depth + 1);
                        default -> mayWait(agent(child), strategy);
                    });
        }
        int atLeast = depth == 0 ? 5 : 0; // for the histories to be longer
        return supervisor(id, strategy, intensity(atLeast), children);
    }

    private SupervisorConfig pool(String id, int depth) {
        ChildSpec template =
                switch (depth < 2 ? random.nextInt(6) : 5) {
                    case 0 -> group("template", depth + 1);
                    case 1 -> pool("template", depth + 1);
                    default -> mayWait(agent("template"), RestartStrategy.SIMPLE_ONE_FOR_ONE);
                };
        return supervisor(id, RestartStrategy.SIMPLE_ONE_FOR_ONE, intensity(0), List.of(template));
    }

    private SupervisorConfig supervisor(
            String id,
            RestartStrategy strategy,
            RestartIntensity intensity,
            List<ChildSpec> children) {
        SupervisorConfig.Builder supervisor =
                SupervisorConfig.builder(id)
                        .strategy(strategy)
                        .intensity(intensity)
                        .restart(oneOf(List.of(RestartType.values())))
                        .start(start())
                        .children(children);
        if (random.nextInt(5) == 0) {
            supervisor.shutdown(shutdown());
        }
        return supervisor.build();
    }

    private RestartIntensity intensity(int atLeast) {
        return new RestartIntensity(
                atLeast + random.nextInt(8), Duration.ofSeconds(1 + random.nextInt(10)));
    }

    AgentSpec agent(String id) {
        return AgentSpec.builder(id, random.nextInt(3) > 0 ? "talker" : "loop")
                .restart(oneOf(List.of(RestartType.values())))
                .start(start())
                .shutdown(shutdown())
                .build();
    }

    /**
     * Lets the restarts of some agents wait, where each is counted: what fails in a group that
     * waits is not.
     */
    private AgentSpec mayWait(AgentSpec agent, RestartStrategy strategy) {
        boolean mayWait =
                strategy == RestartStrategy.ONE_FOR_ONE
                        || strategy == RestartStrategy.SIMPLE_ONE_FOR_ONE;
        if (!mayWait || random.nextInt(3) > 0) {
            return agent;
        }
        return AgentSpec.builder(agent.id(), agent.type())
                .restart(agent.restart())
                .start(agent.start())
                .shutdown(agent.shutdown())
                .backoff(
                        Backoff.builder(Duration.ofMillis(1 + random.nextInt(1_000)))
                                .max(Duration.ofSeconds(4))
                                .allowImmortal(true)
                                .build())
                .build();
    }

    private StartMode start() {
        return random.nextInt(5) == 0 ? StartMode.ASYNC : StartMode.SYNC;
    }

    private Shutdown shutdown() {
        return random.nextInt(5) == 0
                ? Shutdown.brutalKill()
                : Shutdown.within(Duration.ofMillis(random.nextInt(500)));
    }

    /**
     * Other specs for a supervisor: some children are not named any more, some are new, in any
     * order, and it restarts at least once before it gives up. What is nested stays as it is.
     */
    SupervisorConfig changed(SupervisorId supervisor) {
        String path = supervisor.path();
        SupervisorConfig config = supervisorAt(path);
        List<ChildSpec> children = new ArrayList<>();
        if (config.isPool()) {
            children.add(other(config.children().getFirst()));
        } else {
            for (String id : IDS) {
                Optional<ChildSpec> known =
                        config.children().stream().filter(it -> it.id().equals(id)).findFirst();
                if (random.nextInt(4) > 0) {
                    children.add(known.map(this::other).orElseGet(() -> agent(id)));
                }
            }
            Collections.shuffle(children, new Random(random.nextLong()));
        }
        return SupervisorConfig.builder(path.substring(path.lastIndexOf('/') + 1))
                .strategy(
                        config.isPool() || mayWait(config) ? config.strategy() : oneOf(STRATEGIES))
                .intensity(intensity(1))
                .restart(config.restart())
                .start(config.start())
                .shutdown(config.shutdown())
                .children(children)
                .build();
    }

    private static boolean mayWait(SupervisorConfig config) {
        return config.children().stream().anyMatch(child -> !child.restarts().backoff().isNone());
    }

    private ChildSpec other(ChildSpec spec) {
        return spec instanceof AgentSpec agent && random.nextBoolean() ? agent(agent.id()) : spec;
    }

    ExitReason reason() {
        return switch (random.nextInt(4)) {
            case 0 -> ExitReason.normal();
            case 1 -> ExitReason.shutdown("of its own will");
            case 2 -> ExitReason.kill();
            default -> ExitReason.error("seen from outside");
        };
    }

    <T> T oneOf(List<? extends T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
