package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.StoreOptions.OrphanLimits;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the states of removed children, on the whole runtime and with the true store. */
class OrphansTest {

    record Count(int messages) {}

    static final class Counter implements MessageAgent {
        private int messages;

        @Override
        public void start(AgentContext context) {
            messages = context.restored(Count.class).map(Count::messages).orElse(0);
        }

        @Override
        public void handle(Object message, AgentContext context) throws InterruptedException {
            context.checkpoint(new Count(++messages));
            context.reply(messages);
        }
    }

    @TempDir private Path folder;

    private final CompletableFuture<SupervisionEvent> deleted = new CompletableFuture<>();

    private SupervisorRuntime runtime(Duration maxAge) {
        var options =
                new StoreOptions(
                        Durability.NORMAL,
                        HistoryLimits.DEFAULT,
                        new OrphanLimits(Optional.of(maxAge)));
        return SupervisorRuntime.builder("test")
                .factory(AgentFactory.of("counter", Counter::new))
                .store(SqliteStore.open(folder, "test", options))
                .listener(event -> {
                    if (event.kind() == EventKind.ORPHANS_DELETED) {
                        deleted.complete(event);
                    }
                })
                .build();
    }

    @Test
    void aChildThatComesBackInTimeGoesOnAndOneThatDoesNotIsForgotten() throws Exception {
        var tree =
                SupervisorConfig.builder("root")
                        .children(AgentSpec.of("configured", "counter"))
                        .build();
        try (SupervisorRuntime first = runtime(Duration.ofDays(30))) {
            AgentSupervisor root = first.start(tree);
            for (String id : new String[] {"again", "once", "stays"}) {
                root.spawnAgent(AgentSpec.of(id, "counter"));
                root.ask(new AgentPid("root/" + id), "count");
            }
            root.ask(new AgentPid("root/configured"), "count");
            root.stopAgent(new AgentPid("root/again"));
            root.stopAgent(new AgentPid("root/once"));
            root.spawnAgent(AgentSpec.of("again", "counter"));
            assertThat(root.ask(new AgentPid("root/again"), "count")).isEqualTo(2);
        }
        try (SupervisorRuntime second = runtime(Duration.ofMillis(1))) {
            AgentSupervisor root = second.start(tree);
            SupervisionEvent told = deleted.get(30, TimeUnit.SECONDS);
            assertThat(told.path()).isEqualTo("root");
            assertThat(told.reason()).endsWith("were deleted: 1");
            assertThat(told.detail()).isEqualTo("root/once");
            for (String id : new String[] {"stays", "configured"}) {
                assertThat(root.ask(new AgentPid("root/" + id), "count")).isEqualTo(2);
            }
            assertThat(root.ask(new AgentPid("root/again"), "count")).isEqualTo(3);
            root.spawnAgent(AgentSpec.of("once", "counter"));
            assertThat(root.ask(new AgentPid("root/once"), "count")).isEqualTo(1);
        }
    }
}
