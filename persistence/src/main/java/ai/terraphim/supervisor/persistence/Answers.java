package ai.terraphim.supervisor.persistence;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Completes callers' stages, each on a virtual thread of its own: whatever callers have attached to
 * a stage runs in whoever completes it, and may block. The writer must not wait for it, nor may one
 * caller's answer wait for another's.
 */
final class Answers {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("supervisor-store-ack").factory());

    <T> void succeed(CompletableFuture<T> stage, T value) {
        threads.execute(() -> stage.complete(value));
    }

    void succeed(CompletableFuture<Void> stage) {
        threads.execute(() -> stage.complete(null));
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
