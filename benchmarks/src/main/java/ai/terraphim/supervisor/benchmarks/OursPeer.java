package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.benchmarks.Child.Message;
import ai.terraphim.supervisor.benchmarks.Child.Up;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.jmx.JmxPublisher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Our supervisor, through its public API and with its defaults; only the limits on children and
 * restarts are raised.
 *
 * @param kind of the agents
 * @param everything whether it keeps its history and tree in SQLite and publishes itself by JMX, as
 *     the standalone distribution does; otherwise it keeps its history in memory
 */
record OursPeer(Kind kind, boolean everything) implements Peer {

    enum Kind {
        MESSAGE,
        LOOP
    }

    private static final String TYPE = "child";
    private static final RestartIntensity MANY =
            new RestartIntensity(1_000_000, Duration.ofHours(1));

    @Override
    public Tree flat(Group group, int children, Box ups) {
        RestartStrategy strategy =
                switch (group) {
                    case ONE_FOR_ONE -> RestartStrategy.ONE_FOR_ONE;
                    case ONE_FOR_ALL -> RestartStrategy.ONE_FOR_ALL;
                };
        return new OursTree(
                this,
                children,
                ups,
                () -> supervisor("root", strategy, MANY, specs(children, OursPeer::agent)));
    }

    @Override
    public Tree oneByOne(int children) {
        return new OursTree(
                this,
                children,
                null,
                () ->
                        SupervisorConfig.builder("root")
                                .intensity(MANY)
                                .maxChildren(children)
                                .build()) {
            @Override
            public void start() {
                super.start();
                AgentSupervisor root = root();
                for (int i = 0; i < children; i++) {
                    root.spawnAgent(agent(i));
                }
            }
        };
    }

    @Override
    public boolean spawnIsDurable() {
        return everything;
    }

    @Override
    public Tree deep(int depth) {
        return new OursTree(this, 10, null, () -> node("root", depth));
    }

    private static SupervisorConfig node(String id, int depth) {
        IntFunction<ChildSpec> child =
                depth == 1 ? OursPeer::agent : index -> node(Integer.toString(index), depth - 1);
        return supervisor(id, RestartStrategy.ONE_FOR_ONE, MANY, specs(10, child));
    }

    @Override
    public Tree chain(int supervisors, Box ups) {
        return new OursTree(
                this,
                1,
                ups,
                () -> {
                    ChildSpec child = agent(0);
                    for (int below = 1; below < supervisors; below++) {
                        child = link("below", RestartIntensity.never(), child);
                    }
                    return link("root", MANY, child);
                });
    }

    private static SupervisorConfig link(String id, RestartIntensity intensity, ChildSpec child) {
        return supervisor(id, RestartStrategy.ONE_FOR_ONE, intensity, List.of(child));
    }

    private static SupervisorConfig supervisor(
            String id,
            RestartStrategy strategy,
            RestartIntensity intensity,
            List<ChildSpec> children) {
        return SupervisorConfig.builder(id)
                .strategy(strategy)
                .intensity(intensity)
                .maxChildren(children.size())
                .children(children)
                .build();
    }

    private static List<ChildSpec> specs(int children, IntFunction<ChildSpec> spec) {
        return IntStream.range(0, children).mapToObj(spec).toList();
    }

    private static AgentSpec agent(int index) {
        return AgentSpec.of(Integer.toString(index), TYPE);
    }

    /** A runtime with one tree; making the configuration is part of the start. */
    private static class OursTree implements Tree {
        private final Supplier<SupervisorConfig> config;
        private final Kind kind;

        /** What loop agents take their messages from; ours have no mailbox of the runtime's. */
        private final AtomicReferenceArray<@Nullable Box> boxes;

        private final @Nullable Box ups;
        private final @Nullable Path folder;
        private final SupervisorRuntime runtime;
        private final @Nullable JmxPublisher jmx;
        private final LongAdder restarts = new LongAdder();
        private volatile long lastRestart;

