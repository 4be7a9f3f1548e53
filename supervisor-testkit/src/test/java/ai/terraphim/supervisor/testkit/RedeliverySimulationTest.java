package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Storms of crashes and kills over an agent that handles the message in flight again. */
class RedeliverySimulationTest {
    private static final AgentPid WORKER = new AgentPid("root/worker");
    private static final AgentPid SIBLING = new AgentPid("root/sibling");
    private static final int POISON_AFTER = 3;
    private static final int MESSAGES = 30;
    private static final Duration LONG = Duration.ofDays(1);

    /** What the worker does with a message, each time that it gets it. */
    private record Job(int number, Map<Integer, Deed> deedOfAttempt) {
        @Override
        public String toString() {
            return "job " + number;
        }
    }

    private enum Deed {
        WORK,
        THROW,
        /** Works for a while, and may be killed meanwhile. */
        WORK_LONG,
        /** Hears no interrupt until it is released, and is abandoned if it is killed. */
        STICK
    }

    /** One life of a tree. The worker writes into it only between two waits, so in order. */
    private static final class Storm {
        final SplittableRandom random;
        final Map<Integer, Integer> attempts = new HashMap<>();
        final List<Integer> handled = new ArrayList<>();
        final Map<Integer, Object> answers = new HashMap<>();
        CompletableFuture<Void> release = new CompletableFuture<>();

        Storm(long seed) {
            random = new SplittableRandom(seed);
        }

        Job job(int number) {
            Map<Integer, Deed> deeds = new HashMap<>();
            for (int attempt = 1; attempt <= POISON_AFTER; attempt++) {
                deeds.put(
                        attempt,
                        random.nextInt(3) == 0
                                ? Deed.values()[random.nextInt(Deed.values().length)]
                                : Deed.WORK);
            }
            return new Job(number, deeds);
        }

        void release(Simulation sim) {
            CompletableFuture<Void> stuck = release;
            release = new CompletableFuture<>();
            sim.run("releasing", () -> stuck.complete(null));
        }

        void handle(Object message, AgentContext context) throws Exception {
            Job job = (Job) message;
            int attempt = attempts.merge(job.number(), 1, Integer::sum);
            switch (job.deedOfAttempt().getOrDefault(attempt, Deed.WORK)) {
                case WORK -> {}
                case THROW -> throw new IllegalStateException("crash over " + job);
                case WORK_LONG -> context.sleep(Duration.ofMillis(40));
                case STICK -> release.join();
            }
            context.reply(job.number()); // refused if the run is fenced
            handled.add(job.number()); // nothing else runs until the handler has returned
        }
    }

    @Test
    void eachMessageIsHandledToItsEndOnceOrParkedOnce() {
        AtomicInteger parked = new AtomicInteger();
        AtomicInteger abandoned = new AtomicInteger();
        Campaign.of("RedeliverySimulationTest", Seeds.of(200, 20_000))
                .run(seed -> play(seed, parked, abandoned));
        assertThat(parked).hasPositiveValue();
        assertThat(abandoned).hasPositiveValue();
    }

    @Test
    void aQuestionFailsAndIsADeadLetterIfItsAgentsSupervisorIsKilled() {
        Campaign.of("RedeliverySimulationTest", Seeds.of(50, 5_000))
                .run(seed -> {
                    List<String> failures = new ArrayList<>();
                    AgentPid worker = new AgentPid("root/group/worker");
                    try (var sim = Simulation.seeded(seed)) {
                        AgentSupervisor root =
                                sim.start(
                                        SupervisorConfig.builder("root")
                                                .children(
                                                        SupervisorConfig.builder("group")
                                                                .children(
                                                                        AgentSpec.builder(
                                                                                        "worker",
                                                                                        "worker")
                                                                                .redeliver(
                                                                                        POISON_AFTER)
                                                                                .build())
                                                                .build())
                                                .build(),
                                        AgentFactory.of(
                                                "worker",
                                                () ->
                                                        (MessageAgent)
                                                                (_, context) ->
                                                                        context.sleep(LONG)));
                        sim.run(
                                "asking",
                                () -> {
                                    try {
                                        root.ask(worker, "question", LONG);
                                    } catch (AskFailedException e) {
                                        failures.add(e.getMessage());
                                    }
                                });
                        sim.advance(Duration.ofMillis(10));
                        root.handleAgentExit(
                                new AgentPid("root/group"), ExitReason.error("seen so"));
                        sim.settle(Duration.ofMinutes(1));
                        assertThat(failures)
                                .singleElement()
                                .asString()
                                .contains("went down before it read it");
                        assertThat(sim.runtime().deadLetterTotal()).isEqualTo(1);
                        assertThat(sim.runtime().parkedMessages()).isEmpty();
                    }
                });
    }

