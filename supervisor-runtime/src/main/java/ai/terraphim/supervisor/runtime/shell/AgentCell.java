package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.runtime.config.BoundAgent;
import ai.terraphim.supervisor.runtime.core.Child;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A child that is an agent, over all its runs: its mailbox and its newest checkpoint stay when a
 * run is replaced by the next. Starts, stops and kills come from the thread that drains the
 * supervisor's mailbox.
 */
final class AgentCell extends ChildHandle {
    /** Messages of the shell's own. */
    enum Control {
        /** Only makes a resting agent look up. */
        WAKE
    }

    private static final VarHandle CHECKPOINT;

    static {
        try {
            CHECKPOINT =
                    MethodHandles.lookup()
                            .findVarHandle(AgentCell.class, "checkpoint", StoredCheckpoint.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile BoundAgent.@Nullable Maker<?> maker;
    private volatile @Nullable AgentRun current;
    private volatile @Nullable Mailbox mailbox;

    private volatile @Nullable StoredCheckpoint checkpoint;

    /** Whether it is known what the store had when this agent first began in this JVM. */
    private volatile boolean checkpointKnown;

    private boolean respecified;

    private System.@Nullable Logger log;

    AgentCell(SupervisorCell supervisor, Child child) {
        super(supervisor, child);
    }

    Engine engine() {
        return supervisor.engine;
    }

    AgentSpec spec() {
        return (AgentSpec) child.spec();
    }

    /** What makes this agent and knows its state. */
    BoundAgent bound() {
        return new BoundAgent(spec(), maker());
    }

    /**
     * What was made of its configuration. Bound at the first start and on its thread: binding calls
     * a stranger's code, which may hang.
     */
    private BoundAgent.Maker<?> maker() {
        BoundAgent.Maker<?> known = maker;
        if (known == null) {
            known = engine().types.bind(spec()).maker();
            maker = known;
        }
        return known;
    }

    /** What loaded the classes of this agent; null for the JDK's own. */
    @Nullable ClassLoader loader() {
        return maker().loader();
    }

    @Override
    void respecified() {
        respecified = true;
    }

    @Override
    Task start(long run) {
        if (respecified) {
            respecified = false;
            maker = null;
        }
        AgentRun next = new AgentRun(this, run);
        current = next;
        return next;
    }

    @Override
    @Nullable Task stop(boolean byName) {
        AgentRun run = current;
        if (run == null) {
            return null;
        }
        long deadline =
                child.spec().shutdown() instanceof Shutdown.Timeout(Duration time)
                        ? engine().time.nanoTime() + time.toNanos()
                        : Long.MAX_VALUE;
        return run.stop(deadline, byName);
    }

    @Override
    boolean poke() {
        AgentRun run = current;
        return run == null || run.pokeOnce();
    }

    @Override
    @Nullable Task kill() {
        AgentRun run = current;
        return run == null ? null : run.kill(ExitReason.kill());
    }

    @Override
    @Nullable Task fail(ExitReason reason) {
        AgentRun run = current;
        return run == null ? null : run.fail(reason);
    }

    @Override
    @Nullable Task orphan() {
        return kill();
    }

    @Override
    long newestRun() {
        AgentRun run = current;
        return run == null ? 0 : run.run();
    }

    @Override
    @Nullable Extras extras(long number) {
        AgentRun run = current;
        return run == null || run.run() != number ? null : run.extras();
    }

    @Override
    @Nullable String suspendedOn() {
        AgentRun run = current;
        Extras known = run == null ? null : run.knownExtras();
        return known == null ? null : known.suspendedOn();
    }

    @Override
    @Nullable AgentPid awaitedCaller() {
        AgentRun run = current;
        return run != null && run.isAwaitedCaller() ? pid() : null;
    }

    /** The newest run, which may have ended; null before the first. */
    @Nullable AgentRun current() {
        return current;
    }

    // ---- messages
    // ------------------------------------------------------------------------------------------------------

    /** Makes a resting message agent look at what it was told; null if it does not rest. */
    @Nullable Task wake() {
        return notice(Control.WAKE);
    }

    /**
     * Puts something into the mailbox, full or not; nothing for a loop agent. Says what needs a
     * thread now.
     */
    @Nullable Task notice(Object message) {
        Mailbox box = mailbox;
        boolean rested = box != null && box.offer(message, Integer.MAX_VALUE) == Mailbox.Offer.WAKE;
        return rested ? current : null;
    }

    /** Whether it takes messages. */
    boolean isOpen() {
        Mailbox box = mailbox;
        return box != null && box.isOpen();
    }

    void tell(Object message) {
        Mailbox box = mailbox;
        Mailbox.Offer offer = Mailbox.Offer.CLOSED;
        if (box != null) {
            Object content = message instanceof Ask ask ? ask.message : message;
            MessageTypes.check(content, this);
            offer = box.offer(message, capacity());
        }
        switch (offer) {
            case QUEUED -> {}
            case WAKE -> engine().start(current);
            case FULL ->
                    throw new MailboxFullException(
                            "the mailbox of %s is full with %d messages; send later"
                                    .formatted(pid(), capacity()));
            case CLOSED ->
                    throw new ChildNotFoundException(
                            pid()
                                    + " takes no messages: it is down, or no message agent; start it if it is down");
        }
    }

    private int capacity() {
        return spec().mailbox().orElse(engine().limits.mailbox());
    }

    /** Makes the mailbox, or opens it again, for a message agent's run, which is its consumer. */
    void openMailbox() {
        Mailbox box = mailbox;
        if (box == null) {
            mailbox = new Mailbox();
        } else {
            box.open();
        }
    }

    Mailbox mailbox() {
        return Objects.requireNonNull(mailbox);
    }

    /** What still waits is dropped, and counted. */
    @Override
    void rest() {
        Mailbox box = mailbox;
        if (box == null) {
            return;
        }
        List<Object> left = box.close();
        left.removeIf(Control.WAKE::equals);
        if (!left.isEmpty()) {
            AgentPid pid = pid();
            engine().deadLetters.add(pid, left.size(), "it went down before it had handled them");
            for (Object message : left) {
                if (message instanceof Ask ask) {
                    ask.unread(pid);
                }
            }
        }
    }

    /** Whether the calling thread is in a callback of this agent. */
    boolean isCalling() {
        AgentRun run = current;
        return run != null && run.thread() == Thread.currentThread();
    }

    // ---- checkpoints
    // -------------------------------------------------------------------------------------------------

    /** The newest checkpoint as far as is known here; {@link #loadCheckpoint} comes first. */
    @Nullable StoredCheckpoint checkpoint() {
        return checkpoint;
    }

    /** The number of the next checkpoint. */
    long nextCheckpoint() {
        StoredCheckpoint newest = checkpoint;
        return newest == null ? 1 : newest.number() + 1;
    }

    /**
     * Finds the newest checkpoint that is sound at the first start of this agent in this JVM, among
     * those that were handed over or in the store; later ones are remembered, once they are saved.
     * Tells of those that are not sound.
     */
    @Nullable StoredCheckpoint loadCheckpoint(RunContext run) throws InterruptedException {
        run.waitUnlessKilled(engine().saves.of(this));
        if (!checkpointKnown) {
            String path = pid().path();
            KnownStates states = engine().handedOver.of(path);
            StoredCheckpoint newest =
                    states.isKnown(path) ? states.newest(path).orElse(null) : readNewest(run);
            // A killed run may come late, when the next one has saved a newer state.
            CHECKPOINT.compareAndSet(this, null, newest);
            checkpointKnown = true;
        }
        return checkpoint;
    }

    private @Nullable StoredCheckpoint readNewest(RunContext run) throws InterruptedException {
        StoredCheckpoints stored = readCheckpoints(run);
        for (String why : stored.rejected()) {
            engine().events.checkpointRejected(engine().time.now(), pid(), run.run(), why);
        }
        return stored.newest().orElse(null);
    }

    /** The checkpoint before the newest; null if the store has none. */
    @Nullable StoredCheckpoint previousCheckpoint(RunContext run) throws InterruptedException {
        return readCheckpoints(run).valid().stream().skip(1).findFirst().orElse(null);
    }

    private StoredCheckpoints readCheckpoints(RunContext run) throws InterruptedException {
        CompletableFuture<StoredCheckpoints> read =
                engine().store.checkpoints(pid()).toCompletableFuture();
        run.waitUnlessKilled(read);
        try {
            return read.get();
        } catch (ExecutionException e) {
            throw new StorageException(
                    true, "the checkpoints of " + pid() + " could not be read", e.getCause());
        }
    }

    @Override
    Optional<Instant> lastCheckpoint() {
        return Optional.ofNullable(checkpoint).map(StoredCheckpoint::at);
    }

    @Override
    Object describeCheckpoint() {
        AgentRun run = current;
        return run == null ? "" : run.describeCheckpoint();
    }

    /**
     * Keeps what was saved for the next run, unless what is known is newer: answers may overtake.
     */
    void remember(StoredCheckpoint saved) {
        StoredCheckpoint known;
        do {
            known = checkpoint;
            if (known != null && saved.number() < known.number()) {
                return;
            }
        } while (!CHECKPOINT.compareAndSet(this, known, saved));
        engine().ladder.forget(pid());
    }

    System.Logger log() {
        System.Logger known = log;
        if (known == null) {
            known = System.getLogger("agent." + pid());
            log = known;
        }
        return known;
    }
}