        OursTree(
                OursPeer peer, int children, @Nullable Box ups, Supplier<SupervisorConfig> config) {
            this.config = config;
            this.kind = peer.kind;
            this.boxes = new AtomicReferenceArray<>(kind == Kind.LOOP ? children : 0);
            this.ups = ups;
            this.folder = peer.everything ? temporaryFolder() : null;
            var builder =
                    SupervisorRuntime.builder("benchmark")
                            .factory(AgentFactory.of(TYPE, this::newAgent));
            if (folder != null) {
                builder.store(SqliteStore.open(folder, "benchmark"));
                builder.listener(this::countRestarts);
            }
            this.runtime = builder.build();
            this.jmx = folder == null ? null : JmxPublisher.publish(runtime);
        }

        @Override
        public void start() {
            runtime.start(config.get());
        }

        final AgentSupervisor root() {
            return runtime.root().orElseThrow();
        }

        @Override
        public Target child(int index) {
            return kind == Kind.LOOP
                    ? Objects.requireNonNull(boxes.get(index))
                    : target(root().id().child(Integer.toString(index)));
        }

        @Override
        public void stop() {
            root().stop();
        }

        private SupervisedAgent newAgent() {
            return switch (kind) {
                case MESSAGE -> new MessageChild();
                case LOOP -> new LoopChild();
            };
        }

        private void up(int index, Supplier<Target> child) {
            if (ups != null) {
                ups.tell(new Up(index, child.get()));
            }
        }

        private Target target(AgentPid pid) {
            return new MessageTarget(root(), root().ref(pid));
        }

        private record MessageTarget(AgentSupervisor root, AgentRef ref) implements Target {
            @Override
            public void tell(Object message) {
                ref.tell(message);
            }

            @Override
            public Object ask(Duration atMost) {
                return root.ask(ref.pid(), Message.PING, atMost);
            }
        }

        private final class MessageChild implements MessageAgent {
            private final Child child = new Child();

            @Override
            public InitResult init(InitArgs args) {
                AgentPid pid = args.context().pid();
                up(index(args), () -> target(pid));
                return InitResult.ok();
            }

            @Override
            public void handle(Object message, AgentContext context) {
                if (message == Message.PING) {
                    context.reply(Message.PONG);
                } else {
                    child.on(message);
                }
            }
        }

        /** Parks outside of the context's waits; a stop unparks the thread all the same. */
        private final class LoopChild implements LoopAgent {
            private final Box box = new Box();

            @Override
            public InitResult init(InitArgs args) {
                boxes.set(index(args), box);
                up(index(args), () -> box);
                return InitResult.ok();
            }

            @Override
            public void run(AgentContext context) throws InterruptedException {
                Child child = new Child();
                for (Object message; (message = box.take(context::stopRequested)) != null; ) {
                    child.on(message);
                }
            }
        }

        private static int index(InitArgs args) {
            return Integer.parseInt(args.spec().id());
        }

        // ---- what only matters with a history ------------------------------------------------

        /** Called on the one thread that also appends to the history, and after it has. */
        private void countRestarts(SupervisionEvent event) {
            if (event.kind() == EventKind.CHILD_RESTARTED) {
                lastRestart = event.seq();
                restarts.increment();
            }
        }

        @Override
        public boolean awaitHistory(int count, Duration atMost) throws InterruptedException {
            if (folder == null) {
                return false;
            }
            long deadline = System.nanoTime() + atMost.toNanos();
            while (restarts.sum() < count || !isDurable(lastRestart)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "%d of %d restarts reached the history"
                                    .formatted(restarts.sum(), count));
                }
                LockSupport.parkNanos(100_000);
            }
            return true;
        }

        /** A read sees what has been committed, and nothing else. */
        private boolean isDurable(long seq) {
            return !runtime.history(new HistoryQuery(Optional.empty(), seq - 1, false, 1))
                    .toCompletableFuture()
                    .join()
                    .isEmpty();
        }

        @Override
        public void close() {
            if (jmx != null) {
                jmx.close();
            }
            runtime.close();
            if (folder != null) {
                delete(folder);
            }
        }

        private static Path temporaryFolder() {
            try {
                return Files.createTempDirectory("supervisor-benchmark");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void delete(Path folder) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
