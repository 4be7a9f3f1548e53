package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.SupervisionException;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The messages that have crashed their agents once too often, in memory. There is room for some of
 * each agent and for some in all; the oldest gives way and is a dead letter then. Any thread.
 */
final class ParkedMessages {
    static final int MAX_OF_AGENT = 100;
    static final int MAX = 1_000;

    private final DeadLetters deadLetters;
    private final ReentrantLock lock = new ReentrantLock();
    private final TreeMap<Long, Parked> parked = new TreeMap<>();
    private long lastId;

    /** A message as it was sent. Its text is made when somebody looks, for that calls its code. */
    private record Parked(
            long id,
            AgentPid pid,
            Instant at,
            int crashes,
            Object message,
            @Nullable String messageId,
            ExitReason reason) {

        ParkedMessage view() {
            return new ParkedMessage(id, pid, at, crashes, text(), reason.toString(), stack());
        }

        private String text() {
            try {
                String text = String.valueOf(message);
                return text.length() <= ParkedMessage.MAX_TEXT
                        ? text
                        : text.substring(0, ParkedMessage.MAX_TEXT);
            } catch (Throwable t) { // a stranger's toString
                return message.getClass().getName() + ", whose toString failed: " + t.getClass();
            }
        }

        private String stack() {
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
    }

    ParkedMessages(DeadLetters deadLetters) {
        this.deadLetters = deadLetters;
    }

    /** Sends a message to its agent, with the id that it was sent with, or null if with none. */
    @FunctionalInterface
    interface Sender {
        void send(AgentPid to, @Nullable String messageId, Object message);
    }

    /** Puts a message aside; gives its number. */
    long park(AgentPid pid, Instant at, Ask ask, ExitReason reason) {
        Parked gone;
        long id;
        lock.lock();
        try {
            gone = makeRoom(pid);
            id = ++lastId;
            parked.put(
                    id, new Parked(id, pid, at, ask.crashes, ask.message, ask.messageId(), reason));
        } finally {
            lock.unlock();
        }
        if (gone != null) {
            deadLetters.add(
                    gone.pid(), 1, "parked message " + gone.id() + " gave way to later ones");
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
            parked.remove(oldest.id());
        }
        return oldest;
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
        take(id);
    }

    /** Sends a message again, as if it was new; it stays parked if that fails. */
    void replay(long id, Sender sender) {
        Parked message = take(id);
        try {
            sender.send(message.pid(), message.messageId(), message.message());
        } catch (RuntimeException e) {
            lock.lock();
            try {
                parked.put(id, message);
            } finally {
                lock.unlock();
            }
            throw e;
        }
    }

    private Parked take(long id) {
        Parked message;
        lock.lock();
        try {
            message = parked.remove(id);
        } finally {
            lock.unlock();
        }
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