    @Test
    void anOutageIsNotTheFaultOfTheMessageInFlight() {
        AtomicBoolean down = new AtomicBoolean(true);
        List<Integer> attempts = new ArrayList<>();
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root = calling(sim, 1, down, attempts);
            root.tell(WORKER, "question");
            sim.advance(Duration.ofMinutes(1));
            assertThat(attempts).hasSizeGreaterThan(POISON_AFTER).containsOnly(1);

            down.set(false);
            sim.advance(Duration.ofMinutes(1));
            assertThat(attempts).containsOnly(1);
            assertThat(root.child(WORKER).orElseThrow().run()).isEqualTo(attempts.size());
            assertThat(sim.runtime().parkedMessages()).isEmpty();
        }
    }

    @Test
    void whatADependencyRefusesWhileOthersCanWorkWithItIs() {
        List<Integer> attempts = new ArrayList<>();
        try (var sim = Simulation.seeded(1)) {
            AgentSupervisor root =
                    calling(sim, POISON_AFTER + 1, new AtomicBoolean(true), attempts);
            root.tell(WORKER, "question");
            sim.advance(Duration.ofMinutes(1));
            assertThat(attempts).containsExactly(1, 2, 3);
            assertThat(sim.runtime().parkedMessages())
                    .singleElement()
                    .extracting(ParkedMessage::crashes)
                    .isEqualTo(POISON_AFTER);
        }
    }

    /**
     * A worker that calls a dependency over each message and lets its failure through.
     *
     * @param opensAfter how many failures open the circuit
     * @param down whether calls fail
     * @param attempts is told with which attempt at a message a call is made
     */
    private static AgentSupervisor calling(
            Simulation sim, int opensAfter, AtomicBoolean down, List<Integer> attempts) {
        String key = "llm:host/model";
        MessageAgent worker =
                (_, context) ->
                        context.guarded(
                                key,
                                () -> {
                                    attempts.add(context.attempt());
                                    if (down.get()) {
                                        throw new IOException("503");
                                    }
                                    return "answer";
                                });
        return sim.dependency(
                        DependencyConfig.builder(key)
                                .window(opensAfter)
                                .minimumCalls(opensAfter)
                                .openFor(Duration.ofSeconds(10))
                                .build())
                .start(
                        SupervisorConfig.builder("root")
                                .children(
                                        AgentSpec.builder("worker", "worker")
                                                .redeliver(POISON_AFTER)
                                                .build())
                                .build(),
                        AgentFactory.of("worker", () -> worker));
    }

    /** A worker that may be overdue, in every other storm, with a sibling that takes it along. */
    private static SupervisorConfig tree(long seed) {
        AgentSpec.Builder worker = AgentSpec.builder("worker", "worker").redeliver(POISON_AFTER);
        if (seed % 2 == 0) {
            worker.deadlines(Deadlines.DEFAULT.message(Duration.ofMillis(30)));
        }
        return SupervisorConfig.builder("root")
                .strategy(seed % 3 == 0 ? RestartStrategy.ONE_FOR_ALL : RestartStrategy.ONE_FOR_ONE)
                .intensity(new RestartIntensity(1_000_000, LONG))
                .children(worker.build(), AgentSpec.of("sibling", "sibling"))
                .build();
    }

    private static void play(long seed, AtomicInteger allParked, AtomicInteger allAbandoned) {
        Storm storm = new Storm(seed);
        try (var sim = Simulation.seeded(seed)) {
            AgentSupervisor root =
                    sim.start(
                            tree(seed),
                            AgentFactory.of("worker", () -> (MessageAgent) storm::handle),
                            AgentFactory.of(
                                    "sibling",
                                    () -> (LoopAgent) context -> context.awaitStop(LONG)));
            sim.run("sending", () -> send(root, storm));
            for (int i = 0; i < 60; i++) {
                AgentPid victim = storm.random.nextInt(3) == 0 ? SIBLING : WORKER;
                long run = root.child(victim).map(SupervisedAgentInfo::run).orElseThrow();
                if (storm.random.nextInt(4) == 0) {
                    sim.run(
                            "killing",
                            () ->
                                    root.handleAgentExit(
                                            victim, run, ExitReason.error("seen from outside")));
                }
                sim.advance(Duration.ofMillis(storm.random.nextInt(400)));
                allAbandoned.addAndGet(sim.runtime().abandonedThreads());
                if (i % 10 == 9) {
                    storm.release(sim);
                }
            }
            for (int i = 0; i < MESSAGES * POISON_AFTER; i++) { // whoever sticks from now on
                sim.advance(Duration.ofSeconds(1));
                storm.release(sim);
            }
            sim.runUntilIdle();
            String history = "seed %d: %s".formatted(seed, sim.trace());
            List<ParkedMessage> parked = sim.runtime().parkedMessages();
            List<Integer> parkedJobs =
                    parked.stream()
                            .map(it -> Integer.valueOf(it.message().substring("job ".length())))
                            .toList();
            List<Integer> all = new ArrayList<>(storm.handled);
            all.addAll(parkedJobs);
            assertThat(all)
                    .as(history)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, MESSAGES).boxed().toList());
            assertThat(storm.handled).as(history).isSorted();
            assertThat(parked)
                    .as(history)
                    .allSatisfy(it -> {
                        assertThat(it.crashes()).isEqualTo(POISON_AFTER);
                        assertThat(it.pid()).isEqualTo(WORKER);
                    });
            parkedJobs.forEach( // a stop in the middle is an attempt, and no crash
                    job ->
                            assertThat(storm.attempts.get(job))
                                    .as(history)
                                    .isGreaterThanOrEqualTo(POISON_AFTER));
            storm.answers.forEach((job, answer) -> {
                if (parkedJobs.contains(job)) {
                    assertThat((String) answer).as(history).contains("was parked as message");
                } else {
                    assertThat(answer).as(history).isEqualTo(job);
                }
            });
            assertThat(storm.answers).as(history).hasSize(MESSAGES / 3);
            assertThat(sim.events())
                    .filteredOn(event -> event.kind() == EventKind.MESSAGE_PARKED)
                    .as(history)
                    .hasSize(parked.size());
            assertThat(sim.runtime().deadLetterTotal()).as(history).isZero();
            allParked.addAndGet(parked.size());
        }
    }

    /** Two of three are told, the third is asked, by threads of their own, which wait. */
    private static void send(AgentSupervisor root, Storm storm) {
        for (int i = 0; i < MESSAGES; i++) {
            Job job = storm.job(i);
            if (i % 3 == 2) {
                ask(root, job, storm);
            } else {
                root.tell(WORKER, job);
            }
        }
    }

    private static void ask(AgentSupervisor root, Job job, Storm storm) {
        Object answer;
        try {
            answer = root.ask(WORKER, job, LONG);
        } catch (AskFailedException e) {
            answer = e.getMessage();
        }
        storm.answers.put(job.number(), answer);
    }
}
