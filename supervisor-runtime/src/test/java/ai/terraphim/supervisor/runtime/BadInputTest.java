package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Wrong arguments of every operation: the error has the right category, says whether to try again,
 * and names the path and the remedy; and nothing has changed.
 */
@Timeout(60)
class BadInputTest {
    private static final AgentPid UP = new AgentPid("root/up");
    private static final AgentPid DOWN = new AgentPid("root/down");
    private static final AgentPid NOBODY = new AgentPid("root/nobody");
    private static final AgentPid INNER = new AgentPid("root/nest/inner");

    /** The tree that every case begins with. */
    private record World(
            SupervisorRuntime runtime,
            AgentSupervisor root,
            AgentSupervisor nest,
            AgentSupervisor pool,
            AgentSupervisor gone) {}

    private record Case(
            String what,
            Consumer<World> operation,
            ErrorCategory category,
            boolean recoverable,
            List<String> message) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Case refused(
            String what,
            Consumer<World> operation,
            ErrorCategory category,
            boolean recoverable,
            String... message) {
        return new Case(what, operation, category, recoverable, List.of(message));
    }

    private static final boolean AGAIN = true;
    private static final boolean NEVER = false;

    static Stream<Case> cases() {
        return Stream.of(
                refused(
                        "stop an unknown child",
                        world -> world.root().stopAgent(NOBODY),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root has no child 'nobody'",
                        "children() lists"),
                refused(
                        "terminate an unknown child",
                        world -> world.root().terminateChild("nobody"),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root has no child 'nobody'",
                        "children() lists"),
                refused(
                        "restart an unknown agent",
                        world -> world.root().restartAgent(NOBODY),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root has no child 'nobody'",
                        "children() lists"),
                refused(
                        "report the exit of an unknown child",
                        world -> world.root().handleAgentExit(NOBODY, ExitReason.error("x")),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root has no child 'nobody'",
                        "children() lists"),
                refused(
                        "stop another supervisor's child",
                        world -> world.root().stopAgent(INNER),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root/nest/inner is no child of root",
                        "ask root/nest"),
                refused(
                        "delete a running child",
                        world -> world.root().deleteChild("up"),
                        ErrorCategory.POLICY,
                        AGAIN,
                        "root/up is running",
                        "stop it first"),
                refused(
                        "delete an unknown child",
                        world -> world.root().deleteChild("nobody"),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root has no child 'nobody'",
                        "children() lists"),
                refused(
                        "restart a child that runs",
                        world -> world.root().restartChild("up"),
                        ErrorCategory.POLICY,
                        AGAIN,
                        "root/up is running",
                        "stop it first"),
                refused(
                        "spawn under the id of one that runs",
                        world -> world.root().spawnAgent(AgentSpec.of("up", "echo")),
                        ErrorCategory.POLICY,
                        AGAIN,
                        "root/up runs already",
                        "choose another id"),
                refused(
                        "spawn under the id of one that is down",
                        world -> world.root().spawnAgent(AgentSpec.of("down", "echo")),
                        ErrorCategory.POLICY,
                        AGAIN,
                        "root/down is present",
                        "restart it, or delete it first"),
                refused(
                        "spawn beyond max children",
                        world -> world.nest().spawnAgent(AgentSpec.of("second", "echo")),
                        ErrorCategory.POLICY,
                        AGAIN,
                        "root/nest has 1 children",
                        "delete some or raise it"),
                refused(
                        "spawn an unknown type",
                        world -> world.root().spawnAgent(AgentSpec.of("new", "ekho")),
                        ErrorCategory.CONFIGURATION,
                        NEVER,
                        "agent 'new'",
                        "there is no agent type 'ekho'",
                        "did you mean 'echo'?"),
                refused(
                        "spawn with a configuration that the agent does not have",
                        world ->
                                world.root()
                                        .spawnAgent(
                                                AgentSpec.builder("new", "echo")
                                                        .config(Map.of("loud", true))
                                                        .build()),
                        ErrorCategory.CONFIGURATION,
                        NEVER,
                        "agent 'new'",
                        "config",
                        "loud"),
                refused(
                        "spawn an agent that does not start",
                        world -> world.root().spawnAgent(AgentSpec.of("new", "stillborn")),
                        ErrorCategory.STARTUP,
                        AGAIN,
                        "root/new did not start",
                        "not today"),
                refused(
                        "stop an instance of a pool by its id",
                        world -> world.pool().terminateChild("worker"),
                        ErrorCategory.POLICY,
                        NEVER,
                        "root/pool is a pool",
                        "stop the instance by its pid instead"),
                refused(
                        "give a pool a child of another spec",
                        world -> world.pool().spawnAgent(AgentSpec.of("new", "echo")),
                        ErrorCategory.POLICY,
                        NEVER,
                        "root/pool is a pool",
                        "spawn an instance of its template instead"),
                refused(
                        "spawn a significant child where nothing ends by itself",
                        world ->
                                world.root()
                                        .spawnAgent(
                                                AgentSpec.builder("new", "echo")
                                                        .restart(RestartType.TRANSIENT)
                                                        .significant(true)
                                                        .build()),
                        ErrorCategory.CONFIGURATION,
                        NEVER,
                        "root/new.significant",
                        "needs a supervisor with auto_shutdown"),
                refused(
                        "an operation on a supervisor that is down",
                        world -> world.gone().spawnAgent(AgentSpec.of("new", "echo")),
                        ErrorCategory.SHUTDOWN,
                        NEVER,
                        "root/gone is not running",
                        "start it, or its parent, first"),
                refused(
                        "start a second tree",
                        world -> world.runtime().start(SupervisorConfig.of("other")),
                        ErrorCategory.POLICY,
                        NEVER,
                        "has started its tree already",
                        "make another runtime"),
                refused(
                        "tell nobody",
                        world -> world.root().tell(NOBODY, "hello"),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "there is no agent root/nobody",
                        "the tree shows"),
                refused(
                        "tell one that is down",
                        world -> world.root().tell(DOWN, "hello"),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root/down takes no messages"),
                refused(
                        "tell a supervisor",
                        world -> world.root().tell(new AgentPid("root/nest"), "hello"),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root/nest"),
                refused(
                        "say something to one that is down",
                        world -> world.root().send(DOWN, new SystemMessage.HealthCheck()),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "root/down is not running",
                        "restart it first"),
                refused(
                        "register a name that is taken",
                        world -> world.root().register("taken", DOWN),
                        ErrorCategory.POLICY,
                        AGAIN,
                        "root/down cannot have the name 'taken'",
                        "root/up has it",
                        "unregister it there first, or choose another name"),
                refused(
                        "register a name for nobody",
                        world -> world.root().register("new", NOBODY),
                        ErrorCategory.NOT_FOUND,
                        NEVER,
                        "there is no agent root/nobody",
                        "spawn it first"));
    }

    private World world;

    @BeforeEach
    void start() {
        var runtime =
                SupervisorRuntime.builder("test")
                        .factory(AgentFactory.of("echo", () -> (MessageAgent) (_, _) -> {}))
                        .factory(
                                AgentFactory.of(
                                        "stillborn",
                                        () -> {
                                            throw new IllegalStateException("not today");
                                        }))
                        .mailbox(2)
                        .build();
        AgentSupervisor root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(
                                        AgentSpec.of("up", "echo"),
                                        AgentSpec.of("down", "echo"),
                                        SupervisorConfig.builder("nest")
                                                .maxChildren(1)
                                                .children(AgentSpec.of("inner", "echo"))
                                                .build(),
                                        SupervisorConfig.builder("pool")
                                                .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                                                .children(AgentSpec.of("worker", "echo"))
                                                .build(),
                                        SupervisorConfig.of("gone"))
                                .build());
        AgentSupervisor nest = runtime.supervisor(new SupervisorId("root/nest")).orElseThrow();
        AgentSupervisor pool = runtime.supervisor(new SupervisorId("root/pool")).orElseThrow();
        AgentSupervisor gone = runtime.supervisor(new SupervisorId("root/gone")).orElseThrow();
        root.terminateChild("down");
        gone.stop();
        root.register("taken", UP);
        world = new World(runtime, root, nest, pool, gone);
    }

    @AfterEach
    void close() {
        world.runtime().close();
    }

    /** All that an operation could have changed, but for counters. */
    private record State(
            List<SupervisedAgentInfo> root,
            List<SupervisedAgentInfo> nest,
            SortedMap<String, AgentPid> names) {}

    private State state() {
        return new State(world.root().children(), world.nest().children(), world.runtime().names());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isRefusedAndChangesNothing(Case it) {
        State before = state();
        Throwable thrown = catchThrowable(() -> it.operation().accept(world));
        assertThat(thrown).isInstanceOf(SupervisionException.class);
        SupervisionException error = (SupervisionException) thrown;
        assertThat(error).hasMessageContainingAll(it.message().toArray(String[]::new));
        assertThat(error.category()).isEqualTo(it.category());
        assertThat(error.isRecoverable()).isEqualTo(it.recoverable());
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void aFullMailboxRefusesAndKeepsWhatItHas() {
        CompletableFuture<Void> entered = new CompletableFuture<>();
        CompletableFuture<Void> gate = new CompletableFuture<>();
        CompletableFuture<Object> last = new CompletableFuture<>();
        world.runtime()
                .types()
                .register(
                        AgentFactory.of(
                                "gated",
                                () ->
                                        (MessageAgent)
                                                (message, context) -> {
                                                    if (entered.complete(null)) {
                                                        context.await(gate, Duration.ofMinutes(1));
                                                    }
                                                    if (message.equals(3)) {
                                                        last.complete(message);
                                                    }
                                                }),
                        "the test");
        AgentPid pid = world.root().spawnAgent(AgentSpec.of("gated", "gated"));
        world.root().tell(pid, 1);
        entered.join();
        world.root().tell(pid, 2);
        world.root().tell(pid, 3);
        assertThat(catchThrowable(() -> world.root().tell(pid, 4)))
                .isInstanceOfSatisfying(
                        SupervisionException.class,
                        e -> {
                            assertThat(e.category()).isEqualTo(ErrorCategory.COMMUNICATION);
                            assertThat(e.isRecoverable()).isTrue();
                            assertThat(e)
                                    .hasMessageContainingAll(
                                            "the mailbox of root/gated is full with 2 messages",
                                            "send later");
                        });
        gate.complete(null);
        assertThat(last.join()).isEqualTo(3);
    }

    @Test
    void anAgentThatCallsItsOwnSupervisorFromInitIsToldWhy() {
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        world.runtime()
                .types()
                .register(
                        AgentFactory.of("selfish", () -> new Selfish(world.root(), refused)),
                        "the test");
        AgentPid pid = world.root().spawnAgent(AgentSpec.of("selfish", "selfish"));
        assertThat(refused.join())
                .isInstanceOfSatisfying(
                        SupervisionException.class,
                        e -> {
                            assertThat(e.category()).isEqualTo(ErrorCategory.COMMUNICATION);
                            assertThat(e.isRecoverable()).isFalse();
                            assertThat(e)
                                    .hasMessageContainingAll(
                                            "root/selfish asks root",
                                            "ask from run, handle or start");
                        });
        assertThat(world.root().child(pid).orElseThrow().run()).isEqualTo(1);
    }

    private record Selfish(AgentSupervisor root, CompletableFuture<Throwable> refused)
            implements MessageAgent {
        @Override
        public InitResult init(InitArgs args) {
            refused.complete(catchThrowable(() -> root.terminateChild("up")));
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) {}
    }
}
