package ai.terraphim.supervisor.runtime;

import ai.terraphim.supervisor.api.AbandonedThread;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionListener;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.Termination;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoreMaintenance;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import ai.terraphim.supervisor.runtime.host.Carriers;
import ai.terraphim.supervisor.runtime.host.SystemTime;
import ai.terraphim.supervisor.runtime.host.Threads;
import ai.terraphim.supervisor.runtime.host.Time;
import ai.terraphim.supervisor.runtime.observe.Events;
import ai.terraphim.supervisor.runtime.shell.Engine;
import ai.terraphim.supervisor.runtime.shell.Limits;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs one supervision tree in this JVM. Several runtimes may live beside each other.
 *
 * {@snippet :
 * var greeter = AgentFactory.of("greeter", () -> (LoopAgent) context -> {
 *     while (!context.awaitStop(Duration.ofSeconds(1))) {
 *         System.out.println("hello from run " + context.run());
 *     }
 * });
 * try (var runtime = SupervisorRuntime.builder("demo").factory(greeter).build()) {
 *     AgentSupervisor root = runtime.start(SupervisorConfig.of("root"));
 *     AgentPid pid = root.spawnAgent(AgentSpec.of("hello", "greeter"));
 *     root.handleAgentExit(pid, ExitReason.error("seen from outside"));
 *     System.out.println(root.child(pid).orElseThrow().run()); // 2
 *     root.stop();
 * }
 * }
 *
 * <p>Any thread may call.
 */
public final class SupervisorRuntime implements AutoCloseable {
    private final String name;
    private final Time time;
    private final Instant startedAt;
    private final AgentTypes types;
    private final Path dataFolder;
    private final StateStore store;
    private final Events events;
    private final Engine engine;
    private final @Nullable Carriers carriers;
    private final ReentrantLock closing = new ReentrantLock();
    private boolean closed;

    private SupervisorRuntime(Builder builder) {
        this.name = builder.name;
        this.types = builder.types;
        this.dataFolder = builder.dataFolder.toAbsolutePath().normalize();
        this.store = builder.store;
        Recovery recovery = store.recover();
        this.time = Objects.requireNonNullElseGet(builder.time, () -> new SystemTime(name));
        this.startedAt = time.now();
        this.events = new Events(name, time, builder.threads, store, recovery.lastSeq());
        builder.listeners.forEach(events::addListener);
        this.engine =
                new Engine(
                        time,
                        builder.threads,
                        types,
                        store,
                        recovery,
                        builder.fresh,
                        builder.onStoreFailure,
                        dataFolder,
                        builder.limits,
                        builder.dependencies.values(),
                        events);
        this.carriers =
                builder.time == null
                        ? new Carriers(time, builder.threads, engine::carriersRaised)
                        : null; // simulated threads have no carriers
    }

    /**
     * Begins a runtime.
     *
     * @param name tells runtimes of one JVM apart, in JMX and in thread names; letters, digits,
     *     {@code _ . -}
     * @return a builder with every default
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * The runtime's name.
     *
     * @return as given to {@link #builder}
     */
    public String name() {
        return name;
    }

    /**
     * When this runtime was made.
     *
     * @return the time
     */
    public Instant startedAt() {
        return startedAt;
    }

    /**
     * The agent types it knows.
     *
     * @return live: factories may be registered while the tree runs
     */
    public AgentTypes types() {
        return types;
    }

    /**
     * What relative paths in agents' configurations are relative to.
     *
     * @return an absolute path
     */
    public Path dataFolder() {
        return dataFolder;
    }

    /**
     * Starts the tree and returns when every child is up. Once per runtime.
     *
     * @param root the root supervisor
     * @return its handle
     * @throws ai.terraphim.supervisor.api.ConfigurationException if a spec is refused; nothing was
     *     started
     * @throws ai.terraphim.supervisor.api.SupervisionException of category STARTUP if a child does
     *     not start; those that had started are stopped again
     */
    public AgentSupervisor start(SupervisorConfig root) {
        return engine.start(root);
    }

