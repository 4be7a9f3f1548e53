package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.runtime.host.ManualTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParkedMessagesTest {
    private final List<String> told = new ArrayList<>();
    private final DeadLetters deadLetters =
            new DeadLetters(new ManualTime(), (path, why) -> told.add(path + ": " + why));
    private final ParkedMessages parked = new ParkedMessages(deadLetters);

    private void park(String agent, Object message) {
        Ask ask = new Ask(message);
        ask.crashes = 3;
        parked.park(new AgentPid("root/" + agent), Instant.EPOCH, ask, ExitReason.kill());
    }

    @Test
    void theOldestOfAnAgentGivesWayToItsOwn() {
        park("other", "o");
        for (int i = 0; i <= ParkedMessages.MAX_OF_AGENT; i++) {
            park("a", i);
        }
        assertThat(parked.all())
                .hasSize(1 + ParkedMessages.MAX_OF_AGENT)
                .extracting(ParkedMessage::message)
                .startsWith("o", "1", "2");
        assertThat(told).containsExactly("root/a: parked message 2 gave way to later ones");
        assertThat(deadLetters.total()).isEqualTo(1);
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
}
