package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.runtime.host.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
    private static final AgentPid A = new AgentPid("root/a");

    private final ManualTime time = new ManualTime();
    private final List<String> told = new ArrayList<>();
    private final DeadLetters letters =
            new DeadLetters(time, (path, why) -> told.add(path + ": " + why));

    @Test
    void tellsEachWhereThereAreFew() {
        letters.add(A, 1, "it is down");
        letters.add(A, 3, "it is down");
        assertThat(told).containsExactly("root/a: it is down", "root/a: 3 messages: it is down");
        assertThat(letters.total()).isEqualTo(4);
    }

    @Test
    void tellsTheNumberOfTheOthersWhenTheSecondIsOver() {
        for (int i = 0; i < 1_000; i++) {
            letters.add(A, 1, "it is down");
        }
        assertThat(told).hasSize(10);
        time.advance(Duration.ofMillis(999));
        assertThat(told).hasSize(10);
        time.advance(Duration.ofMillis(1));
        assertThat(told).hasSize(11).last().isEqualTo(": 990 more messages found no receiver");
        assertThat(letters.total()).isEqualTo(1_000);
    }

    @Test
    void tellsTheNumberOfTheOthersEarlierIfAskedAndOnce() {
        letters.add(A, 7, "it is down");
        letters.tellUntold();
        assertThat(told).as("nothing was left").hasSize(1);
        for (int i = 0; i < 14; i++) {
            letters.add(A, 1, "it is down");
        }
        letters.tellUntold();
        time.advance(Duration.ofHours(1));
        assertThat(told).hasSize(11).last().isEqualTo(": 5 more messages found no receiver");
    }

    @Test
    void beginsAnewInTheNextSecond() {
        for (int second = 0; second < 3; second++) {
            for (int i = 0; i < 20; i++) {
                letters.add(A, 1, "it is down");
            }
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(told).hasSize(33);
        time.advance(Duration.ofHours(1));
        assertThat(told).as("nothing is left to be told").hasSize(33);
    }
}