    /**
     * The root.
     *
     * @return empty before {@link #start}
     */
    public Optional<AgentSupervisor> root() {
        return engine.root();
    }

    /**
     * Which run of the root this is. Its children's are in their {@link AgentSupervisor#children()
     * infos}.
     *
     * @return 0 before {@link #start}
     */
    public long rootRun() {
        return engine.rootRun();
    }

    /**
     * A supervisor anywhere in the tree.
     *
     * @param id its place
     * @return empty if none is alive there
     */
    public Optional<AgentSupervisor> supervisor(SupervisorId id) {
        return engine.supervisor(id);
    }

    /**
     * How the tree ends. Ask once and keep what you get: each is remembered until then.
     *
     * @return completes when it has ended, because it was stopped, gave up, or did not start
     */
    public CompletableFuture<Termination> termination() {
        return engine.termination();
    }

    /**
     * Adds a listener for what happens from now on.
     *
     * @param listener called on one thread, in order
     */
    public void addListener(SupervisionListener listener) {
        events.addListener(listener);
    }

    /**
     * Since when the store fails. Meanwhile the history waits in memory, and agents do as {@link
     * Builder#onStoreFailure} says.
     *
     * @return empty while it works
     */
    public Optional<Instant> storeFailingSince() {
        return events.storeFailingSince();
    }

    /**
     * Reads the history.
     *
     * @param query which facts
     * @return completes with them, in order
     */
    public CompletionStage<List<SupervisionEvent>> history(HistoryQuery query) {
        return store.history(query);
    }

    /**
     * The number of the newest fact in the history.
     *
     * @return 0 if there is none
     */
    public long historyLastSeq() {
        return events.lastSeq();
    }

    /**
     * How many restarts there were since the runtime was made.
     *
     * @return the count
     */
    public long restartTotal() {
        return engine.restartTotal();
    }

    /**
     * How many runs ended in failure since the runtime was made.
     *
     * @return the count
     */
    public long crashTotal() {
        return engine.crashTotal();
    }

    /**
     * How often a supervisor gave up since the runtime was made.
     *
     * @return the count
     */
    public long escalationTotal() {
        return engine.escalationTotal();
    }

    /**
     * How many messages found no receiver since the runtime was made.
     *
     * @return the count
     */
    public long deadLetterTotal() {
        return engine.deadLetterTotal();
    }

    /**
     * How many checkpoints of agents were saved since the runtime was made.
     *
     * @return the count
     */
    public long checkpointTotal() {
        return engine.checkpointTotal();
    }

    /**
     * How many checkpoints of agents could not be saved since the runtime was made.
     *
     * @return the count
     */
    public long checkpointFailures() {
        return engine.checkpointFailures();
    }

    /**
     * When the checkpoint was taken that was saved last.
     *
     * @return empty if none was saved since the runtime was made
     */
    public Optional<Instant> lastCheckpoint() {
        return engine.lastCheckpoint();
    }

    /**
     * What an operator may ask of the store.
     *
     * @return empty if the store offers nothing of the kind, as the one in memory
     */
    public Optional<StoreMaintenance> storeMaintenance() {
        return store.maintenance();
    }

    /**
     * The messages that have crashed an agent with {@code redeliver} once too often. At most 100 of
     * an agent and 1,000 in all are kept, as long as the store lives; the oldest gives way, and is
     * a dead letter then.
     *
     * @return a copy, oldest first
     */
    public List<ParkedMessage> parkedMessages() {
        return engine.parkedMessages();
    }

    /**
     * Sends a parked message to its agent again, behind all that wait there, with a clean count.
     *
     * @param id its {@link ParkedMessage#id() number}
     * @throws ai.terraphim.supervisor.api.SupervisionException of category NOT_FOUND if there is no
     *     such message, or its agent is gone or down; SERIALIZATION if another JVM has parked it
     *     and it cannot be made again, of which the message says more; MailboxFullException if the
     *     agent takes no more. It stays parked then
     */
    public void replayMessage(long id) {
        engine.replayMessage(id);
    }

