package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages with ids: handled once, whatever crashes; in simulated time. */
class HandledOnceTest {
    private static final AgentPid LEDGER = new AgentPid("root/ledger");
    private static final Duration SECOND = Duration.ofSeconds(1);

    static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    record Booked(List<String> ids) {}

    /** Writes down the id of each message; crashes over some of them, before or after. */
    private static class Ledger implements MessageAgent {
        List<String> ids = new ArrayList<>();

        @Override
        public InitResult init(InitArgs args) {
            args.context().restored(Booked.class).ifPresent(it -> ids.addAll(it.ids()));
            return InitResult.ok();
        }

        @Override
        public Optional<Booked> stateToSave() {
            return Optional.of(new Booked(List.copyOf(ids)));
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message.equals("ids")) {
                context.reply(List.copyOf(ids));
                return;
            }
            ids.add(context.messageId().orElse("none"));
            if (message.equals("crash")) {
                throw new IllegalStateException("told to");
            }
        }
    }

    private static AgentSupervisor start(
            Simulation sim, Supplier<SupervisedAgent> agent, int redeliver) {
        AgentSpec.Builder ledger =
                AgentSpec.builder("ledger", "ledger")
                        .checkpoints( // what is acknowledged stays, whatever its runs do
                                new Checkpoints(
                                        Optional.empty(), true, OptionalInt.empty(), SECOND));
        if (redeliver > 0) {
            ledger.redeliver(redeliver);
        }
        return sim.start(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1_000, SECOND))
                        .children(ledger.build())
                        .build(),
                AgentFactory.of("ledger", agent));
    }

    @SuppressWarnings("unchecked")
    private static List<String> ids(AgentSupervisor root) {
        return (List<String>) root.ask(LEDGER, "ids", SECOND);
    }

    private static CompletableFuture<Void> send(AgentSupervisor root, String id, Object message) {
        return root.tellOnce(LEDGER, id, message).toCompletableFuture();
    }

    @Test
    void aMessageThatIsSentAgainIsAcknowledgedAndNotHandledAgain() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Ledger::new, 0);
            sim.await(send(root, "a", "book"));
            sim.await(send(root, "b", "book"));
            sim.await(send(root, "a", "book"));
            assertThat(ids(root)).containsExactly("a", "b");
        }
    }

    @Test
    void theNextRunKnowsWhatWasHandledAndAnUnsavedMessageIsHandledAgain() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Ledger::new, 0);
            sim.await(send(root, "a", "book"));
            CompletableFuture<Void> failed = send(root, "b", "crash");
            sim.runUntilIdle();
            assertThatThrownBy(failed::join)
                    .hasCauseInstanceOf(AskFailedException.class)
                    .hasMessageContaining("told to")
                    .hasMessageContaining("send it again with the same id");
            sim.await(send(root, "b", "book"));
            sim.await(send(root, "a", "book"));
            assertThat(ids(root)).containsExactly("a", "b");
        }
    }

    @Test
    void aParkedMessageKeepsItsId() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Ledger::new, 2);
            CompletableFuture<Void> failed = send(root, "a", "crash");
            sim.runUntilIdle();
            assertThatThrownBy(failed::join).hasCauseInstanceOf(AskFailedException.class);
            sim.await(send(root, "a", "book")); // as its sender has mended it
            long parked = sim.runtime().parkedMessages().getFirst().id();
            sim.call(() -> {
                sim.runtime().replayMessage(parked);
                return null;
            });
            sim.runUntilIdle();
            assertThat(ids(root)).containsExactly("a");
            assertThat(sim.runtime().parkedMessages()).isEmpty();
        }
    }

    @Test
    void whileTheStoreFailsAMessageIsNotAcknowledgedNorHandledTwice() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Ledger::new, 0);
            sim.store().failing(true);
            CompletableFuture<Void> first = send(root, "a", "book");
            sim.runUntilIdle();
            assertThatThrownBy(first::join).hasMessageContaining("could not save that");
            CompletableFuture<Void> second = send(root, "a", "book");
            sim.runUntilIdle();
            assertThatThrownBy(second::join).hasMessageContaining("could not save that");
            sim.store().failing(false);
            sim.await(send(root, "a", "book"));
            assertThat(ids(root)).containsExactly("a");
            assertThat(sim.trace()).noneMatch(line -> line.startsWith("exit"));
        }
    }

    @Test
    void aStateThatTheHandlerSavesItselfIsSavedOnceTogetherWithTheId() {
        List<Long> saved = new ArrayList<>();
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            () ->
                                    new Ledger() {
                                        @Override
                                        public Optional<Booked> stateToSave() {
                                            return Optional.empty();
                                        }

                                        @Override
                                        public void handle(Object message, AgentContext context)
                                                throws Exception {
                                            super.handle(message, context);
                                            if (message.equals("later")) {
                                                var _ = context.checkpointAsync(new Booked(ids));
                                            } else if (message.equals("book")) {
                                                context.checkpoint(new Booked(ids));
                                            }
                                        }
                                    },
                            0);
            sim.await(send(root, "a", "book"));
            saved.add(newest(sim).number());
            sim.store().delay(SECOND);
            sim.await(send(root, "b", "later"));
            saved.add(newest(sim).number());
            sim.store().delay(Duration.ZERO);
            sim.await(send(root, "c", "changes nothing that is saved"));
            assertThat(newest(sim).handled()).containsExactly("a", "b", "c");
            assertThat(saved).containsExactly(1L, 2L);
        }
    }

    /** Saves its state itself, without waiting, and can be slow before or after its work. */
    private static final class OwnLedger extends Ledger {
        private final boolean gives;

        OwnLedger(boolean gives) {
            this.gives = gives;
        }

        @Override
        public Optional<Booked> stateToSave() {
            return gives ? super.stateToSave() : Optional.empty();
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message.equals("slow before")) {
                context.sleep(Duration.ofHours(1));
            }
            super.handle(message, context);
            if (message.equals("later")) {
                var _ = context.checkpointAsync(new Booked(List.copyOf(ids)));
            } else if (message.equals("slow after")) {
                context.sleep(Duration.ofHours(1));
            }
        }
    }

    @Test
    void aStateThatCouldNotBeSavedIsNotTakenForAnOlderOne() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, () -> new OwnLedger(false), 0);
            sim.await(send(root, "a", "later"));
            sim.store().delay(SECOND);
            sim.store().failing(true);
            CompletableFuture<Void> second = send(root, "b", "later");
            sim.runUntilIdle();
            sim.store().failing(false); // when the answer comes, it works again
            sim.store().delay(Duration.ZERO);
            sim.await(second);
            root.handleAgentExit(LEDGER, ExitReason.kill());
            assertThat(ids(root)).containsExactly("a", "b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slow before", "slow after"})
    void aMessageThatIsCutShortByAStopIsHandledByTheNextRun(String slow) {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, () -> new OwnLedger(true), 0);
            sim.await(send(root, "a", "book"));
            CompletableFuture<Void> cut = send(root, "b", slow);
            sim.runUntilIdle();
            root.terminateChild("ledger");
            assertThat(cut).isCompletedExceptionally();
            root.restartChild("ledger");
            sim.await(send(root, "b", "book"));
            assertThat(ids(root)).containsExactly("a", "b");
        }
    }

    private static StoredCheckpoint newest(Simulation sim) {
        return sim.await(sim.store().checkpoints(LEDGER)).newest().orElseThrow();
    }

    @Test
    void anAgentThatKeepsNoStateSaysSo() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, () -> (MessageAgent) (_, _) -> {}, 0);
            CompletableFuture<Void> failed = send(root, "a", "book");
            sim.runUntilIdle();
            assertThatThrownBy(failed::join).hasMessageContaining("override stateToSave");
        }
    }

    @Test
    void theOldestIdsAreForgotten() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Ledger::new, 0);
            for (int i = 0; i <= StoredCheckpoint.MAX_HANDLED; i++) {
                sim.await(send(root, "id " + i, "book"));
            }
            assertThat(newest(sim).handled())
                    .hasSize(StoredCheckpoint.MAX_HANDLED)
                    .startsWith("id 1");
        }
    }

    @Test
    void anIdMustBeOne() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Ledger::new, 0);
            for (String id : List.of("", " ", "a\nb", "x".repeat(201))) {
                assertThatThrownBy(() -> root.tellOnce(LEDGER, id, "book"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("1 to 200 characters");
            }
        }
    }

    /** A sender repeats until it is acknowledged; the agent crashes, is killed, the store fails. */
    @ParameterizedTest
    @MethodSource("seeds")
    void whateverFailsEachMessageIsInTheStateOnceAndInOrder(long seed) {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        int failures = 0;
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, Ledger::new, random.nextInt(3));
            while (expected.size() < 20) {
                String id = "message " + expected.size();
                sim.store().failing(random.nextInt(3) == 0);
                CompletableFuture<Void> sent =
                        send(root, id, random.nextInt(4) == 0 ? "crash" : "book");
                for (int step = random.nextInt(60); step > 0 && sim.step(); step--) {}
                sim.store().failing(false);
                if (random.nextInt(4) == 0) {
                    sim.crash(LEDGER);
                }
                try {
                    sim.await(sent);
                    expected.add(id);
                } catch (CompletionException _) { // and is sent again
                    failures++;
                }
                sim.settle(SECOND);
            }
            assertThat(ids(root)).isEqualTo(expected);
            root.handleAgentExit(LEDGER, ExitReason.kill());
            assertThat(ids(root)).isEqualTo(expected);
        }
        assertThat(failures).isPositive();
    }
}
