package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.api.store.StoredMessage.Content;
import ai.terraphim.supervisor.api.store.StoredMessages;
import ai.terraphim.supervisor.runtime.config.MessageJson;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The messages that have crashed their agents once too often, here and in the store. There is room
 * for some of each agent and for some in all; the oldest gives way and is a dead letter then. Any
 * thread.
 */
final class ParkedMessages {
    static final int MAX_OF_AGENT = 100;
    static final int MAX = 1_000;

    /** How long a stop waits for strangers to give the texts of their messages. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

    private final StateStore store;
    private final Time time;
    private final DeadLetters deadLetters;

    /** By the numbers of the messages. */
    private final RetriedWrites<Long> writes;

    private final Map<Long, String> rejected;
    private final ReentrantLock lock = new ReentrantLock();
    private final TreeMap<Long, Parked> parked = new TreeMap<>();

    /** Those that are parked again unless they are handled; the store keeps them so long. */
    private final Map<Long, Parked> replaying = new HashMap<>();

    private long lastId;

    /** How many are not yet in the hands of the store. */
    private int unsaved;

    /** A message that was put aside. No record: it is equal only to itself. */
    private static final class Parked {
        /** What the store is to know of it, or knows. */
        final StoredMessage stored;

        /**
         * As it was sent; null if it can be made again, or if it was another JVM that it was sent
         * in.
         */
        final @Nullable Object sent;

        Parked(StoredMessage stored, @Nullable Object sent) {
            this.stored = stored;
            this.sent = sent;
        }

        AgentPid pid() {
            return stored.parked().pid();
        }

        /** Its text is made when somebody looks, if that was not done yet. */
        ParkedMessage view() {
            return sent == null ? stored.parked() : withText(stored.parked(), sent);
        }
    }

    ParkedMessages(StoredMessages left, StateStore store, Time time, DeadLetters deadLetters) {
        this.store = store;
        this.time = time;
        this.deadLetters = deadLetters;
        this.writes = new RetriedWrites<>(time);
        this.rejected = left.rejected();
        this.lastId = left.lastNumber();
        left.valid().forEach(message -> parked.put(message.number(), new Parked(message, null)));
    }

    /** Sends a message to its agent, with the id that it was sent with, or null if with none. */
    @FunctionalInterface
    interface Sender {
        /** The stage completes when the message need not be remembered any more. */
        CompletionStage<Void> send(AgentPid to, @Nullable String messageId, Object message);
    }

    /** Tells of what the store could not give back any more, and forgets it. */
    void tellRejected() {
        rejected.forEach((id, why) -> {
            deadLetters.add(why);
            writes.write(id, () -> store.deleteMessage(id));
        });
    }

    /**
     * Puts a message aside; {@link #save} is to follow, on a thread that can wait.
     *
     * @return its number
     */
    long park(AgentPid pid, Instant at, Ask ask, ExitReason reason) {
        Parked gone;
        long id;
        lock.lock();
        try {
            gone = makeRoom(pid);
            id = ++lastId;
            ParkedMessage message =
                    new ParkedMessage(
                            id, pid, at, ask.crashes, "", reason.toString(), stack(reason));
            Optional<String> messageId = Optional.ofNullable(ask.messageId());
            parked.put(
                    id,
                    new Parked(
                            new StoredMessage(message, messageId, Optional.empty()), ask.message));
            unsaved++;
        } finally {
            lock.unlock();
        }
        if (gone != null) {
            deadLetters.add(
                    gone.pid(),
                    1,
                    "parked message %d gave way to later ones".formatted(gone.stored.number()));
        }
        return id;
    }

    private @Nullable Parked makeRoom(AgentPid pid) {
        List<Parked> ofAgent = parked.values().stream().filter(it -> it.pid().equals(pid)).toList();
        Parked oldest = null;
        if (ofAgent.size() >= MAX_OF_AGENT) {
            oldest = ofAgent.getFirst();
        } else if (parked.size() >= MAX) {
            oldest = parked.firstEntry().getValue();
        }
        if (oldest != null) {
            remove(oldest.stored.number());
        }
        return oldest;
    }

    /**
     * Hands a message to the store, once. Calls the code of whoever has made its class, which may
     * hang.
     *
     * @param saved is called when the store has it, or nobody needs it any more
     */
    void save(long id, MessageJson json, Runnable saved) {
        Parked message = get(id);
        Parked whole = message == null ? null : whole(message, json);
        lock.lock();
        try {
            unsaved--;
            if (message != null
                    && whole != null
                    && (parked.replace(id, message, whole)
                            || replaying.replace(id, message, whole))) {
                writes.write(id, () -> store.saveMessage(whole.stored).thenRun(saved));
                return;
            }
        } finally {
            lock.unlock();
        }
        saved.run(); // it has gone since
    }

