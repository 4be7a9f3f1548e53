package ai.terraphim.supervisor.testkit;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Something outside the tree, which fails if it is told to, and the agents that depend on it. */
final class FlakyProvider {
    static final String KEY = "llm:host/model";
    static final int TRIALS = 2;

    boolean down;
    Duration takes = ofMillis(100);
    int mostUnderWay;

    /** When those calls began that came to an end. */
    final List<Instant> begun = new ArrayList<>();

    final Set<AgentPid> answered = new HashSet<>();

    private int underWay;

    String answer(AgentContext context) throws Exception {
        Instant now = context.now();
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        try {
            context.sleep(takes);
        } finally {
            underWay--;
        }
        begun.add(now); // not those that were interrupted
        if (down) {
            throw new IOException("503");
        }
        answered.add(context.pid());
        return "answer";
    }

    /** Calls through its guard. */
    void call(AgentContext context) throws Exception {
        var _ = context.guarded(KEY, () -> answer(context));
    }

    /** A circuit that two failures open, for ten seconds. */
    static DependencyConfig.Builder circuit() {
        return DependencyConfig.builder(KEY)
                .window(4)
                .minimumCalls(2)
                .openFor(ofSeconds(10))
                .trialCalls(TRIALS);
    }

    /** An agent that calls twice a second. */
    static AgentSpec loop(String id) {
        return AgentSpec.of(id, "loop");
    }

    /** An agent that calls for each message that is no {@code "rest"}. */
    static AgentSpec handler(String id) {
        return AgentSpec.builder(id, "handler").needs(KEY).build();
    }

    static AgentPid pid(String id) {
        return new AgentPid("root/" + id);
    }

    AgentSupervisor start(Simulation sim, DependencyConfig circuit, AgentSpec... agents) {
        return start(sim, circuit, SupervisorConfig.builder("root").children(agents).build());
    }

    AgentSupervisor start(Simulation sim, DependencyConfig circuit, SupervisorConfig root) {
        LoopAgent loop =
                context -> {
                    while (!context.awaitStop(ofMillis(500))) {
                        call(context);
                    }
                };
        MessageAgent handler =
                (message, context) -> {
                    if (!message.equals("rest")) {
                        call(context);
                    }
                };
        return sim.dependency(circuit)
                .start(
                        root,
                        AgentFactory.of("loop", () -> loop),
                        AgentFactory.of("handler", () -> handler));
    }

    static DependencyInfo info(Simulation sim) {
        return sim.call(() -> sim.runtime().dependencies().getFirst());
    }

    static void forceOpen(Simulation sim) {
        sim.run("operator", () -> sim.runtime().forceOpen(KEY));
        sim.runUntilIdle();
    }

    static void reset(Simulation sim) {
        sim.run("operator", () -> sim.runtime().reset(KEY));
        sim.runUntilIdle();
    }
}
