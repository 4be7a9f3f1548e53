package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.runtime.host.SystemTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Many threads at one mailbox or reply, as often as a build can afford; far more in a campaign. */
class MailboxStressTest {
    private static final int SCALE = "full".equals(System.getProperty("campaign.size")) ? 20 : 1;

    private record Numbered(int sender, int number) {}

    /** A consumer that rests whenever it can and has a new thread each time, as an agent has. */
    private static final class Consumer {
        final Mailbox mailbox = new Mailbox();
        final int[] lastOf;
        final AtomicBoolean atWork = new AtomicBoolean();
        final AtomicLong handled = new AtomicLong();
        final AtomicInteger mistakes = new AtomicInteger();
        final AtomicLong wakes = new AtomicLong();
        final CountDownLatch done;

        Consumer(int senders, long messages) {
            lastOf = new int[senders];
            done = new CountDownLatch((int) messages);
            assertThat(mailbox.rest()).isTrue();
        }

        void offer(Object message, int capacity) {
            while (true) {
                switch (mailbox.offer(message, capacity)) {
                    case QUEUED -> {
                        return;
                    }
                    case WAKE -> {
                        wakes.incrementAndGet();
                        Thread.ofVirtual().start(this::consume);
                        return;
                    }
                    case FULL -> Thread.onSpinWait();
                    case CLOSED -> throw new IllegalStateException("nobody has closed it");
                }
            }
        }

        private void consume() {
            if (!atWork.compareAndSet(false, true)) {
                mistakes.incrementAndGet();
            }
            while (true) {
                Object message = mailbox.poll();
                if (message instanceof Numbered(int sender, int number)) {
                    if (number != lastOf[sender] + 1) {
                        mistakes.incrementAndGet();
                    }
                    lastOf[sender] = number;
                    handled.incrementAndGet();
                    done.countDown();
                } else {
                    atWork.set(false);
                    if (mailbox.rest()) {
                        return;
                    }
                    if (!atWork.compareAndSet(false, true)) {
                        mistakes.incrementAndGet();
                    }
                }
            }
        }
    }

    @Test
    void everyMessageIsHandledOnceInOrderByOneConsumerAtATime() throws Exception {
        int senders = 4;
        int each = 10_000 * SCALE;
        for (int capacity : new int[] {1, 7, 10_000}) {
            Consumer consumer = new Consumer(senders, (long) senders * each);
            List<Thread> threads = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                int me = sender;
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    for (int number = 1; number <= each; number++) {
                                        consumer.offer(new Numbered(me, number), capacity);
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(consumer.done.await(30, TimeUnit.SECONDS))
                    .as("all handled; %d waited for ever", consumer.done.getCount())
                    .isTrue();
            assertThat(consumer.mistakes).as("out of order, or two consumers").hasValue(0);
            System.out.printf(
                    "mailbox of %,d: %,d messages of %d senders, %,d wake-ups%n",
                    capacity, consumer.handled.get(), senders, consumer.wakes.get());
        }
    }

    @Test
    void aMailboxThatIsClosedGivesBackAllThatItHadTaken() throws Exception {
        int rounds = 1_000 * SCALE;
        long left = 0;
        for (int round = 0; round < rounds; round++) {
            Mailbox mailbox = new Mailbox();
            AtomicInteger taken = new AtomicInteger();
            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                while (true) {
                                    switch (mailbox.offer("message", 50)) {
                                        case QUEUED, WAKE -> taken.incrementAndGet();
                                        case FULL -> Thread.onSpinWait();
                                        case CLOSED -> {
                                            return;
                                        }
                                    }
                                }
                            });
            int polled = 0;
            while (polled < round % 5) {
                polled += mailbox.poll() == null ? 0 : 1;
            }
            int closed = mailbox.close().size();
            sender.join();
            assertThat(polled + closed).as("round %d", round).isEqualTo(taken.get());
            left += closed;
        }
        System.out.printf("mailbox: closed %,d times with %,d messages left%n", rounds, left);
    }

    @Test
    void noAnswerIsMissedByWhoIsJustGoingToWait() throws Exception {
        int rounds = 4_000 * SCALE;
        SystemTime time = new SystemTime("stress");
        AtomicInteger missed = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        Thread asker =
                Thread.ofVirtual()
                        .start(() -> {
                            for (int round = 0; round < rounds; round++) {
                                Reply reply = new Reply();
                                for (int answerer = 0; answerer < 2; answerer++) {
                                    int answer = answerer;
                                    Thread.ofVirtual().start(() -> reply.answer(answer));
                                }
                                if (!reply.await(time, TimeUnit.SECONDS.toNanos(20), () -> false)) {
                                    missed.incrementAndGet();
                                    return;
                                }
                                Object first = reply.get();
                                reply.answer("third");
                                if (!first.equals(reply.get())) {
                                    wrong.incrementAndGet();
                                }
                            }
                        });
        asker.join();
        time.close();
        assertThat(missed).as("answers that never woke their asker").hasValue(0);
        assertThat(wrong).as("second answers").hasValue(0);
        System.out.printf("reply: %,d answers awaited, none missed%n", rounds);
    }
}
