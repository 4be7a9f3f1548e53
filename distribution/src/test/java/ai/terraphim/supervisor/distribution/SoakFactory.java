package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** A plugin whose agents do all that agents can do, all the time, and fail at random. */
public final class SoakFactory implements AgentFactory<NoConfig> {
    static final String PROVIDER = "soak:provider";

    /** To which senders send; one of them is there now and then only. */
    private static final List<AgentPid> RECEIVERS =
            List.of(
                    new AgentPid("root/workers/w1"),
                    new AgentPid("root/workers/w2"),
                    new AgentPid("root/workers/w3"),
                    new AgentPid("root/choker"),
                    new AgentPid("root/tied"),
                    new AgentPid("root/added/extra-1"));

    /** Called by the supervisor that loads the plugin. */
    public SoakFactory() {}

    /** How far an agent is. */
    record Count(long value) {}

    @Override
    public Set<String> supportedTypes() {
        return Set.of(
                "saver",
                "worker",
                "sender",
                "choker",
                "deaf",
                "caller",
                "tied",
                "task",
                "flapping");
    }

    @Override
    public Class<NoConfig> configType() {
        return NoConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, NoConfig config) {
        return switch (spec.type()) {
            case "saver" -> new Saver(2_000, Long.MAX_VALUE);
            case "task" -> new Saver(200, 50);
            case "worker" -> new Worker();
            case "sender" -> (LoopAgent) SoakFactory::send;
            case "deaf" -> (LoopAgent) _ -> hearNothingForAWhile();
            case "caller" -> (LoopAgent) SoakFactory::call;
            case "tied" -> (MessageAgent) SoakFactory::tie;
            case "flapping" ->
                    (LoopAgent)
                            context -> {
                                var _ = context.awaitStop(Duration.ofMillis(20));
                                befall(1);
                            };
            default ->
                    (MessageAgent)
                            (message, _) -> {
                                throw new IllegalStateException("choked on " + message);
                            };
        };
    }

    private static int random(int bound) {
        return ThreadLocalRandom.current().nextInt(bound);
    }

    private static void befall(int oneIn) {
        if (random(oneIn) == 0) {
            throw new IllegalStateException("as it does now and then");
        }
    }

    /** Saves its state as fast as the store takes it, and crashes or ends now and then. */
    private static final class Saver implements LoopAgent {
        private final int crashesOnceIn;
        private final long ends;
        private long count;

        Saver(int crashesOnceIn, long ends) {
            this.crashesOnceIn = crashesOnceIn;
            this.ends = ends;
        }

        @Override
        public InitResult init(InitArgs args) {
            count = args.context().restored(Count.class).map(Count::value).orElse(0L);
            return InitResult.ok();
        }

        @Override
        public void run(AgentContext context) throws InterruptedException {
            if (ends < Long.MAX_VALUE) {
                context.register(context.pid().path());
            }
            while (count < ends && !context.awaitStop(Duration.ofMillis(1))) {
                context.checkpoint(new Count(++count));
                befall(crashesOnceIn);
            }
        }
    }

    /** Counts messages, answers them, and crashes now and then. */
    private static final class Worker implements MessageAgent {
        private long count;

        @Override
        public InitResult init(InitArgs args) {
            count = args.context().restored(Count.class).map(Count::value).orElse(0L);
            return InitResult.ok();
        }

        @Override
        public Optional<Count> stateToSave() {
            return Optional.of(new Count(count));
        }

        @Override
        public void handle(Object message, AgentContext context) throws InterruptedException {
            count++;
            switch (random(20)) {
                case 0 -> context.progress("message " + count);
                case 1 -> {
                    var _ = context.checkpointAsync(new Count(count));
                }
                case 2 -> {
                    var _ = context.replyLater();
                }
                default -> context.reply(count);
            }
            befall(500);
        }
    }

    /** Tells, asks and sends with ids, to whoever is there or not. */
    private static void send(AgentContext context) throws Exception {
        LongAdder sent = new LongAdder();
        while (!context.awaitStop(Duration.ofMillis(5))) {
            for (int i = 0; i < 5; i++) {
                AgentPid to = RECEIVERS.get(random(RECEIVERS.size()));
                try {
                    switch (random(20)) {
                        case 0 -> {
                            var _ = context.ask(to, "question", Duration.ofMillis(20));
                        }
                        case 1, 2 -> {
                            var _ = context.tellOnce(to, "id " + random(1_000_000), "once");
                        }
                        default -> context.tell(to, "message");
                    }
                } catch (SupervisionException _) { // not there, full, crashed, or slow
                    context.progress("refused");
                }
            }
            befall(2_000);
        }
    }

    private static void hearNothingForAWhile() {
        while (!Thread.interrupted()) {
            LockSupport.park();
        }
        long until = System.nanoTime() + Duration.ofMillis(200).toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
            var _ = Thread.interrupted();
        }
    }

    /** What it calls fails for some seconds, and works for some. */
    private static void call(AgentContext context) throws Exception {
        while (!context.awaitStop(Duration.ofMillis(2))) {
            var _ =
                    context.guarded(
                            PROVIDER,
                            () -> {
                                if (context.now().getEpochSecond() % 5 == 0) {
                                    throw new IOException("503");
                                }
                                return "answer";
                            });
        }
    }

    /** Watches, ties itself to others, and takes names. */
    private static void tie(Object message, AgentContext context) {
        AgentPid other = RECEIVERS.get(random(RECEIVERS.size()));
        switch (random(6)) {
            case 0 -> context.monitor(other).cancel();
            case 1 -> {
                if (!other.equals(context.pid())) {
                    context.link(other);
                }
            }
            case 2 -> context.unlink(other);
            case 3 -> context.register("name " + random(20));
            case 4 -> context.unregister("name " + random(20));
            default -> context.reply(message);
        }
    }
}
