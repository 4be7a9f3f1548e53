package ai.terraphim.supervisor.runtime.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.InMemoryStore;
import ai.terraphim.supervisor.runtime.host.SystemTime;
import ai.terraphim.supervisor.runtime.host.Threads;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
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
        assertThat(counted(told)).isEqualTo((long) tellers * each);
        assertThat(told).extracting(SupervisionEvent::kind).contains(EventKind.HISTORY_GAP);
    }

    @Test
    void whatAFailingStoreHasNoRoomForIsFoldedAndCounted() throws Exception {
        int facts = 5_000;
        var kept = new InMemoryStore();
        var failing = new AtomicBoolean(true);
        var failure = new StorageException(true, "made to fail", null);
        var store =
                (StateStore)
                        Proxy.newProxyInstance(
                                StateStore.class.getClassLoader(),
                                new Class<?>[] {StateStore.class},
                                (_, method, args) ->
                                        failing.get()
                                                ? CompletableFuture.failedFuture(failure)
                                                : method.invoke(kept, args));
        var time = new SystemTime("failing");
        var events = new Events("failing", time, Threads.JVM, store, 0, 100, 1_000_000);
        var recovered = new CountDownLatch(1);
        var heard = new Semaphore(0);
        events.addListener(event -> {
            switch (event.kind()) {
                case STORE_RECOVERED -> recovered.countDown();
                case CHILD_EXITED -> heard.release();
                default -> {}
            }
        });
        for (int run = 1; run <= facts; run++) {
            String path = "root/" + run % 7;
            events.tell(Instant.EPOCH, path, run, EventKind.CHILD_EXITED, "r", "");
            heard.acquire(); // so that all overflow there is is the store's
        }
        failing.set(false);
        recovered.await();
        events.close();
        time.close();
        List<SupervisionEvent> stored =
                kept.history(new HistoryQuery(Optional.empty(), 0, false, 1_000))
                        .toCompletableFuture()
                        .get();
        assertThat(counted(stored)).isEqualTo(facts);
        assertThat(stored).hasSizeLessThan(200);
        assertThat(stored).extracting(SupervisionEvent::seq).isSorted();
        assertThat(stored).extracting(SupervisionEvent::kind).contains(EventKind.HISTORY_GAP);
    }

    private static long counted(List<SupervisionEvent> told) {
        long counted = 0;
        long themselves = 0;
        for (SupervisionEvent event : told) {
            switch (event.kind()) {
                case HISTORY_GAP -> counted += number(LEFT, event.reason(), 0);
                case CHILD_EXITED -> {
                    long count = number(FOLDED, event.detail(), 1);
                    counted += count;
                    themselves += count == 1 ? 1 : 0;
                }
                default -> {}
            }
        }
        System.out.printf(
                "%,d facts in %,d events, %,d of them for themselves%n",
                counted, told.size(), themselves);
        return counted;
    }

    private static long number(Pattern pattern, String text, long otherwise) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : otherwise;
    }
}
