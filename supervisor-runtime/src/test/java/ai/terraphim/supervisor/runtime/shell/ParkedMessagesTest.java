package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.api.store.StoredMessages;
import ai.terraphim.supervisor.runtime.InMemoryStore;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import ai.terraphim.supervisor.runtime.config.MessageJson;
import ai.terraphim.supervisor.runtime.host.ManualTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ParkedMessagesTest {
    private static final MessageJson JSON = json();
    private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);

    private final List<String> told = new ArrayList<>();
    private final ManualTime time = new ManualTime();
    private final DeadLetters deadLetters =
            new DeadLetters(time, (path, why) -> told.add(path + ": " + why));

    /** What the store knows. */
    private final TreeMap<Long, StoredMessage> stored = new TreeMap<>();

    private final InMemoryStore store =
            new InMemoryStore() {
                @Override
                public CompletionStage<Void> saveMessage(StoredMessage message) {
                    stored.put(message.number(), message);
                    return DONE;
                }

                @Override
                public CompletionStage<Void> deleteMessage(long number) {
                    stored.remove(number);
                    return DONE;
                }
            };
    private ParkedMessages parked =
            new ParkedMessages(StoredMessages.NONE, store, time, deadLetters);

    private static MessageJson json() {
        AgentTypes types = new AgentTypes();
        types.register(AgentFactory.of("t", () -> (MessageAgent) (_, _) -> {}), "test");
        return types.bind(AgentSpec.of("a", "t")).messages();
    }

    /** A message that JSON does not bring back, for it is equal to nothing else. */
    private static final class Handle {
        @Override
        public String toString() {
            return "a handle";
        }
    }

    private long park(String agent, Object message) {
        Ask ask = new Ask(message);
        ask.crashes = 3;
        return parked.park(new AgentPid("root/" + agent), Instant.EPOCH, ask, ExitReason.kill());
    }

    private void save(long id) {
        parked.save(id, JSON, () -> told.add("saved " + id));
    }

    /** Another JVM, with what the store knows. */
    private void nextLife() {
        parked =
                new ParkedMessages(
                        new StoredMessages(
                                7,
                                List.copyOf(stored.values()),
                                Map.of(6L, "the parked message 6 is damaged")),
                        store,
                        time,
                        deadLetters);
    }

    @Test
    void theOldestOfAnAgentGivesWayToItsOwn() {
        save(park("other", "o"));
        for (int i = 0; i <= ParkedMessages.MAX_OF_AGENT; i++) {
            save(park("a", i));
        }
        assertThat(parked.all())
                .hasSize(1 + ParkedMessages.MAX_OF_AGENT)
                .extracting(ParkedMessage::message)
                .startsWith("o", "1", "2");
        assertThat(told).contains("root/a: parked message 2 gave way to later ones");
        assertThat(deadLetters.total()).isEqualTo(1);
        assertThat(stored).hasSize(1 + ParkedMessages.MAX_OF_AGENT).doesNotContainKey(2L);
    }

    @Test
    void theOldestOfAllGivesWayWhenThereIsNoMoreRoom() {
        for (int i = 0; i <= ParkedMessages.MAX; i++) {
            park("a" + i, i);
        }
        assertThat(parked.all())
                .hasSize(ParkedMessages.MAX)
                .extracting(ParkedMessage::message)
                .startsWith("1", "2")
                .endsWith(String.valueOf(ParkedMessages.MAX));
        assertThat(deadLetters.total()).isEqualTo(1);
    }

    @Test
    void aMessageIsShownCutAndHoweverItsTextFails() {
        park("a", "x".repeat(ParkedMessage.MAX_TEXT + 1));
        park(
                "a",
                new Object() {
                    @Override
                    public String toString() {
                        throw new IllegalStateException("no text");
                    }
                });
        assertThat(parked.all())
                .extracting(ParkedMessage::message)
                .satisfiesExactly(
                        text -> assertThat(text).hasSize(ParkedMessage.MAX_TEXT),
                        text ->
                                assertThat(text)
                                        .contains(
                                                "ParkedMessagesTest",
                                                "toString failed",
                                                "IllegalStateException"));
    }

    @Test
    void whatIsReplayedBeforeTheStoreHasItIsSavedAllTheSame() {
        CompletableFuture<Void> unavailable = new CompletableFuture<>();
        CompletableFuture<Void> handled = new CompletableFuture<>();
        long back = park("a", "is parked again");
        long over = park("a", "is handled");
        parked.replay(back, _ -> JSON, (_, _, _) -> unavailable);
        parked.replay(over, _ -> JSON, (_, _, _) -> handled);
        save(back);
        save(over);
        assertThat(parked.all()).isEmpty();
        assertThat(stored).containsOnlyKeys(back, over);
        unavailable.completeExceptionally(
                new SupervisionException(ErrorCategory.SHUTDOWN, true, "the agent is down"));
        handled.complete(null);
        assertThat(parked.all()).extracting(ParkedMessage::id).containsExactly(back);
        assertThat(stored).containsOnlyKeys(back);
    }

    @Test
    void whatTheStoreKnowsIsParkedInTheNextLifeAndIsSentAgain() {
        park("a", "lost, for it was not saved");
        save(park("a", List.of("x", 1)));
        List<ParkedMessage> before = parked.all();
        nextLife();
        assertThat(parked.all()).isEqualTo(before.subList(1, 2));
        List<Object> sent = new ArrayList<>();
        parked.replay(
                2,
                _ -> JSON,
                (_, _, message) -> {
                    sent.add(message);
                    return DONE;
                });
        assertThat(sent).containsExactly(List.of("x", 1));
        assertThat(parked.all()).isEmpty();
        assertThat(stored).isEmpty();
        assertThat(park("a", "new")).as("numbers go on").isEqualTo(8);
    }

    @Test
    void aMessageThatJsonDoesNotBringBackIsSentAgainInItsOwnLifeOnly() {
        Handle handle = new Handle();
        save(park("a", handle));
        List<Object> sent = new ArrayList<>();
        ParkedMessages.Sender sender =
                (_, _, message) -> {
                    sent.add(message);
                    throw new SupervisionException(ErrorCategory.COMMUNICATION, true, "down");
                };
        assertThatThrownBy(() -> parked.replay(1, _ -> JSON, sender)).hasMessage("down");
        assertThat(sent).containsExactly(handle);
        nextLife();
        assertThatThrownBy(() -> parked.replay(1, _ -> JSON, sender))
                .isInstanceOf(SupervisionException.class)
                .hasMessageContaining("of parked message 1 only the text is left");
        assertThat(parked.all()).extracting(ParkedMessage::message).containsExactly("a handle");
        assertThat(stored).containsOnlyKeys(1L);
        parked.drop(1);
        assertThat(stored).isEmpty();
    }

    @Test
    void aMessageWithAnIdIsKeptUntilItIsHandledOrParkedAnew() {
        save(park("a", "x"));
        var lost = new CompletableFuture<Void>();
        parked.replay(1, _ -> JSON, (_, _, _) -> lost);
        assertThat(parked.all()).isEmpty();
        assertThat(stored).as("not yet handled").containsOnlyKeys(1L);
        lost.completeExceptionally(new AskFailedException(true, "it went down", null));
        assertThat(parked.all()).hasSize(1);

        var parkedAnew = new CompletableFuture<Void>();
        parked.replay(1, _ -> JSON, (_, _, _) -> parkedAnew.minimalCompletionStage());
        parkedAnew.completeExceptionally(new AskFailedException(false, "parked as 2", null));
        assertThat(parked.all()).isEmpty();
        assertThat(stored).isEmpty();
    }

    @Test
    void whatGoesWhileItIsSavedDoesNotComeBack() {
        long id = park("a", "x");
        parked.drop(id);
        save(id);
        assertThat(stored).isEmpty();
        assertThat(told).containsExactly("saved 1");
    }

    @Test
    void aDamagedOneIsADeadLetterOnce() {
        nextLife();
        stored.put(
                6L,
                new StoredMessage(
                        new ParkedMessage(6, new AgentPid("root/a"), Instant.EPOCH, 1, "", "", ""),
                        Optional.empty(),
                        Optional.empty()));
        parked.tellRejected();
        assertThat(told).containsExactly(": the parked message 6 is damaged");
        assertThat(deadLetters.total()).isEqualTo(1);
        assertThat(stored).isEmpty();
    }
}