    private static @Nullable Parked whole(Parked message, MessageJson json) {
        Object sent = message.sent;
        if (sent == null) {
            return null;
        }
        Optional<Content> content = json.write(sent);
        return new Parked(
                new StoredMessage(
                        withText(message.stored.parked(), sent),
                        message.stored.messageId(),
                        content),
                content.isPresent() ? null : sent);
    }

    private @Nullable Parked get(long id) {
        lock.lock();
        try {
            return parked.getOrDefault(id, replaying.get(id));
        } finally {
            lock.unlock();
        }
    }

    private static ParkedMessage withText(ParkedMessage parked, Object message) {
        return new ParkedMessage(
                parked.id(),
                parked.pid(),
                parked.parkedAt(),
                parked.crashes(),
                text(message),
                parked.reason(),
                parked.stack());
    }

    private static String text(Object message) {
        try {
            String text = String.valueOf(message);
            return text.length() <= ParkedMessage.MAX_TEXT
                    ? text
                    : text.substring(0, ParkedMessage.MAX_TEXT);
        } catch (Throwable t) { // a stranger's toString
            return message.getClass().getName() + ", whose toString failed: " + t.getClass();
        }
    }

    private static String stack(ExitReason reason) {
        return switch (reason) {
            case ExitReason.Error(var failure) -> failure.stack();
            case ExitReason.Dependency(_, var failure) -> failure.stack();
            case ExitReason.Timeout(_, var stack) -> stack;
            case ExitReason.Budget _,
                    ExitReason.Kill _,
                    ExitReason.Normal _,
                    ExitReason.Shutdown _,
                    ExitReason.SupervisorShutdown _ ->
                    "";
        };
    }

    /** All of them, oldest first. */
    List<ParkedMessage> all() {
        List<Parked> now;
        lock.lock();
        try {
            now = List.copyOf(parked.values());
        } finally {
            lock.unlock();
        }
        return now.stream().map(Parked::view).toList();
    }

    /** Forgets a message. */
    void drop(long id) {
        lock.lock();
        try {
            remove(id);
        } finally {
            lock.unlock();
        }
    }

    /** With the lock. */
    private void remove(long id) {
        take(id);
        writes.write(id, () -> store.deleteMessage(id));
    }

    /**
     * Sends a message again, as if it was new; it stays parked if that fails.
     *
     * @param json gives what reads messages to an agent
     */
    void replay(long id, Function<AgentPid, MessageJson> json, Sender sender) {
        Parked message;
        lock.lock();
        try {
            message = take(id);
            replaying.put(id, message);
        } finally {
            lock.unlock();
        }
        boolean accepted = false;
        try {
            Object sent = message.sent == null ? again(message.stored, json) : message.sent;
            String messageId = message.stored.messageId().orElse(null);
            var _ =
                    sender.send(message.pid(), messageId, sent)
                            .whenComplete((_, error) -> replayed(id, isOver(error)));
            accepted = true;
        } finally {
            if (!accepted) {
                replayed(id, false);
            }
        }
    }

    private static Object again(StoredMessage stored, Function<AgentPid, MessageJson> json) {
        Content content =
                stored.content()
                        .orElseThrow(() ->
                                new SupervisionException(
                                        ErrorCategory.SERIALIZATION,
                                        false,
                                        "of parked message %d only the text is left, for JSON could not bring it back over the end of the JVM; send it anew, and drop this one; records, enums and JDK values of up to %d characters can be kept whole"
                                                .formatted(stored.number(), Content.MAX)));
        return json.apply(stored.parked().pid()).read(content);
    }

    /** Whether a message was handled, or is parked anew, with another number. */
    private static boolean isOver(@Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException ? error.getCause() : error;
        return cause == null || (cause instanceof SupervisionException it && !it.isRecoverable());
    }

    private void replayed(long id, boolean isOver) {
        lock.lock();
        try {
            Parked message = replaying.remove(id);
            if (isOver) {
                writes.write(id, () -> store.deleteMessage(id));
            } else if (message != null) {
                parked.put(id, message);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Hands what waits to the store, which is about to be closed. */
    void close() {
        long deadline = time.nanoTime() + PATIENCE_NANOS;
        while (hasUnsaved() && time.nanoTime() < deadline) {
            time.park(this, PATIENCE_NANOS / 100);
        }
        writes.close();
    }

    private boolean hasUnsaved() {
        lock.lock();
        try {
            return unsaved > 0;
        } finally {
            lock.unlock();
        }
    }

    /** With the lock. */
    private Parked take(long id) {
        Parked message = parked.remove(id);
        if (message == null) {
            throw new SupervisionException(
                    ErrorCategory.NOT_FOUND,
                    false,
                    "there is no parked message "
                            + id
                            + "; the list of messages shows those that there are");
        }
        return message;
    }
}
