package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxTest {

    @Test
    void keepsTheOrderAndTheBound() {
        Mailbox mailbox = new Mailbox();
        for (int i = 0; i < 3; i++) {
            assertThat(mailbox.offer(i, 3)).isEqualTo(Mailbox.Offer.QUEUED);
        }
        assertThat(mailbox.offer(3, 3)).isEqualTo(Mailbox.Offer.FULL);
        assertThat(mailbox.poll()).isEqualTo(0);
        assertThat(mailbox.size()).isEqualTo(2);
        assertThat(mailbox.offer(3, 3)).isEqualTo(Mailbox.Offer.QUEUED);
        assertThat(mailbox.offer(4, 3)).isEqualTo(Mailbox.Offer.FULL);
        mailbox.putBack(0);
        assertThat(List.of(mailbox.poll(), mailbox.poll(), mailbox.poll(), mailbox.poll()))
                .containsExactly(0, 1, 2, 3);
        assertThat(mailbox.poll()).isNull();
    }

    @Test
    void wakesOnlyARestingConsumer() {
        Mailbox mailbox = new Mailbox();
        assertThat(mailbox.rest()).isTrue();
        assertThat(mailbox.offer("a", 10)).isEqualTo(Mailbox.Offer.WAKE);
        assertThat(mailbox.offer("b", 10)).isEqualTo(Mailbox.Offer.QUEUED);
        assertThat(mailbox.rest()).isFalse();
        assertThat(mailbox.poll()).isEqualTo("a");
        assertThat(mailbox.rest()).isFalse();
        assertThat(mailbox.poll()).isEqualTo("b");
        assertThat(mailbox.poll()).isNull();
        assertThat(mailbox.rest()).isTrue();
    }

    /** While the consumer takes out what waits, it must not count as waiting and as taken out. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @Timeout(60)
    void isNotFullBelowItsBound(long seed) throws Exception {
        Mailbox mailbox = new Mailbox();
        int bound = 1_000;
        int producers = 4;
        int each = 500_000;
        Semaphore room = new Semaphore(bound);
        AtomicInteger refused = new AtomicInteger();
        for (int p = 0; p < producers; p++) {
            Random random = new Random(seed * 31 + p);
            Thread.ofPlatform()
                    .start(() -> {
                        for (int i = 0; i < each; ) {
                            int burst = Math.min(1 + random.nextInt(100), each - i);
                            room.acquireUninterruptibly(burst);
                            for (int end = i + burst; i < end; i++) {
                                while (mailbox.offer(i, bound) == Mailbox.Offer.FULL) {
                                    refused.incrementAndGet();
                                }
                            }
                        }
                    });
        }
        for (int handled = 0; handled < producers * each; ) {
            if (mailbox.poll() == null) {
                Thread.onSpinWait();
            } else {
                handled++;
                room.release();
            }
        }
        assertThat(refused).as("seed %d", seed).hasValue(0);
    }

    /**
     * The consumer rests as often as it can, so that the hand-over between rest and wake happens
     * all the time.
     */
    @SuppressWarnings("ThreadPriorityCheck") // only to vary the interleaving
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @Timeout(60)
    void losesNoWakeUp(long seed) throws Exception {
        Mailbox mailbox = new Mailbox();
        assertThat(mailbox.rest()).isTrue();
        int producers = 4;
        int each = 50_000;
        List<List<Integer>> seen = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            seen.add(new ArrayList<>());
        }
        AtomicInteger consumers = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(producers * each);
        Semaphore room = new Semaphore(64);
        Runnable consume =
                () -> {
                    assertThat(consumers.incrementAndGet()).isEqualTo(1);
                    while (true) {
                        if (mailbox.poll() instanceof int[] message) {
                            seen.get(message[0]).add(message[1]);
                            room.release();
                            all.countDown();
                        } else {
                            consumers.decrementAndGet();
                            if (mailbox.rest()) {
                                return;
                            }
                            consumers.incrementAndGet();
                        }
                    }
                };
        for (int p = 0; p < producers; p++) {
            int producer = p;
            Random random = new Random(seed * 31 + p);
            Thread.ofVirtual()
                    .start(() -> {
                        for (int i = 0; i < each; i++) {
                            room.acquireUninterruptibly();
                            if (mailbox.offer(new int[] {producer, i}, Integer.MAX_VALUE)
                                    == Mailbox.Offer.WAKE) {
                                Thread.startVirtualThread(consume);
                            }
                            if (random.nextInt(16) == 0) {
                                Thread.yield();
                            }
                        }
                    });
        }
        all.await();
        for (List<Integer> ofOne : seen) {
            assertThat(ofOne).as("seed %d", seed).isSorted().hasSize(each).doesNotHaveDuplicates();
        }
    }
}
