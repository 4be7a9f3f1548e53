package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** References, over everything that can become of the agent. */
@Timeout(60)
class RefTest {
    private static final AgentPid AGENT = new AgentPid("root/nest/a");
    private static final AgentSpec SPEC = AgentSpec.builder("a", "agent").mailbox(2).build();

    /** What the agent was told, with the run that was told it. */
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    private final BlockingQueue<AgentContext> contexts = new LinkedBlockingQueue<>();
    private final SynchronousQueue<String> gate = new SynchronousQueue<>();
    private SupervisorRuntime runtime;
    private AgentSupervisor root;
    private AgentSupervisor nest;
    private AgentRef ref;

    @BeforeEach
    void start() {
        runtime =
                SupervisorRuntime.builder("test")
                        .factory(AgentFactory.of("agent", () -> (MessageAgent) this::handle))
                        .build();
        root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(SupervisorConfig.builder("nest").children(SPEC).build())
                                .build());
        nest = runtime.supervisor(AGENT.supervisor()).orElseThrow();
        ref = root.ref(AGENT);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private void handle(Object message, AgentContext context) throws InterruptedException {
        told.add(context.run() + " " + message);
        switch (message.toString()) {
            case "crash" -> throw new AgentExitException(ExitReason.error("told to"));
            case "wait" -> gate.take();
            case "context" -> contexts.add(context);
            default -> {}
        }
    }

    @Test
    void itReachesTheAgentOverRestartsAndAgainWhenItWasDeletedAndAdded() throws Exception {
        assertThat(ref.pid()).isEqualTo(AGENT);
        ref.tell("crash");
        ref.tell("hello");
        assertThat(told.take()).isEqualTo("1 crash");
        assertThat(told.take()).isEqualTo("2 hello");

        nest.stopAgent(AGENT);
        assertThatThrownBy(() -> ref.tell("gone")).isInstanceOf(ChildNotFoundException.class);
        assertThat(runtime.deadLetterTotal()).isEqualTo(1);

        nest.spawnAgent(SPEC);
        ref.tell("back");
        assertThat(told.take()).isEqualTo("3 back");
    }

    @Test
    void itReachesTheAgentInTheNextLifeOfItsSupervisor() throws Exception {
        ref.tell("one");
        assertThat(told.take()).isEqualTo("1 one");
        root.terminateChild("nest");
        assertThatThrownBy(() -> ref.tell("gone")).isInstanceOf(ChildNotFoundException.class);
        root.restartChild("nest");
        ref.tell("two");
        assertThat(told.take()).isEqualTo("2 two");
    }

    @Test
    void itRefusesWhatTellRefuses() throws Exception {
        ref.tell("wait");
        assertThat(told.take()).isEqualTo("1 wait");
        ref.tell("one");
        ref.tell("two");
        assertThatThrownBy(() -> ref.tell("three"))
                .isInstanceOf(MailboxFullException.class)
                .hasMessageContaining("full with 2 messages");
        gate.put("go on");
    }

    @Test
    void ofAnEndedRunItIsFenced() throws Exception {
        ref.tell("context");
        AgentRef ofRun = contexts.take().ref(AGENT);
        ofRun.tell("crash");
        ref.tell("again");
        assertThat(told.take()).isEqualTo("1 context");
        assertThat(told.take()).isEqualTo("1 crash");
        assertThat(told.take()).isEqualTo("2 again");
        assertThatThrownBy(() -> ofRun.tell("late")).isInstanceOf(FencedException.class);
    }
}