    /**
     * Forgets a parked message.
     *
     * @param id its {@link ParkedMessage#id() number}
     * @throws ai.terraphim.supervisor.api.SupervisionException of category NOT_FOUND if there is no
     *     such message
     */
    public void dropMessage(long id) {
        engine.dropMessage(id);
    }

    /**
     * The names that agents have, as registered by {@link
     * ai.terraphim.supervisor.api.AgentContext#register}.
     *
     * @return a copy, in alphabetical order
     */
    public SortedMap<String, AgentPid> names() {
        return engine.names();
    }

    /**
     * How the dependencies are that agents call through {@link
     * ai.terraphim.supervisor.api.AgentContext#guarded}.
     *
     * @return a copy, in the order of the configuration
     */
    public List<DependencyInfo> dependencies() {
        return engine.guards().infos();
    }

    /**
     * Opens the circuit of a dependency until it is {@linkplain #reset reset}, for an operator who
     * knows that the dependency is down. Calls under way are not ended. Fine if it is open so.
     *
     * @param dependency its key
     * @throws ai.terraphim.supervisor.api.ConfigurationException if there is no such dependency
     */
    public void forceOpen(String dependency) {
        engine.guards().guard("forceOpen", "dependency", dependency).forceOpen();
    }

    /**
     * Closes the circuit of a dependency, whatever state it is in, forgets the calls it has seen,
     * and lets all who wait for it go within about a second.
     *
     * @param dependency its key
     * @throws ai.terraphim.supervisor.api.ConfigurationException if there is no such dependency
     */
    public void reset(String dependency) {
        engine.guards().guard("reset", "dependency", dependency).reset();
    }

    /**
     * How many threads of killed agents have not ended yet.
     *
     * @return the count
     */
    public int abandonedThreads() {
        return engine.abandonedThreads();
    }

    /**
     * The threads of killed agents that have not ended yet. Each costs memory, and a processor if
     * it computes, until it ends; nothing in the JVM can end it.
     *
     * @return those of this moment, the oldest first, with where they are
     */
    public List<AbandonedThread> abandoned() {
        return engine.abandoned();
    }

    /**
     * Where an agent's thread is, in a callback of the agent.
     *
     * @param pid an agent
     * @return its stack trace, a line for each frame; empty if it is in none, or there is no such
     *     agent
     */
    public String threadDump(AgentPid pid) {
        return engine.threadDump(pid);
    }

