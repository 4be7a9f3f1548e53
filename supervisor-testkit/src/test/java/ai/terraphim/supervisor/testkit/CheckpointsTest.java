package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StoredState;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SystemMessage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an agent begins from, and what is saved without its asking; in simulated time. */
class CheckpointsTest {
    private static final AgentPid COUNTER = new AgentPid("root/counter");
    private static final Duration SECOND = Duration.ofSeconds(1);

    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    record Count(int value) {}

    /** Adds up what it is told, and cannot live with a thirteen. */
    private static class Counter implements MessageAgent {
        int value;

        @Override
        public InitResult init(InitArgs args) {
            value = args.context().restored(Count.class).map(Count::value).orElse(0);
            return InitResult.ok();
        }

        @Override
        public void start(AgentContext context) {
            if (value == 13) {
                throw new IllegalStateException("thirteen");
            }
        }

        @Override
        public Optional<Count> stateToSave() {
            return Optional.of(new Count(value));
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message instanceof Integer number) {
                value += number;
                return;
            }
            switch ((String) message) {
                case "save" -> context.checkpoint(new Count(value));
                case "save later" -> context.checkpointAsync(new Count(value));
                case "crash" -> throw new IllegalStateException("told to");
                default -> context.reply(value);
            }
        }
    }

    private static AgentSupervisor start(
            Simulation sim, Checkpoints checkpoints, Supplier<SupervisedAgent> agent) {
        return sim.start(
                SupervisorConfig.builder("root")
                        .children(
                                AgentSpec.builder("counter", "counter")
                                        .checkpoints(checkpoints)
                                        .build())
                        .build(),
                AgentFactory.of("counter", agent));
    }

    private static int value(AgentSupervisor root) {
        return (int) root.ask(COUNTER, "value", SECOND);
    }

    private static List<String> details(Simulation sim, EventKind kind) {
        return sim.events().stream()
                .filter(event -> event.kind() == kind)
                .map(SupervisionEvent::detail)
                .toList();
    }

    private static void saveTwelveAndThirteenAndCrash(AgentSupervisor root) {
        root.tell(COUNTER, 12);
        root.tell(COUNTER, "save");
        root.tell(COUNTER, 1);
        root.tell(COUNTER, "save");
        root.tell(COUNTER, "crash");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aStateThatKillsItsAgentIsLeftForTheOneBeforeIt(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            saveTwelveAndThirteenAndCrash(root);
            sim.runUntilIdle();
            assertThat(value(root)).isEqualTo(12);
            assertThat(details(sim, EventKind.CHECKPOINT_FALLBACK))
                    .singleElement()
                    .asString()
                    .startsWith("begins from that of run 1, ");
            assertThat(details(sim, EventKind.CHILD_RESTARTED))
                    .hasSize(3)
                    .allMatch(detail -> detail.startsWith("restored the checkpoint of run 1, "));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whenBothKillItsAgentItBeginsWithoutUntilItHasSavedAgain(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            root.tell(COUNTER, 13);
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(value(root)).isZero();
            assertThat(details(sim, EventKind.CHECKPOINT_FALLBACK))
                    .last()
                    .isEqualTo("begins without a state");
            root.tell(COUNTER, 5);
            root.tell(COUNTER, "save");
            sim.advance(Duration.ofHours(1)); // the five restarts are forgotten
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(value(root)).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatItWasTakenBackFromIsReplacedByWhatItSavesNext(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            saveTwelveAndThirteenAndCrash(root);
            sim.runUntilIdle(); // begins from twelve again
            sim.advance(Duration.ofHours(1)); // and the restarts are forgotten
            root.tell(COUNTER, 1);
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(value(root)).isEqualTo(12);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aRunBeginsFromWhatAKilledOneWasSaving(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            sim.store().delay(SECOND);
            root.tell(COUNTER, 7);
            root.tell(COUNTER, seed % 2 == 0 ? "save" : "save later");
            sim.runUntilIdle();
            root.handleAgentExit(COUNTER, ExitReason.kill());
            sim.runUntilIdle();
            sim.store().delay(Duration.ZERO);
            sim.advance(SECOND);
            assertThat(value(root)).isEqualTo(7);
            assertThat(details(sim, EventKind.CHILD_RESTARTED))
                    .singleElement()
                    .asString()
                    .startsWith("restored the checkpoint of run 1, ");
        }
    }

    @Test
    void whoSaysNeverBeginsFromTheNewestWhateverHappens() {
        Checkpoints never = new Checkpoints(Optional.empty(), false, OptionalInt.empty(), SECOND);
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, never, Counter::new);
            root.tell(COUNTER, 13);
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(sim.trace()).anyMatch(line -> line.startsWith("escalate "));
            assertThat(details(sim, EventKind.CHECKPOINT_FALLBACK)).isEmpty();
        }
    }

    @Test
    void failuresFarApartAreNotTheStates() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            root.tell(COUNTER, 7);
            root.tell(COUNTER, "save");
            for (int i = 0; i < 10; i++) {
                root.tell(COUNTER, "crash");
                sim.advance(Duration.ofMinutes(2));
            }
            assertThat(value(root)).isEqualTo(7);
            assertThat(details(sim, EventKind.CHECKPOINT_FALLBACK)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aStateIsSavedEveryFewSecondsAndOnAStop(long seed) {
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    start(sim, Checkpoints.every(Duration.ofSeconds(5)), Counter::new);
            root.tell(COUNTER, 3);
            sim.advance(Duration.ofSeconds(6));
            root.tell(COUNTER, 4);
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(value(root)).isEqualTo(3);
            root.tell(COUNTER, 4);
            sim.runUntilIdle();
            root.terminateChild("counter");
            root.restartChild("counter");
            assertThat(value(root)).isEqualTo(7);
        }
    }

    @Test
    void whatIsSavedLaterIsRememberedInTheOrderOfTheCalls() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            sim.store().delay(SECOND);
            root.tell(COUNTER, 3);
            root.tell(COUNTER, "save later");
            sim.runUntilIdle();
            sim.store().delay(Duration.ZERO); // the second is answered first
            root.tell(COUNTER, 4);
            root.tell(COUNTER, "save later");
            sim.runUntilIdle();
            sim.advance(SECOND);
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(value(root)).isEqualTo(7);
        }
    }

    /** Saves without waiting, and says which thread runs what it does then. */
    private record Later(AtomicReference<String> thread) implements MessageAgent {
        @Override
        public void handle(Object message, AgentContext context) {
            context.checkpointAsync(new Count(1))
                    .thenRun(() -> thread.set(Thread.currentThread().getName()));
        }
    }

    @Test
    void whatAnAgentDoesWhenASaveIsDoneDoesNotHoldUpTheStore() {
        AtomicReference<String> thread = new AtomicReference<>();
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, () -> new Later(thread));
            sim.store().delay(SECOND);
            root.tell(COUNTER, "save");
            sim.advance(SECOND);
        }
        assertThat(thread).hasValue("saved root/counter");
    }

    @Test
    void aSystemMessageSavesTheState() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Checkpoints.DEFAULT, Counter::new);
            root.tell(COUNTER, 3);
            root.send(COUNTER, new SystemMessage.Checkpoint());
            sim.runUntilIdle();
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(value(root)).isEqualTo(3);
        }
    }

    @Test
    void anAgentThatGivesNoStateGoesOn() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            Checkpoints.every(SECOND),
                            () ->
                                    new Counter() {
                                        @Override
                                        public Optional<Count> stateToSave() {
                                            throw new IllegalStateException("not now");
                                        }
                                    });
            sim.advance(Duration.ofSeconds(3));
            assertThat(sim.trace().stream().filter(line -> line.startsWith("checkpoint.failed")))
                    .hasSize(3)
                    .allMatch(line -> line.contains("not now"));
            assertThat(value(root)).isZero();
        }
    }

    @Test
    void aFailingStoreIsNotTheStatesFault() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = start(sim, Checkpoints.every(SECOND), Counter::new);
            root.tell(COUNTER, 3);
            sim.advance(Duration.ofSeconds(2));
            sim.store().failing(true);
            for (int i = 0; i < 4; i++) {
                sim.advance(Duration.ofSeconds(2)); // and it goes on, though nothing is saved
                root.tell(COUNTER, i % 2 == 0 ? "save" : "crash"); // which both crash it
                sim.runUntilIdle();
            }
            sim.store().failing(false);
            assertThat(details(sim, EventKind.CHILD_RESTARTED)).hasSize(4);
            assertThat(details(sim, EventKind.CHECKPOINT_FALLBACK)).isEmpty();
            assertThat(value(root)).isEqualTo(3);
        }
    }

    @Test
    void anAgentBelowADeletedSupervisorIsForgottenWithIt() {
        SupervisorConfig nested =
                SupervisorConfig.builder("nested")
                        .intensity(new RestartIntensity(2, SECOND))
                        .children(AgentSpec.of("counter", "counter"))
                        .build();
        AgentPid counter = new AgentPid("root/nested/counter");
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    sim.start(
                            SupervisorConfig.of("root"), AgentFactory.of("counter", Counter::new));
            root.startChild(nested);
            root.tell(counter, 7);
            root.tell(counter, "save");
            for (int crash = 0; crash < 3; crash++) { // the last one leaves it a step down
                root.tell(counter, "crash");
                sim.runUntilIdle();
                sim.advance(Duration.ofSeconds(2));
            }
            root.terminateChild("nested");
            root.deleteChild("nested");
            int before = details(sim, EventKind.CHECKPOINT_FALLBACK).size();
            assertThat(before).isPositive();
            root.startChild(nested);
            sim.runUntilIdle();
            assertThat(root.ask(counter, "value", SECOND)).isEqualTo(7);
            assertThat(details(sim, EventKind.CHECKPOINT_FALLBACK)).hasSize(before);
        }
    }

    // ---- versions
    // ------------------------------------------------------------------------------------------------

    record Sum(long total, String unit) {}

    /** As a later version of the program has it. */
    private static class Summer implements MessageAgent {
        Sum sum = new Sum(0, "?");

        @Override
        public int stateVersion() {
            return 2;
        }

        @Override
        public Sum migrate(StoredState older) {
            return new Sum(older.as(Count.class).value(), "from version " + older.version());
        }

        @Override
        public InitResult init(InitArgs args) {
            sum = args.context().restored(Sum.class).orElse(sum);
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            if (message.equals("save")) {
                context.checkpoint(sum);
            } else if (message.equals("crash")) {
                throw new IllegalStateException("told to");
            } else {
                context.reply(sum.toString());
            }
        }
    }

    /** Makes each run of another class. */
    private static Supplier<SupervisedAgent> versions(List<Supplier<SupervisedAgent>> runs) {
        var left = runs.iterator();
        return () -> left.next().get();
    }

    @Test
    void anOlderStateIsMigratedAndANewerOneRefused() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            Checkpoints.DEFAULT,
                            versions(
                                    List.of(
                                            Counter::new,
                                            Summer::new,
                                            Summer::new,
                                            Counter::new,
                                            Summer::new)));
            root.tell(COUNTER, 3);
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            String migrated = "Sum[total=3, unit=from version 1]";
            assertThat(root.ask(COUNTER, "sum", SECOND)).isEqualTo(migrated);
            assertThat(details(sim, EventKind.CHILD_RESTARTED))
                    .singleElement()
                    .asString()
                    .endsWith(", migrated from version 1 to 2");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .anyMatch(line ->
                            line.contains("has version 2, and this version of counter knows 1"));
            assertThat(root.ask(COUNTER, "sum", SECOND)).isEqualTo(migrated);
        }
    }

    @Test
    void withoutAWayFromTheOlderVersionTheStartFailsAndSaysSo() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            Checkpoints.DEFAULT,
                            versions(
                                    List.of(
                                            Counter::new,
                                            () ->
                                                    new Counter() {
                                                        @Override
                                                        public int stateVersion() {
                                                            return 2;
                                                        }
                                                    },
                                            Counter::new)));
            root.tell(COUNTER, 3);
            root.tell(COUNTER, "save");
            root.tell(COUNTER, "crash");
            sim.runUntilIdle();
            assertThat(sim.trace()).anyMatch(line -> line.contains("override migrate"));
            assertThat(value(root)).isEqualTo(3);
        }
    }

    @Test
    void bytesMustHaveTheVersionThatTheAgentSays() {
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    start(
                            sim,
                            Checkpoints.DEFAULT,
                            () ->
                                    (MessageAgent)
                                            (_, context) ->
                                                    context.checkpoint(
                                                            new Snapshot(new byte[1], "test", 7)));
            root.tell(COUNTER, "save");
            sim.runUntilIdle();
            assertThat(sim.trace())
                    .anyMatch(line ->
                            line.contains("has version 7, and the agent's stateVersion() is 1"));
        }
    }
}
