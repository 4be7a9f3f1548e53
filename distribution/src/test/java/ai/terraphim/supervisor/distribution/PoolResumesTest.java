package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pool has in its next life, with the true store. */
class PoolResumesTest {

    record Word(String word) {}

    private static final SupervisorConfig POOL =
            SupervisorConfig.builder("pool")
                    .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                    .children(
                            AgentSpec.builder("worker", "echo")
                                    .config(Map.of("word", "template"))
                                    .build())
                    .build();

    @TempDir private Path folder;

    private SupervisorRuntime runtime() {
        return SupervisorRuntime.builder("test")
                .factory(
                        AgentFactory.of(
                                "echo",
                                Word.class,
                                word ->
                                        (MessageAgent)
                                                (message, context) -> context.reply(word.word())))
                .store(SqliteStore.open(folder, "test"))
                .build();
    }

    @Test
    void instancesComeBackAndNumbersGoOn() {
        try (SupervisorRuntime first = runtime()) {
            AgentSupervisor pool = first.start(POOL);
            pool.startInstance(Map.of());
            pool.startInstance(Map.of("word", "own"));
            pool.stopAgent(pool.startInstance(Map.of()));
        }
        try (SupervisorRuntime second = runtime()) {
            AgentSupervisor pool = second.start(POOL);

            assertThat(pool.children())
                    .extracting(info -> info.pid() + " run " + info.run())
                    .isEqualTo(List.of("pool/1 run 2", "pool/2 run 2"));
            assertThat(pool.ask(new AgentPid("pool/2"), "?")).isEqualTo("own");
            assertThat(pool.startInstance(Map.of()))
                    .as("3 was given, and is not given again")
                    .hasToString("pool/4");
        }
    }
}
