package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The code of {@code docs/guide/testing.md}, compiled and run. */
class TestingGuideTest {

    record Position(int polls) {}

    static final AgentFactory<NoConfig> POLLER =
            AgentFactory.of(
                    "poller",
                    () ->
                            (LoopAgent)
                                    context -> {
                                        int polls =
                                                context.restored(Position.class)
                                                        .map(Position::polls)
                                                        .orElse(0);
                                        while (!context.awaitStop(Duration.ofSeconds(10))) {
                                            context.checkpoint(new Position(++polls));
                                        }
                                    });

    static final SupervisorConfig TREE =
            SupervisorConfig.builder("root")
                    .strategy(RestartStrategy.REST_FOR_ONE)
                    .children(
                            AgentSpec.of("poll", "poller"),
                            AgentSpec.of("parse", "test"),
                            AgentSpec.of("store", "test"))
                    .build();

    @Test
    void aCrashAndTimePassing() {
        try (var sim = Simulation.seeded(42)) {
            AgentSupervisor root = sim.start(TREE, POLLER, new TestAgentFactory());
            AgentPid poll = new AgentPid("root/poll");

            sim.advance(Duration.ofHours(1)); // 360 polls
            sim.crash(poll);
            sim.runUntilIdle(); // what follows from it, before any time passes

            assertThat(sim.trace())
                    .containsSubsequence(
                            "stop store",
                            "stop parse",
                            "start poll#2",
                            "start parse#2",
                            "start store#2");
            assertThat(root.child(poll).orElseThrow().restartCount()).isEqualTo(1);
        }
    }

    @Test
    void faultsAtEveryStep() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = sim.start(TREE, POLLER, new TestAgentFactory());
            AgentPid parse = new AgentPid("root/parse");
            AgentPid store = new AgentPid("root/store");

            sim.inject(parse, Step.MESSAGE, Fault.crash());
            sim.inject(store, Step.INIT, Fault.slow(Duration.ofSeconds(20)));
            sim.inject(store, Step.STOP, Fault.hang());
            root.tell(parse, "a page");
            sim.settle(Duration.ofMinutes(1)); // until nothing is starting or stopping

            assertThat(sim.trace())
                    .containsSubsequence("exit store killed", "start parse#2", "start store#2");

            sim.store().failing(true); // or .delay(...): checkpoints fail, the poller crashes
            sim.advance(Duration.ofSeconds(10));
            sim.store().failing(false);
            sim.settle(Duration.ofMinutes(1));
            assertThat(root.status().state()).isInstanceOf(AgentStatus.Running.class);
        }
    }

    @Test
    void manySeeds() {
        Campaign.of("TestingGuideTest", 20)
                .run(seed -> {
                    var chance = new SplittableRandom(seed);
                    try (var sim = Simulation.seeded(seed)) {
                        AgentSupervisor root = sim.start(TREE, POLLER, new TestAgentFactory());
                        sim.faults((pid, run, step) ->
                                chance.nextInt(500) == 0
                                        ? Optional.of(Fault.crash())
                                        : Optional.empty());
                        sim.advance(Duration.ofHours(1));
                        root.stop();
                        assertThat(sim.trace().getLast()).isEqualTo("stop .");
                    }
                });
    }

    @Test
    void theGuideShowsThisCode() throws IOException {
        String here =
                bare(
                        Files.readString(
                                Path.of(
                                        "src/test/java/ai/terraphim/supervisor/testkit/TestingGuideTest.java")));
        String guide = Files.readString(Path.of("../docs/guide/testing.md"));
        assertThat(Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(guide).results())
                .hasSize(4)
                .allSatisfy(block -> assertThat(here).contains(bare(block.group(1))));
    }

    /** Code without what a formatter may change. */
    private static String bare(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
    }
}
