package ai.terraphim.supervisor.persistence;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Completes the stages of reads, each on a virtual thread of its own: whatever callers have
 * attached to a stage runs in whoever completes it, and may block. Neither the reader nor another
 * caller waits for it. Stages of writes complete on the writer's thread.
 */
final class Answers {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("supervisor-store-ack").factory());

    <T> void succeed(CompletableFuture<T> stage, T value) {
        threads.execute(() -> stage.complete(value));
    }

    void fail(CompletableFuture<?> stage, Throwable why) {
        threads.execute(() -> stage.completeExceptionally(why));
    }

    void tell(Runnable news) {
        threads.execute(news);
    }

    /**
     * Gives the last answers a moment to arrive; something attached to them may block for ever, so
     * no longer.
     */
    void close() {
        threads.shutdown();
        try {
            var _ = threads.awaitTermination(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) { // it may wait no longer, and the caller is to know
            Thread.currentThread().interrupt();
        }
    }
}