    /**
     * Stops the tree in order, within its shutdown times, writes what is left of the history, and
     * closes the store. May be called more than once and by several threads; each returns when it
     * is done.
     */
    @Override
    public void close() {
        closing.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            try {
                engine.close();
            } finally {
                events.close();
                store.close();
                if (carriers != null) {
                    carriers.close();
                }
                time.close(); // last, for all others wait by it
            }
        } finally {
            closing.unlock();
        }
    }

    /** Collects what differs from the defaults. Not for several threads at once. */
    public static final class Builder {
        private final String name;
        private AgentTypes types = new AgentTypes();
        private StateStore store = new InMemoryStore();
        private Path dataFolder = Path.of("");
        private Limits limits = Limits.DEFAULT;
        private boolean fresh;
        private OnStoreFailure onStoreFailure = OnStoreFailure.CONTINUE;
        private final Map<String, DependencyConfig> dependencies = new LinkedHashMap<>();
        private final List<SupervisionListener> listeners = new ArrayList<>();
        private @Nullable Time time;
        private Threads threads = Threads.JVM;

        private Builder(String name) {
            if (!name.matches("[A-Za-z0-9_.-]+")) {
                throw new IllegalArgumentException(
                        "a runtime's name has letters, digits, '_', '.' and '-' only; '"
                                + name
                                + "' has others");
            }
            this.name = name;
        }

        /**
         * Sets the registry of agent types; {@link #factory} adds to the one set last.
         *
         * @param types empty by default
         * @return this builder
         */
        public Builder types(AgentTypes types) {
            this.types = types;
            return this;
        }

        /**
         * Adds a factory.
         *
         * @param factory of agents
         * @return this builder
         */
        public Builder factory(AgentFactory<?> factory) {
            types.register(factory, "the embedding program");
            return this;
        }

        /**
         * Sets where state and history are kept. The runtime owns the store and closes it.
         *
         * @param store in memory by default
         * @return this builder
         */
        public Builder store(StateStore store) {
            this.store = store;
            return this;
        }

        /**
         * Begins with the tree as it is configured: children that were added in an earlier life of
         * the JVM do not come back, and those that were stopped by hand start. What is stored of
         * them is kept, for a start that is not fresh; the history names it. States of agents and
         * run numbers go on.
         *
         * <p>What happens to the tree from then on is stored as ever: a supervisor that is
         * restarted, for one, forgets all the children that were added to it.
         *
         * @param fresh false by default
         * @return this builder
         */
        public Builder fresh(boolean fresh) {
            this.fresh = fresh;
            return this;
        }

        /**
         * Sets what agents do while the store fails.
         *
         * @param policy {@link OnStoreFailure#CONTINUE} by default
         * @return this builder
         */
        public Builder onStoreFailure(OnStoreFailure policy) {
            this.onStoreFailure = policy;
            return this;
        }

        /**
         * Sets what relative paths in agents' configurations are relative to.
         *
         * @param dataFolder the working folder by default
         * @return this builder
         */
        public Builder dataFolder(Path dataFolder) {
            this.dataFolder = dataFolder;
            return this;
        }

        /**
         * Sets how many agents the runtime may have, those that are down included. A child beyond
         * it is refused with a {@link ai.terraphim.supervisor.api.LimitExceededException}.
         *
         * @param agents no limit by default
         * @return this builder
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder maxAgents(int agents) {
            this.limits = new Limits(agents, limits.mailbox());
            return this;
        }

        /**
         * Sets how many messages may wait for one agent, unless its spec says otherwise. A message
         * that finds a full mailbox is refused with a {@link
         * ai.terraphim.supervisor.api.MailboxFullException}.
         *
         * @param messages 10,000 by default
         * @return this builder
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder mailbox(int messages) {
            this.limits = new Limits(limits.maxAgents(), messages);
            return this;
        }

        /**
         * Adds a dependency that agents may call through {@link
         * ai.terraphim.supervisor.api.AgentContext#guarded} and name in {@link
         * ai.terraphim.supervisor.api.Safeguards#needs}.
         *
         * @param dependency how its calls are guarded
         * @return this builder
         * @throws IllegalArgumentException if there is one with its key already
         */
        public Builder dependency(DependencyConfig dependency) {
            if (dependencies.putIfAbsent(dependency.key(), dependency) != null) {
                throw new IllegalArgumentException(
                        "the dependency '%s' is there twice; remove one"
                                .formatted(dependency.key()));
            }
            return this;
        }

        /**
         * Adds a listener that hears everything from the start.
         *
         * @param listener called on one thread, in order
         * @return this builder
         */
        public Builder listener(SupervisionListener listener) {
            listeners.add(listener);
            return this;
        }

        /**
         * Replaces the clocks and threads of the JVM. For the simulation of the testkit, and no
         * promise to others.
         *
         * @param time the machine's by default
         * @param threads the JVM's by default
         * @return this builder
         */
        public Builder host(Time time, Threads threads) {
            this.time = time;
            this.threads = threads;
            return this;
        }

        /**
         * Makes the runtime: reads what the store knows, and starts its threads.
         *
         * @return a runtime without a tree
         */
        public SupervisorRuntime build() {
            return new SupervisorRuntime(this);
        }
    }
}
