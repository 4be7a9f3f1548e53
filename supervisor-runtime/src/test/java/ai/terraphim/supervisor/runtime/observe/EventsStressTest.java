package ai.terraphim.supervisor.runtime.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.runtime.InMemoryStore;
import ai.terraphim.supervisor.runtime.host.SystemTime;
import ai.terraphim.supervisor.runtime.host.Threads;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Many who tell at the same time, and a queue that is much too small: nothing is uncounted. */
class EventsStressTest {
    private static final Pattern FOLDED = Pattern.compile("^stands for (\\d+) such events");
    private static final Pattern LEFT = Pattern.compile("and (\\d+) were left out");

    @Test
    void everyFactIsInTheHistoryOrInACount() throws InterruptedException {
        int tellers = 8;
        int each = 20_000;
        List<SupervisionEvent> told = new ArrayList<>();
        var time = new SystemTime("stress");
        var events = new Events("stress", time, Threads.JVM, new InMemoryStore(), 0, 100, 50_000);
        events.addListener(told::add);
        List<Thread> threads = new ArrayList<>();
        for (int teller = 0; teller < tellers; teller++) {
            String path = "root/" + teller;
            threads.add(
                    Thread.startVirtualThread(() -> {
                        for (int run = 1; run <= each; run++) {
                            events.tell(Instant.EPOCH, path, run, EventKind.CHILD_EXITED, "r", "");
                        }
                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        events.close();
        time.close();
        long counted = 0;
        long themselves = 0;
        for (SupervisionEvent event : told) {
            if (event.kind() == EventKind.HISTORY_GAP) {
                counted += number(LEFT, event.reason(), 0);
            } else {
                long count = number(FOLDED, event.detail(), 1);
                counted += count;
                themselves += count == 1 ? 1 : 0;
            }
        }
        System.out.printf(
                "%,d facts told by %d threads: %,d in %,d events, %,d of them for themselves%n",
                tellers * each, tellers, counted, told.size(), themselves);
        assertThat(counted).isEqualTo((long) tellers * each);
        assertThat(told).extracting(SupervisionEvent::kind).contains(EventKind.HISTORY_GAP);
    }

    private static long number(Pattern pattern, String text, long otherwise) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : otherwise;
    }
}
