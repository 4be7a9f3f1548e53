package ai.terraphim.supervisor.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.persistence.WriteQueue.Answer;
import ai.terraphim.supervisor.persistence.WriteQueue.Pending;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WriteQueueTest {
    private static final int ROW = 1_000;

    /** A write of about that many bytes, with its number as its path. */
    private static Pending write(int number, int bytes) {
        String spec = "x".repeat((bytes - (int) Change.OVERHEAD) / 2);
        return new Pending(
                new Change.SaveChild("" + number, "root", spec), new CompletableFuture<>());
    }

    private static List<String> take(WriteQueue queue, int maxGroup, long maxBytes) {
        return queue.take(maxGroup, maxBytes).stream()
                .map(pending -> ((Change.SaveChild) pending.change()).path())
                .toList();
    }

    @Test
    void givesGroupsInOrderWithinBothBounds() {
        var queue = new WriteQueue(100, 1 << 20);
        for (int i = 0; i < 10; i++) {
            assertThat(queue.offer(write(i, ROW))).isEqualTo(Answer.ACCEPTED);
        }
        assertThat(take(queue, 4, 1 << 20)).containsExactly("0", "1", "2", "3");
        assertThat(take(queue, 100, 2 * ROW)).containsExactly("4", "5");
        assertThat(take(queue, 100, 1)).as("one is always taken").containsExactly("6");
        assertThat(take(queue, 100, 1 << 20)).containsExactly("7", "8", "9");
    }

    @Test
    void isFullByNumberOrByBytesAndHasRoomAgain() {
        var few = new WriteQueue(2, 1 << 20);
        few.offer(write(0, ROW));
        few.offer(write(1, ROW));
        assertThat(few.offer(write(2, ROW))).isEqualTo(Answer.FULL);
        take(few, 1, 1 << 20);
        assertThat(few.offer(write(3, ROW))).isEqualTo(Answer.ACCEPTED);

        var small = new WriteQueue(100, 2 * ROW);
        assertThat(small.offer(write(0, 50 * ROW)))
                .as("never too large alone")
                .isEqualTo(Answer.ACCEPTED);
        assertThat(small.offer(write(1, ROW))).isEqualTo(Answer.FULL);
        take(small, 100, 1);
        assertThat(small.offer(write(2, ROW))).isEqualTo(Answer.ACCEPTED);
        assertThat(small.offer(write(3, ROW))).isEqualTo(Answer.ACCEPTED);
        assertThat(small.offer(write(4, ROW))).isEqualTo(Answer.FULL);
    }

    @Test
    void givesWhatItHasAfterItWasClosedAndThenNothing() {
        var queue = new WriteQueue(100, 1 << 20);
        queue.offer(write(0, ROW));
        queue.close();
        assertThat(queue.offer(write(1, ROW))).isEqualTo(Answer.CLOSED);
        assertThat(take(queue, 100, 1 << 20)).containsExactly("0");
        assertThat(take(queue, 100, 1 << 20)).isEmpty();
    }

    @Test
    void losesNothingBetweenManyCallersAndOneWriter() throws Exception {
        int callers = 8;
        int each = 5_000;
        var queue = new WriteQueue(callers * each, 1L << 40);
        List<Thread> threads = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            int first = caller * each;
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = first; i < first + each; i++) {
                                    queue.offer(write(i, ROW));
                                }
                            }));
        }
        List<Integer> taken = new ArrayList<>();
        while (taken.size() < callers * each) {
            take(queue, 64, 1 << 20).forEach(path -> taken.add(Integer.valueOf(path)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken).doesNotHaveDuplicates();
        for (int caller = 0; caller < callers; caller++) {
            int first = caller * each;
            assertThat(taken.stream().filter(i -> i >= first && i < first + each))
                    .as("writes of caller %d, in its order", caller)
                    .isSorted();
        }
    }
}
