package ai.terraphim.supervisor.runtime.shell;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A message with an id, which its receiver handles once, however often it is sent. Whoever sent it
 * is told when that is durable.
 */
final class Once extends Ask {
    private static final int MAX_LENGTH = 200;

    private final Engine engine;
    final String id;
    private final CompletableFuture<Void> handled = new CompletableFuture<>();

    Once(Engine engine, String id, Object message) {
        super(message);
        this.engine = engine;
        this.id = id;
        if (id.isBlank()
                || id.length() > MAX_LENGTH
                || id.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "a message's id has 1 to %d characters, none of them a control character"
                            .formatted(MAX_LENGTH));
        }
    }

    /** Completes when the message has been handled and that is durable. */
    CompletionStage<Void> handled() {
        return handled.minimalCompletionStage();
    }

    @Override
    String messageId() {
        return id;
    }

    @Override
    String again() {
        return "send it again with the same id";
    }

    /** On a thread of its own, for whoever waits may do as he likes there. */
    @Override
    void answered() {
        engine.startThread(
                "answer to message " + id,
                () -> {
                    var failure = failure();
                    if (failure == null) {
                        handled.complete(null);
                    } else {
                        handled.completeExceptionally(failure);
                    }
                });
    }
}
