package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of the message in flight at a crash. */
@Timeout(60)
class RedeliveryTest {
    private static final AgentPid AGENT = new AgentPid("root/agent");

    private final List<Object> begun = new CopyOnWriteArrayList<>();
    private final List<Object> handled = new CopyOnWriteArrayList<>();
    private final List<SupervisionEvent> events = new CopyOnWriteArrayList<>();
    private final AtomicBoolean broken = new AtomicBoolean(true);
    private SupervisorRuntime runtime;
    private AgentSupervisor root;

    private void start(MessageAgent agent) {
        runtime =
                SupervisorRuntime.builder("test")
                        .factory(
                                AgentFactory.of(
                                        "agent",
                                        () ->
                                                (MessageAgent)
                                                        (message, context) -> {
                                                            begun.add(message);
                                                            agent.handle(message, context);
                                                            handled.add(message);
                                                        }))
                        .listener(events::add)
                        .build();
        root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.builder("agent", "agent").redeliver(2).build())
                                .build());
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private void crashOnPoison(Object message, AgentContext context) {
        if (message.equals("poison") && broken.get()) {
            throw new IllegalStateException("cannot stomach it");
        }
        context.reply("well");
    }

    private void crashOnce(Object message, AgentContext context) {
        if (message.equals("bad") && broken.getAndSet(false)) {
            throw new IllegalStateException("for once");
        }
        context.reply("well, at attempt " + context.attempt());
    }

    private void tell(Object... messages) {
        for (Object message : messages) {
            root.tell(AGENT, message);
        }
    }

    @Test
    void theMessageInFlightIsHandledAgainBeforeAllOthers() {
        start(this::crashOnce);
        tell("first", "bad", "last");
        await().until(() -> handled.contains("last"));
        assertThat(begun).containsExactly("first", "bad", "bad", "last");
        assertThat(runtime.parkedMessages()).isEmpty();
        assertThat(runtime.deadLetterTotal()).isZero();
    }

    @Test
    void aQuestionIsAnsweredByTheNextRun() {
        start(this::crashOnce);
        assertThat(root.ask(AGENT, "bad")).isEqualTo("well, at attempt 2");
        assertThat(root.ask(AGENT, "good")).isEqualTo("well, at attempt 1");
        assertThat(begun).containsExactly("bad", "bad", "good");
    }

    @Test
    void aMessageThatCrashesEveryRunIsParkedWithItsStackAndTheOthersGoOn() {
        start(this::crashOnPoison);
        tell("poison", "last");
        await().until(() -> handled.contains("last"));
        assertThat(begun).containsExactly("poison", "poison", "last");
        assertThat(runtime.parkedMessages())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.id()).isEqualTo(1);
                    assertThat(it.pid()).isEqualTo(AGENT);
                    assertThat(it.crashes()).isEqualTo(2);
                    assertThat(it.message()).isEqualTo("poison");
                    assertThat(it.reason()).contains("cannot stomach it");
                    assertThat(it.stack()).contains("RedeliveryTest.crashOnPoison");
                });
        await().untilAsserted(() ->
                assertThat(events)
                        .filteredOn(event -> event.kind() == EventKind.MESSAGE_PARKED)
                        .singleElement()
                        .satisfies(event -> {
                            assertThat(event.path()).isEqualTo(AGENT.path());
                            assertThat(event.run()).isEqualTo(2);
                            assertThat(event.reason())
                                    .startsWith("message 1 was parked after 2 crashes: error: ");
                            assertThat(event.detail()).contains("RedeliveryTest.crashOnPoison");
                        }));
    }

    @Test
    void aQuestionThatIsParkedFailsWithTheReason() {
        start(this::crashOnPoison);
        AskFailedException failure =
                catchThrowableOfType(AskFailedException.class, () -> root.ask(AGENT, "poison"));
        assertThat(failure)
                .hasMessageContaining("parked as message 1", "cannot stomach it")
                .returns(false, SupervisionException::isRecoverable);
    }

    @Test
    void aParkedMessageIsSentAgainWithACleanCount() {
        start(this::crashOnPoison);
        tell("poison");
        await().until(() -> !runtime.parkedMessages().isEmpty());
        runtime.replayMessage(1);
        await().until(() ->
                runtime.parkedMessages().stream()
                        .map(ParkedMessage::id)
                        .toList()
                        .equals(List.of(2L)));
        assertThat(begun).hasSize(4);

        broken.set(false);
        runtime.replayMessage(2);
        await().until(() -> handled.contains("poison"));
        assertThat(runtime.parkedMessages()).isEmpty();
    }

    @Test
    void aMessageStaysParkedIfItsAgentIsDown() {
        start(this::crashOnPoison);
        tell("poison");
        await().until(() -> !runtime.parkedMessages().isEmpty());
        root.terminateChild("agent");
        assertThatThrownBy(() -> runtime.replayMessage(1))
                .isInstanceOf(ChildNotFoundException.class);
        assertThat(runtime.parkedMessages()).hasSize(1);
    }

    @Test
    void aMessageIsDroppedOnceAndOneThatIsNotThereIsNamed() {
        start(this::crashOnPoison);
        tell("poison");
        await().until(() -> !runtime.parkedMessages().isEmpty());
        runtime.dropMessage(1);
        assertThat(runtime.parkedMessages()).isEmpty();
        for (Runnable late :
                List.<Runnable>of(() -> runtime.dropMessage(1), () -> runtime.replayMessage(1))) {
            assertThatThrownBy(late::run)
                    .isInstanceOf(SupervisionException.class)
                    .hasMessageContaining("there is no parked message 1")
                    .extracting(e -> ((SupervisionException) e).category())
                    .isEqualTo(ErrorCategory.NOT_FOUND);
        }
    }

    @Test
    void anAgentThatEndsItsRunItselfHasHandledItsMessage() {
        start((message, _) -> {
            if (message.equals("quit")) {
                throw new AgentExitException(ExitReason.normal());
            }
        });
        tell("quit", "last");
        await().until(() -> handled.contains("last"));
        assertThat(begun).containsExactly("quit", "last");
    }

    @Test
    void aMessageThatAStopInterruptedIsADeadLetterIfThereIsNoNextRun() {
        CountDownLatch never = new CountDownLatch(1);
        start((_, _) -> never.await());
        tell("long");
        await().until(() -> begun.contains("long"));
        root.terminateChild("agent");
        await().until(() -> runtime.deadLetterTotal() == 1);
        assertThat(runtime.parkedMessages()).isEmpty();
    }

    @Test
    void aRunThatIsAbandonedHasGivenItsMessageToTheNextAndTouchesNothingWhenItComesBack() {
        CompletableFuture<Void> stuck = new CompletableFuture<>();
        start((message, _) -> {
            if (message.equals("stick") && broken.getAndSet(false)) {
                stuck.join(); // which no interrupt ends
            }
        });
        tell("stick", "last");
        await().until(() -> begun.contains("stick"));
        root.handleAgentExit(AGENT, ExitReason.error("it hangs"));
        await().until(() -> handled.contains("last"));
        stuck.complete(null);
        await().until(() -> runtime.abandonedThreads() == 0);
        tell("more");
        await().until(() -> handled.contains("more"));
        assertThat(begun).containsExactly("stick", "stick", "last", "more");
    }
}
