package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Messages that are parked, over several lives of the JVM; the whole runtime. */
class ParkedMessagesSimulationTest {
    private static final AgentPid CLERK = new AgentPid("root/clerk");
    private static final Pattern PARKED = Pattern.compile("was parked as message ([0-9]+)");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private record Order(int number) {}

    private record Book(List<Integer> orders) {}

    /** What outlives the lives. */
    private static final class World {
        final SurvivingStore store = new SurvivingStore();
        final Random random;
        Instant now = SimulatedHost.BEGIN;
        boolean mended;
        int sent;

        /** The orders that somebody was told are parked, and nobody has sent again or dropped. */
        final Set<Integer> parked = new HashSet<>();

        /** Those that somebody has sent again or dropped. */
        final Set<Integer> touched = new HashSet<>();

        /** The order that had a number, by the numbers that somebody was told. */
        final Map<Long, Integer> numbers = new HashMap<>();

        World(long seed) {
            random = new Random(seed);
        }

        void answered(int order, Throwable error) {
            Matcher told = PARKED.matcher(String.valueOf(error.getMessage()));
            if (told.find() && !touched.contains(order)) {
                numbers.put(Long.parseLong(told.group(1)), order);
                parked.add(order);
            }
        }

        void touch(int order) {
            touched.add(order);
            parked.remove(order);
        }
    }

    /** Books orders; until it is mended, it crashes over those that are odd. */
    private record Clerk(World world, List<Integer> book) implements MessageAgent {
        @Override
        public InitResult init(InitArgs args) {
            args.context().restored(Book.class).ifPresent(it -> book.addAll(it.orders));
            return InitResult.ok();
        }

        @Override
        public Optional<Book> stateToSave() {
            return Optional.of(new Book(List.copyOf(book)));
        }

        @Override
        public void handle(Object message, AgentContext context) {
            if (!(message instanceof Order(int number))) {
                context.reply(List.copyOf(book));
                return;
            }
            if (number % 2 == 1 && !world.mended) {
                throw new IllegalStateException("cannot book " + number);
            }
            book.add(number);
        }
    }

    private static AgentSupervisor start(Simulation sim, World world) {
        return sim.start(
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1_000, SECOND))
                        .children(
                                AgentSpec.builder("clerk", "clerk")
                                        .redeliver(2)
                                        .checkpoints(
                                                new Checkpoints(
                                                        Optional.empty(),
                                                        true,
                                                        OptionalInt.empty(),
                                                        SECOND))
                                        .build())
                        .build(),
                AgentFactory.of("clerk", () -> new Clerk(world, new ArrayList<>())));
    }

    private static int order(ParkedMessage message) {
        return Integer.parseInt(message.message().replaceAll("[^0-9]", ""));
    }

    /** On a simulated thread: another one may have the lock, and go on only in the simulation. */
    private static List<ParkedMessage> parked(Simulation sim) {
        return sim.call(() -> sim.runtime().parkedMessages());
    }

    /** What was acknowledged is there, with the number that was told. */
    private static void check(Simulation sim, World world) {
        Set<Integer> found = new HashSet<>();
        for (ParkedMessage message : parked(sim)) {
            found.add(order(message));
            assertThat(world.numbers.getOrDefault(message.id(), order(message)))
                    .as("the order with the number %d", message.id())
                    .isEqualTo(order(message));
        }
        assertThat(found).containsAll(world.parked);
    }

    private static void send(AgentSupervisor root, World world) {
        int order = ++world.sent;
        var _ =
                root.tellOnce(CLERK, "order " + order, new Order(order))
                        .whenComplete((_, error) -> {
                            if (error != null) {
                                world.answered(order, error);
                            }
                        });
    }

    private static void replay(Simulation sim, ParkedMessage message) {
        sim.call(() -> {
            sim.runtime().replayMessage(message.id());
            return 0;
        });
    }

    private static void meddle(Simulation sim, World world) {
        List<ParkedMessage> parked = parked(sim);
        if (parked.isEmpty()) {
            return;
        }
        ParkedMessage message = parked.get(world.random.nextInt(parked.size()));
        if (world.random.nextInt(3) == 0) {
            world.touch(order(message));
            sim.call(() -> {
                sim.runtime().dropMessage(message.id());
                return 0;
            });
        } else {
            world.touch(order(message));
            replay(sim, message);
        }
    }

    private static void life(World world) {
        Simulation sim = Simulation.life(world.random.nextLong(), world.store, world.now);
        AgentSupervisor root = start(sim, world);
        check(sim, world);
        for (int step = world.random.nextInt(40); step > 0; step--) {
            switch (world.random.nextInt(8)) {
                case 0 -> sim.store().failing(world.random.nextBoolean());
                case 1 -> sim.store().delay(Duration.ofMillis(world.random.nextInt(2_000)));
                case 2 -> sim.advance(Duration.ofMillis(world.random.nextInt(5_000)));
                case 3 -> meddle(sim, world);
                case 4 -> {
                    for (int i = world.random.nextInt(20); i > 0; i--) {
                        sim.step();
                    }
                }
                default -> send(root, world);
            }
        }
        world.now = sim.now().plusMillis(world.random.nextInt(5_000));
        if (world.random.nextBoolean()) { // else it is killed, in the middle of anything
            sim.store().failing(false);
            sim.store().delay(Duration.ZERO);
            sim.close();
        }
    }

    private static void play(long seed) {
        World world = new World(seed);
        for (int life = 0; life < 4; life++) {
            life(world);
        }
        try (var sim = Simulation.life(seed, world.store, world.now)) {
            AgentSupervisor root = start(sim, world);
            check(sim, world);
            world.mended = true;
            for (ParkedMessage message : parked(sim)) {
                replay(sim, message);
            }
            sim.advance(Duration.ofMinutes(1));
            assertThat(parked(sim)).isEmpty();
            @SuppressWarnings("unchecked")
            List<Integer> booked = (List<Integer>) root.ask(CLERK, "book", SECOND);
            assertThat(booked).doesNotHaveDuplicates().containsAll(world.parked);
        }
        try (var sim = Simulation.life(seed, world.store, world.now)) {
            start(sim, world);
            assertThat(parked(sim)).isEmpty();
        }
    }

    @Test
    void whatSomebodyWasToldIsParkedIsSoInTheNextLifeAndIsHandledOnce() {
        Campaign.of("ParkedMessagesSimulationTest", Seeds.of(200, 10_000))
                .run(ParkedMessagesSimulationTest::play);
    }
}
