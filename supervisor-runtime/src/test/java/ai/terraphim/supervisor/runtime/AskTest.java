package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ReplyTo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions and answers, from outside and between agents. */
@Timeout(60)
class AskTest {
    private static final AgentPid AGENT = new SupervisorId("root").child("a");
    private final CompletableFuture<Object> outcome = new CompletableFuture<>();
    private SupervisorRuntime runtime;

    private AgentSupervisor start(MessageAgent agent) {
        return start(agent, () -> (LoopAgent) context -> context.awaitStop(Duration.ofDays(1)));
    }

    private AgentSupervisor start(MessageAgent agent, Supplier<LoopAgent> asker) {
        runtime =
                SupervisorRuntime.builder("test")
                        .factory(AgentFactory.of("answers", () -> agent))
                        .factory(AgentFactory.of("asks", asker))
                        .build();
        return runtime.start(
                SupervisorConfig.builder("root")
                        .children(
                                AgentSpec.builder("a", "answers").mailbox(2).build(),
                                AgentSpec.of("asker", "asks"))
                        .build());
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static AskFailedException failureOf(CompletableFuture<Object> ask) {
        return (AskFailedException)
                catchThrowableOfType(CompletionException.class, ask::join).getCause();
    }

    private static CompletableFuture<Object> askAsync(AgentSupervisor root, Object message) {
        return CompletableFuture.supplyAsync(
                () -> root.ask(AGENT, message), Thread::startVirtualThread);
    }

    @Test
    void aQuestionIsAnsweredAndOnlyTheFirstAnswerCounts() {
        AgentSupervisor root =
                start((message, context) -> {
                    context.reply(message + " to you");
                    context.reply("too late");
                });
        assertThat(root.ask(AGENT, "hello")).isEqualTo("hello to you");
        root.tell(AGENT, "an answer to what was told is dropped");
        assertThat(root.ask(AGENT, "again")).isEqualTo("again to you");
    }

    @Test
    void anExceptionIsAnAnswerLikeAnyOther() {
        AgentSupervisor root =
                start((_, context) -> context.reply(new IllegalStateException("an answer")));
        assertThat(root.ask(AGENT, "?")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aCrashFailsTheQuestionInHandWithItsReasonAndKeepsTheNext() throws Exception {
        CountDownLatch inHand = new CountDownLatch(1);
        CountDownLatch crash = new CountDownLatch(1);
        AgentSupervisor root =
                start((message, context) -> {
                    if (message.equals("poison")) {
                        inHand.countDown();
                        crash.await();
                        throw new IllegalStateException("cannot swallow this");
                    }
                    context.reply(message + "@" + context.run());
                });
        CompletableFuture<Object> poison = askAsync(root, "poison");
        inHand.await();
        CompletableFuture<Object> next = askAsync(root, "next");
        crash.countDown();
        AskFailedException failure = failureOf(poison);
        assertThat(failure.isRecoverable()).isTrue();
        assertThat(failure)
                .hasMessageContaining("root/a run 1 ended")
                .hasMessageContaining("swallow");
        assertThat(failure.reason().orElseThrow()).isInstanceOf(ExitReason.Error.class);
        assertThat(next.join()).isEqualTo("next@2");
    }

    @Test
    void aKillFailsTheQuestionInHandAndTheDeafRunCannotAnswerAnyMore() throws Exception {
        AtomicReference<AgentContext> context = new AtomicReference<>();
        CountDownLatch inHand = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AgentSupervisor root =
                start((_, run) -> {
                    context.set(run);
                    inHand.countDown();
                    awaitDeafly(release);
                });
        CompletableFuture<Object> ask = askAsync(root, "?");
        inHand.await();
        CompletableFuture<Void> report =
                CompletableFuture.runAsync(
                        () -> root.handleAgentExit(AGENT, ExitReason.error("hangs")),
                        Thread::startVirtualThread);
        assertThat(failureOf(ask)).hasMessageContaining("hangs");
        assertThatThrownBy(() -> context.get().reply("late")).isInstanceOf(FencedException.class);
        release.countDown();
        report.join();
    }

    private static void awaitDeafly(CountDownLatch latch) {
        boolean waiting = true;
        while (waiting) {
            try {
                latch.await();
                waiting = false;
            } catch (InterruptedException _) { // as an agent that swallows them
                waiting = true;
            }
        }
    }

    @Test
    void whoCannotBeAskedFailsTheQuestionAtOnce() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AgentSupervisor root =
                start((_, context) -> {
                    busy.countDown();
                    release.await();
                    context.reply("done");
                });
        assertThatThrownBy(() -> root.ask(new AgentPid("root/nobody"), "?"))
                .isInstanceOf(ChildNotFoundException.class);
        assertThatThrownBy(() -> root.ask(new AgentPid("root/asker"), "?"))
                .isInstanceOf(ChildNotFoundException.class)
                .hasMessageContaining("no message agent");
        root.tell(AGENT, "busy");
        busy.await();
        root.tell(AGENT, "waits");
        root.tell(AGENT, "waits");
        assertThatThrownBy(() -> root.ask(AGENT, "?")).isInstanceOf(MailboxFullException.class);
        release.countDown();
        root.terminateChild("a");
        assertThatThrownBy(() -> root.ask(AGENT, "?")).isInstanceOf(ChildNotFoundException.class);
    }

    @Test
    void aQuestionStillUnreadWhenItsReceiverGoesDownFails() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        AgentSupervisor root =
                start((_, context) -> {
                    busy.countDown();
                    context.awaitStop(Duration.ofDays(1));
                });
        root.tell(AGENT, "busy");
        busy.await();
        CompletableFuture<Object> unread = new CompletableFuture<>();
        Thread asker =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                unread.complete(root.ask(AGENT, "unread"));
                            } catch (SupervisionException e) {
                                unread.completeExceptionally(e);
                            }
                        });
        while (asker.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        root.terminateChild("a");
        assertThat(failureOf(unread)).hasMessageContaining("went down before it read it");
    }

    @Test
    void aTimeoutSaysWhomAndHowLong() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AgentSupervisor root = start((_, _) -> never.await());
        AskFailedException failure =
                catchThrowableOfType(
                        AskFailedException.class,
                        () -> root.ask(AGENT, "?", Duration.ofMillis(20)));
        assertThat(failure).hasMessageContaining("root/a did not answer within 0.02s");
        assertThat(failure.category()).isEqualTo(ErrorCategory.COMMUNICATION);
        assertThat(failure.isRecoverable()).isTrue();
        assertThat(failure.reason()).isEmpty();
    }

    @Test
    void anAgentThatAsksItselfIsRefusedAtOnce() {
        AtomicReference<AgentSupervisor> supervisor = new AtomicReference<>();
        supervisor.set(
                start((message, context) -> {
                    try {
                        context.reply(
                                message.equals("by context")
                                        ? context.ask(context.pid(), "?")
                                        : supervisor.get().ask(context.pid(), "?"));
                    } catch (SupervisionException e) {
                        context.reply(e);
                    }
                }));
        for (String way : new String[] {"by context", "by supervisor"}) {
            assertThat(supervisor.get().ask(AGENT, way))
                    .isInstanceOfSatisfying(
                            SupervisionException.class,
                            e -> {
                                assertThat(e).hasMessageContaining("root/a asks itself");
                                assertThat(e.isRecoverable()).isFalse();
                            });
        }
    }

    @Test
    void aHandlerThatForgetsToAnswerFailsTheQuestionAtOnce() {
        AgentSupervisor root = start((_, _) -> {});
        AskFailedException failure =
                catchThrowableOfType(AskFailedException.class, () -> root.ask(AGENT, "?"));
        assertThat(failure)
                .hasMessageContaining("root/a handled the java.lang.String and did not reply");
        assertThat(failure.isRecoverable()).isFalse();
    }

    @Test
    void anAnswerMayComeLaterFromAnyThread() throws Exception {
        CompletableFuture<ReplyTo> taken = new CompletableFuture<>();
        AgentSupervisor root = start((_, context) -> taken.complete(context.replyLater()));
        CompletableFuture<Object> ask = askAsync(root, "?");
        taken.get().reply("later");
        assertThat(ask.join()).isEqualTo("later");
    }

    @Test
    void aQuestionTakenForLaterFailsWhenItsRunEndsFirst() throws Exception {
        CompletableFuture<ReplyTo> taken = new CompletableFuture<>();
        AgentSupervisor root =
                start((message, context) -> {
                    if (message.equals("?")) {
                        taken.complete(context.replyLater());
                    } else {
                        throw new AgentExitException(ExitReason.shutdown("done for today"));
                    }
                });
        CompletableFuture<Object> ask = askAsync(root, "?");
        ReplyTo replyTo = taken.get();
        root.tell(AGENT, "end");
        AskFailedException failure = failureOf(ask);
        assertThat(failure.reason()).contains(ExitReason.shutdown("done for today"));
        assertThatThrownBy(() -> replyTo.reply("late")).isInstanceOf(FencedException.class);
    }

    @Test
    void theWaitOfAnAgentEndsWhenItIsStopped() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AgentSupervisor root =
                start(
                        (_, _) -> {
                            asked.countDown();
                            never.await();
                        },
                        () ->
                                context -> {
                                    try {
                                        context.ask(AGENT, "?", Duration.ofDays(1));
                                    } catch (InterruptedException e) {
                                        outcome.complete("interrupted");
                                        throw e;
                                    }
                                });
        asked.await();
        root.terminateChild("asker");
        assertThat(outcome.join()).isEqualTo("interrupted");
        assertThat(root.child(new AgentPid("root/asker")).orElseThrow().lastExit())
                .contains(ExitReason.shutdown());
    }

    @Test
    void anInterruptEndsTheWaitFromOutsideAndStaysSet() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AgentSupervisor root =
                start((_, _) -> {
                    asked.countDown();
                    never.await();
                });
        Thread asker =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                root.ask(AGENT, "?");
                            } catch (SupervisionException e) {
                                outcome.complete(
                                        Thread.currentThread().isInterrupted()
                                                + " "
                                                + e.getMessage());
                            }
                        });
        asked.await();
        asker.interrupt();
        assertThat(outcome.join().toString()).startsWith("true interrupted while waiting");
    }
}
