package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionListener;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.InMemoryStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Runs one tree of the real engine in simulated time. All threads of the engine and of the agents
 * run one at a time, in an order that the seed decides, and time goes on only when the test says
 * so. The same seed and the same calls give the same {@linkplain #trace trace}; another seed gives
 * another order that real threads might have taken.
 *
 * {@snippet :
 * try (var sim = Simulation.seeded(42)) {
 *     AgentSupervisor root = sim.start(
 *             SupervisorConfig.builder("root")
 *                     .strategy(RestartStrategy.REST_FOR_ONE)
 *                     .children(AgentSpec.of("fetch", "test"), AgentSpec.of("store", "test"))
 *                     .build(),
 *             new TestAgentFactory());
 *     sim.crash(new AgentPid("root/fetch"));
 *     sim.runUntilIdle();
 *     assertThat(sim.trace()).containsSubsequence("stop store", "start fetch#2", "start store#2");
 * }
 * }
 *
 * <p>The tree is an ordinary one, and its {@link AgentSupervisor} may be called as usual: a call
 * lets the tree run, and lets time pass if it has to, until it is answered. What else waits for the
 * tree goes through {@link #call} or {@link #await}, and test code that is to run beside the tree
 * through {@link #run}.
 *
 * <p>An agent can be simulated if it reads no clock and waits by no means but its {@link
 * ai.terraphim.supervisor.api.AgentContext}'s, and makes no threads. Locks, queues and other waits
 * without a timeout are fine; a wait with a timeout of the JDK's is refused when it is found.
 *
 * <p>The JVM needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}. Use a simulation from one
 * platform thread.
 */
public final class Simulation implements AutoCloseable {
    private final long seed;
    private final SimulatedHost host;
    private final Faults faults = new Faults();
    private final FaultyStore store;
    private final List<SupervisionEvent> events = new ArrayList<>();
    private final List<DependencyConfig> dependencies = new ArrayList<>();
    private OnStoreFailure onStoreFailure = OnStoreFailure.CONTINUE;
    private SupervisionListener listener = _ -> {};
    private @Nullable SupervisorRuntime runtime;

    private Simulation(long seed, StateStore inner, Instant begin) {
        this.seed = seed;
        this.host = new SimulatedHost(seed, begin);
        this.store = new FaultyStore(inner, host);
    }

    /**
     * A simulation without a tree. Its clock shows the beginning of 2026, UTC.
     *
     * @param seed decides which thread runs next, each time there is a choice
     * @return the simulation
     * @throws UnsupportedOperationException if the JVM's own threads cannot be scheduled, with the
     *     remedy
     */
    public static Simulation seeded(long seed) {
        return new Simulation(seed, new InMemoryStore(), SimulatedHost.BEGIN);
    }

    /** One life of a JVM, on a store that outlives it, from a time on. To kill it, leave it. */
    static Simulation life(long seed, StateStore store, Instant begin) {
        return new Simulation(seed, store, begin);
    }

    /**
     * The seed.
     *
     * @return as given
     */
    public long seed() {
        return seed;
    }

    /** Its clock and threads. */
    SimulatedHost host() {
        return host;
    }

    /**
     * Adds a dependency that the agents may call through {@link
     * ai.terraphim.supervisor.api.AgentContext#guarded}. Before {@link #start}.
     *
     * @param dependency how its calls are guarded
     * @return this simulation
     */
    public Simulation dependency(DependencyConfig dependency) {
        dependencies.add(dependency);
        return this;
    }

    /**
     * Sets what agents do while the {@link #store} fails. Before {@link #start}.
     *
     * @param policy {@link OnStoreFailure#CONTINUE} by default
     * @return this simulation
     */
    public Simulation onStoreFailure(OnStoreFailure policy) {
        onStoreFailure = policy;
        return this;
    }

    /**
     * Starts the tree, once, and returns when every child is up.
     *
     * @param root the root supervisor
     * @param factories make its agents
     * @return its handle
     * @throws ai.terraphim.supervisor.api.SupervisionException as {@link SupervisorRuntime#start}
     */
    public AgentSupervisor start(SupervisorConfig root, AgentFactory<?>... factories) {
        if (runtime != null) {
            throw new IllegalStateException(
                    "this simulation has its tree already; make another simulation");
        }
        SupervisorRuntime.Builder builder =
                SupervisorRuntime.builder("simulation")
                        .host(host, host)
                        .store(store)
                        .onStoreFailure(onStoreFailure)
                        .listener(this::happened);
        for (AgentFactory<?> factory : factories) {
            builder.factory(faults.guard(factory));
        }
        dependencies.forEach(builder::dependency);
        SupervisorRuntime made = builder.build();
        runtime = made;
        return driven(call(() -> made.start(root)));
    }

    /** The same supervisor, for the test's thread, which must not wait for the tree itself. */
    private AgentSupervisor driven(AgentSupervisor supervisor) {
        return (AgentSupervisor)
                Proxy.newProxyInstance(
                        AgentSupervisor.class.getClassLoader(),
                        new Class<?>[] {AgentSupervisor.class},
                        (_, method, arguments) ->
                                host.call(() -> {
                                    try {
                                        return method.invoke(supervisor, arguments);
                                    } catch (InvocationTargetException e) {
                                        throw e.getCause() instanceof Exception thrown ? thrown : e;
                                    }
                                }));
    }

    /**
     * A supervisor anywhere in the tree.
     *
     * @param path its place, such as {@code root/pipeline}
     * @return empty if none is alive there
     */
    public Optional<AgentSupervisor> supervisor(String path) {
        return runtime().supervisor(new SupervisorId(path)).map(this::driven);
    }

    /**
     * The runtime of the tree. What waits there for the tree must be called through {@link #call}.
     *
     * @return an ordinary runtime
     * @throws IllegalStateException before {@link #start}
     */
    public SupervisorRuntime runtime() {
        if (runtime == null) {
            throw new IllegalStateException("the simulation has no tree yet; call start first");
        }
        return runtime;
    }

    /**
     * The store of the tree, which can be made to fail.
     *
     * @return in memory, and empty at the beginning
     */
    public FaultyStore store() {
        return store;
    }

    // ---- time and threads
    // ---------------------------------------------------------------------------------------

    /**
     * The time.
     *
     * @return by the clock of the simulation
     */
    public Instant now() {
        return host.now();
    }

    /**
     * Lets one thread, chosen by the seed, run until it waits or ends.
     *
     * @return false if none can run at this time
     */
    public boolean step() {
        return host.step();
    }

    /**
     * How many steps were made until now: a measure of work that does not depend on the machine.
     *
     * @return the count
     */
    public long steps() {
        return host.steps();
    }

    /** Lets the tree run until nothing in it can go on without time passing. Time stands still. */
    public void runUntilIdle() {
        host.runUntilIdle();
    }

    /**
     * Lets time pass. Everything that is due meanwhile happens, at its time, and what follows from
     * it.
     *
     * @param time how long
     */
    public void advance(Duration time) {
        host.advanceTo(host.elapsedNanos() + time.toNanos());
    }

    /**
     * Lets the tree run until no child anywhere is starting, stopping or restarting, and time pass
     * as far as that takes.
     *
     * @param atMost how much time may pass
     * @throws AssertionError if the tree is still busy then
     */
    public void settle(Duration atMost) {
        long until = host.elapsedNanos() + atMost.toNanos();
        host.runUntilIdle();
        while (isBusy()) {
            if (!host.advanceToAlarm(until)) {
                throw new AssertionError(
                        "the tree is still busy after %s:%n%s"
                                .formatted(atMost, String.join("\n", trace())));
            }
            host.runUntilIdle();
        }
    }

    private boolean isBusy() {
        return call(() -> runtime().root().map(this::isBusy).orElse(false));
    }

    private boolean isBusy(AgentSupervisor supervisor) {
        return isBusy(supervisor.status().state())
                || supervisor.children().stream()
                        .anyMatch(child -> isBusy(child.status()) || isBusyBelow(child));
    }

    private boolean isBusyBelow(SupervisedAgentInfo child) {
        return runtime()
                .supervisor(new SupervisorId(child.pid().path()))
                .map(this::isBusy)
                .orElse(false);
    }

    private static boolean isBusy(AgentStatus status) {
        return status instanceof AgentStatus.Starting
                || status instanceof AgentStatus.Stopping
                || status instanceof AgentStatus.Restarting;
    }

    /**
     * Runs something on a simulated thread of its own, beside the tree: a client, an operator.
     * Begins with the next step.
     *
     * @param name of the thread
     * @param body what to run; what it throws is thrown by the step in which it ends
     */
    public void run(String name, Runnable body) {
        host.startVirtual(name, body);
    }

    /**
     * Runs something on a simulated thread of its own, lets time pass as far as that takes, and
     * returns what came of it. All calls of the tree's {@link AgentSupervisor}s go this way by
     * themselves.
     *
     * @param <T> what it gives
     * @param body what to run
     * @return what it gave
     * @throws IllegalStateException if it waits for what can never come
     */
    public <T> T call(Callable<T> body) {
        try {
            return host.call(body);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a call has failed: " + e, e);
        }
    }

    /**
     * Waits for something that the tree completes, and lets time pass as far as that takes.
     *
     * @param <T> what it gives
     * @param work such as {@link SupervisorRuntime#termination()}
     * @return what it gave
     * @throws java.util.concurrent.CompletionException with the cause for which it failed
     * @throws IllegalStateException if it can never complete
     */
    public <T> T await(CompletionStage<T> work) {
        CompletableFuture<T> future = work.toCompletableFuture();
        return call(() -> {
            host.awaitDone(future);
            return future.join();
        });
    }

    // ---- faults
    // -------------------------------------------------------------------------------------------------

    /**
     * Makes an agent throw at the next step it takes. A wait of its context that it is in ends for
     * this, and a resting message agent is woken.
     *
     * @param pid an agent that runs
     */
    public void crash(AgentPid pid) {
        inject(pid, Fault.crash());
    }

    /**
     * Lets a fault strike an agent at the next step it takes. A wait of its context that it is in
     * ends for this, and a resting message agent is woken.
     *
     * @param pid an agent that runs
     * @param fault what happens to it
     */
    public void inject(AgentPid pid, Fault fault) {
        if (faults.injectAtOnce(pid, fault)) {
            call(() -> {
                runtime().root().orElseThrow().tell(pid, new Faults.Nudge());
                return pid;
            });
        }
    }

    /**
     * Lets a fault strike an agent the next time it comes to a step, in this run or a later one.
     * Several for one step strike one after another, each the time after.
     *
     * @param pid an agent, which need not be there yet
     * @param step where
     * @param fault what happens to it
     */
    public void inject(AgentPid pid, Step step, Fault fault) {
        faults.inject(pid, step, fault);
    }

    /**
     * Lets a plan decide at every step of every agent whether a fault strikes there.
     *
     * @param plan instead of the last one; none by default
     */
    public void faults(FaultPlan plan) {
        faults.plan(plan);
    }

    // ---- what happened
    // ------------------------------------------------------------------------------------------

    private void happened(SupervisionEvent event) {
        events.add(event);
        listener.onEvent(event);
    }

    /**
     * Listens to what happens. Events come before any other thread goes on, so a listener may
     * compare them with what agents do; it must not call the tree.
     *
     * @param listener instead of the last one; none by default. What it throws is logged.
     */
    public void onEvent(SupervisionListener listener) {
        this.listener = listener;
    }

    /**
     * What has happened to the tree, one line per fact, in the order in which its supervisors told
     * it. Runs until idle first. A line is one of
     *
     * <pre>
     *   start PATH#RUN              it came up
     *   ignore PATH#RUN             it need not run now
     *   fail PATH#RUN REASON        its start failed
     *   stop PATH                   it was told to stop, and did
     *   exit PATH REASON            it ended otherwise
     *   delete PATH                 its spec was removed
     *   escalate PATH REASON        the supervisor gave up
     * </pre>
     *
     * and for other events their {@linkplain EventKind#word() word}, path and reason. A path is
     * written without the root's name: {@code parse}, {@code pipeline/parse}, and {@code .} for the
     * root.
     *
     * @return all lines since the start
     */
    public List<String> trace() {
        return events().stream().map(Simulation::line).toList();
    }

    /**
     * What has happened to the tree, with all that is known of it. Runs until idle first.
     *
     * @return all events since the start
     */
    public List<SupervisionEvent> events() {
        host.runUntilIdle();
        return List.copyOf(events);
    }

    /**
     * What has happened to the tree, of one kind. Runs until idle first.
     *
     * @param kind what happened
     * @return all events of this kind since the start
     */
    public List<SupervisionEvent> events(EventKind kind) {
        return events().stream().filter(event -> event.kind() == kind).toList();
    }

    private static String line(SupervisionEvent event) {
        int slash = event.path().indexOf('/');
        String path = slash < 0 ? "." : event.path().substring(slash + 1);
        String run = path + "#" + event.run();
        return switch (event.kind()) {
            case CHILD_STARTED, CHILD_RESTARTED -> "start " + run;
            case CHILD_IGNORED -> "ignore " + run;
            case CHILD_START_FAILED -> "fail " + run + " " + event.reason();
            case CHILD_EXITED ->
                    event.reason().equals("shutdown")
                            ? "stop " + path
                            : "exit " + path + " " + event.reason();
            case CHILD_DELETED -> "delete " + path;
            case SUPERVISOR_ESCALATED -> "escalate " + path + " " + event.reason();
            default -> event.kind().word() + " " + path + " " + event.reason();
        };
    }

    /**
     * Ends all hangs that were injected, stops the tree, and lets time pass as far as that takes.
     */
    @Override
    public void close() {
        faults.end();
        SupervisorRuntime ending = runtime;
        if (ending != null) {
            call(() -> {
                ending.close();
                return ending;
            });
        }
        host.runUntilIdle();
    }
}
