package ai.terraphim.supervisor.testkit;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A thousand agents share one provider, which is down for a minute. */
class ProviderOutageTest {
    private static final String KEY = "llm:provider/model";
    private static final int AGENTS = 1_000;
    private static final int TRIALS = 3;

    /** Answers after 200 ms; while it is down it refuses after 50 ms. */
    private static final class Provider {
        boolean down;
        final List<Instant> callsWhileDown = new ArrayList<>();
        final Map<AgentPid, Integer> answers = new HashMap<>();

        String answer(AgentContext context) throws Exception {
            if (down) {
                callsWhileDown.add(context.now());
                context.sleep(ofMillis(50));
                throw new IOException("503 Service Unavailable");
            }
            context.sleep(ofMillis(200));
            answers.merge(context.pid(), 1, Integer::sum);
            return "answer";
        }
    }

    private static AgentFactory<?> asking(Provider provider) {
        return AgentFactory.of(
                "asking",
                () ->
                        (LoopAgent)
                                context -> {
                                    while (!context.awaitStop(ofSeconds(1))) {
                                        context.guarded(KEY, () -> provider.answer(context));
                                    }
                                });
    }

    private static AgentFactory<?> answering(Provider provider) {
        return AgentFactory.of(
                "answering",
                () ->
                        (MessageAgent)
                                (_, context) ->
                                        context.guarded(KEY, () -> provider.answer(context)));
    }

    private static List<ChildSpec> children() {
        return IntStream.range(0, AGENTS)
                .mapToObj(i ->
                        (ChildSpec)
                                (i % 2 == 0
                                        ? AgentSpec.of("loop-" + i, "asking")
                                        : AgentSpec.builder("message-" + i, "answering")
                                                .needs(KEY)
                                                .build()))
                .toList();
    }

    @Test
    void isSatOutByAllAgentsAndNobodyIsRestartedInVain() {
        Provider provider = new Provider();
        try (var sim = Simulation.seeded(1)) {
            sim.dependency(
                    DependencyConfig.builder(KEY)
                            .openFor(ofSeconds(10))
                            .trialCalls(TRIALS)
                            .build());
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.builder("root")
                                    .maxChildren(AGENTS)
                                    .children(children())
                                    .build(),
                            asking(provider),
                            answering(provider));
            for (int second = 0; second < 5; second++) {
                tellAll(sim, root);
                sim.advance(ofSeconds(1));
            }
            assertThat(provider.answers).hasSize(AGENTS);

            provider.down = true;
            for (int second = 0; second < 55; second++) {
                tellAll(sim, root);
                sim.advance(ofSeconds(1));
            }
            assertThat(sim.runtime().dependencies().getFirst().state())
                    .isNotEqualTo(DependencyInfo.State.CLOSED);
            assertThat(sim.call(root::children))
                    .filteredOn(child -> child.status() instanceof AgentStatus.Suspended)
                    .hasSizeGreaterThan(AGENTS - 2 * TRIALS);
            sim.advance(ofSeconds(5));

            provider.down = false;
            provider.answers.clear();
            sim.advance(ofSeconds(20));
            assertThat(provider.answers).hasSize(AGENTS);
            assertThat(sim.call(root::children))
                    .allSatisfy(child ->
                            assertThat(child.status()).isInstanceOf(AgentStatus.Running.class));
            DependencyInfo after = sim.runtime().dependencies().getFirst();
            assertThat(after.state()).isEqualTo(DependencyInfo.State.CLOSED);
            assertThat(after.suspended()).isZero();

            List<SupervisionEvent> events = sim.events();
            assertThat(events).noneMatch(e -> e.kind() == EventKind.SUPERVISOR_ESCALATED);
            Instant opened =
                    events.stream()
                            .filter(e -> e.kind() == EventKind.CIRCUIT_OPENED)
                            .findFirst()
                            .orElseThrow()
                            .at();
            long trials = provider.callsWhileDown.stream().filter(at -> at.isAfter(opened)).count();
            long halfOpenings =
                    events.stream().filter(e -> e.kind() == EventKind.CIRCUIT_HALF_OPENED).count();
            assertThat(trials).isPositive().isLessThanOrEqualTo(TRIALS * halfOpenings);
        }
    }

    private static void tellAll(Simulation sim, AgentSupervisor root) {
        sim.call(() -> {
            for (int i = 1; i < AGENTS; i += 2) {
                sim.runtime().root().orElseThrow().tell(new AgentPid("root/message-" + i), "work");
            }
            return root;
        });
    }
}
