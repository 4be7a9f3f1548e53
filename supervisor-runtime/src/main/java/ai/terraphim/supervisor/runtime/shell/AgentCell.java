package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.runtime.config.BoundAgent;
import ai.terraphim.supervisor.runtime.core.Child;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One agent over all its runs: its mailbox and its newest checkpoint stay when a run is replaced by
 * the next. Starts, stops and kills come from the thread that drains the supervisor's mailbox.
 */
final class AgentCell {
    /** Messages of the shell's own. */
    enum Control {
        /** Only makes a resting agent look up. */
        WAKE
    }

    final Engine engine;
    final SupervisorCell supervisor;
    final Child child;
    final AgentPid pid;
    final AgentSpec spec;

    private volatile @Nullable BoundAgent bound;
    private volatile @Nullable AgentRun current;
    private volatile @Nullable Mailbox mailbox;
    private volatile @Nullable StoredCheckpoint checkpoint;
    private volatile @Nullable StoredCheckpoint restoredFrom;
    private volatile boolean checkpointLoaded;
    private System.@Nullable Logger log;

    AgentCell(SupervisorCell supervisor, Child child, AgentPid pid, AgentSpec spec) {
        this.engine = supervisor.engine;
        this.supervisor = supervisor;
        this.child = child;
        this.pid = pid;
        this.spec = spec;
    }

    /**
     * What makes this agent. Bound at the first start and on its thread: binding calls a stranger's
     * code, which may hang.
     */
    BoundAgent bound() {
        BoundAgent known = bound;
        if (known == null) {
            known = engine.types.bind(spec);
            bound = known;
        }
        return known;
    }

    void start(long run) {
        AgentRun next = new AgentRun(this, run);
        current = next;
        engine.startThread(pid.path(), next::carryOn);
    }

    void stop(long deadlineNanos, boolean byName) {
        AgentRun run = current;
        if (run != null) {
            run.stop(deadlineNanos, byName);
        }
    }

    void kill(ExitReason reason) {
        AgentRun run = current;
        if (run != null) {
            run.kill(reason);
        }
    }

    /** The newest run, which may have ended; null before the first. */
    @Nullable AgentRun current() {
        return current;
    }

    /** Makes a resting message agent look at what it was told. */
    void wake() {
        notice(Control.WAKE);
    }

    /** Puts something into the mailbox, full or not; nothing for a loop agent. */
    void notice(Object message) {
        Mailbox box = mailbox;
        if (box != null && box.offer(message, Integer.MAX_VALUE) == Mailbox.Offer.WAKE) {
            resume();
        }
    }

    void tell(Object message) {
        Mailbox box = mailbox;
        if (box == null) {
            throw new ChildNotFoundException(
                    pid + " takes no messages: it is down, or no message agent");
        }
        MessageTypes.check(message, pid, bound().loader());
        switch (box.offer(message, engine.limits.mailbox())) {
            case QUEUED -> {}
            case WAKE -> resume();
            case FULL ->
                    throw new MailboxFullException(
                            "the mailbox of %s is full with %d messages; send later"
                                    .formatted(pid, engine.limits.mailbox()));
        }
    }

    private void resume() {
        AgentRun run = current;
        if (run != null) {
            engine.startThread(pid.path(), run::carryOn);
        }
    }

    /**
     * The mailbox, made when the first run turns out to be a message agent's. The caller's run is
     * its consumer.
     */
    Mailbox openMailbox() {
        Mailbox box = mailbox;
        if (box == null) {
            box = new Mailbox();
            mailbox = box;
        }
        return box;
    }

    /**
     * The agent is down, and nobody restarts it by itself: what still waits for it is dropped, and
     * counted.
     */
    void closeMailbox() {
        Mailbox box = mailbox;
        mailbox = null;
        if (box != null) {
            long dropped = 0;
            for (Object message; (message = box.poll()) != null; ) {
                if (message != Control.WAKE) {
                    dropped++;
                }
            }
            if (dropped > 0) {
                engine.deadLetters.add(pid, dropped, "it went down before it had handled them");
            }
        }
    }

    /** The newest checkpoint as far as is known here; {@link #loadCheckpoint} comes first. */
    @Nullable StoredCheckpoint checkpoint() {
        return checkpoint;
    }

    /**
     * Reads the newest checkpoint at the first start of this agent in this JVM; later ones are
     * remembered.
     */
    Optional<StoredCheckpoint> loadCheckpoint(AgentRun run) throws InterruptedException {
        if (!checkpointLoaded) {
            CompletableFuture<Optional<StoredCheckpoint>> read =
                    engine.store.latestCheckpoint(pid).toCompletableFuture();
            run.waitUnlessKilled(read);
            try {
                checkpoint = read.get().orElse(null);
            } catch (ExecutionException e) {
                throw new StorageException(
                        true, "the checkpoint of " + pid + " could not be read", e.getCause());
            }
            checkpointLoaded = true;
        }
        restoredFrom = checkpoint;
        return Optional.ofNullable(checkpoint);
    }

    /** Which checkpoint the current run began from, for the history. */
    String describeCheckpoint() {
        StoredCheckpoint from = restoredFrom;
        return from == null
                ? ""
                : "restored the checkpoint of run %d, %s".formatted(from.run(), from.at());
    }

    /** Keeps what was saved for the next run, unless a later run has begun meanwhile. */
    void remember(StoredCheckpoint saved, AgentRun by) {
        if (current == by) {
            checkpoint = saved;
        }
    }

    System.Logger log() {
        System.Logger known = log;
        if (known == null) {
            known = System.getLogger("agent." + pid.path());
            log = known;
        }
        return known;
    }
}
