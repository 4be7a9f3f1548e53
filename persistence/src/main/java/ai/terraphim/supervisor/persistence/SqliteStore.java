package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoreMaintenance;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.persistence.WriteQueue.Pending;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in a data folder: the SQLite database {@code supervisor.db} and the lock file {@code
 * supervisor.lock}.
 *
 * <p>A stage of a write completes when the write has been committed and, unless {@link
 * StoreOptions} say otherwise, synced to the disk. Writes that wait at the same time share one
 * commit and succeed or fail together; they take effect in the order of the calls. A read sees
 * every write that was acknowledged before the read was asked for. No method but {@code open},
 * {@link #recover()} and {@link #close()} waits for the disk.
 *
 * <p>The stage of a write completes on the thread that writes: what is attached to it is short and
 * does not block, or is attached with an executor. The stage of a read completes on a virtual
 * thread of its own, where what is attached may block.
 *
 * <p>Up to 65,536 writes or 64 MiB of them may wait; what does not fit fails at once with a
 * recoverable error. One write has at most {@value #MAX_WRITE_BYTES} bytes.
 *
 * <p>The threads of a store are daemons: a JVM that ends without {@link #close()} keeps all that
 * was acknowledged and may lose what was not.
 */
public final class SqliteStore implements StateStore {

    /** How many bytes one write may have: an agent's state, a fact or a spec. */
    public static final int MAX_WRITE_BYTES = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);
    private static final int MAX_QUEUED_READS = 4_096;

    private final Database database;
    private final OwnerLock ownerLock;
    private final Handle writerHandle;
    private final Handle readerHandle;
    private final long epoch;
    private final WriteQueue queue;
    private final HighWaterMark mark;
    private final Maintenance maintenance;
    private final Thread writer;
    private final Reader reader;
    private final Plugins plugins;
    private final ThreadPoolExecutor readerThread;
    private final Answers answers = new Answers();
    private final ReentrantLock closing = new ReentrantLock();
    private boolean closed;

    private SqliteStore(
            Database database,
            Settings settings,
            OwnerLock ownerLock,
            HighWaterMark mark,
            Handle writerHandle,
            Handle readerHandle,
            long epoch,
            Plugins plugins,
            Optional<NewestStates> states) {
        this.database = database;
        this.ownerLock = ownerLock;
        this.mark = mark;
        this.writerHandle = writerHandle;
        this.readerHandle = readerHandle;
        this.epoch = epoch;
        this.plugins = plugins;
        queue = new WriteQueue(settings.maxQueuedWrites(), settings.maxQueuedBytes());
        CommitTimes times = new CommitTimes();
        writer =
                Thread.ofPlatform()
                        .name("supervisor-store-writer")
                        .daemon()
                        .unstarted(
                                new Writer(
                                        writerHandle,
                                        database.file(),
                                        epoch,
                                        queue,
                                        answers,
                                        mark,
                                        new Retention(
                                                settings.options().history(), settings.clock()),
                                        times,
                                        new Orphans(settings.options().orphans(), settings.clock()),
                                        plugins));
        maintenance = new Maintenance(this, database, queue, times, answers);
        reader =
                new Reader(
                        readerHandle,
                        database.file(),
                        plugins,
                        settings.maxRecoveredBytes(),
                        states);
        readerThread =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(MAX_QUEUED_READS),
                        Thread.ofPlatform().name("supervisor-store-reader").daemon().factory());
    }

    /**
     * Opens the store in a folder as {@link #open(Path, String, StoreOptions)} does, with {@link
     * StoreOptions#DEFAULT}.
     *
     * @param dataFolder where the files are
     * @param runtimeName the runtime that owns the store until it is closed
     * @return the store; close it
     */
    public static SqliteStore open(Path dataFolder, String runtimeName) {
        return open(dataFolder, runtimeName, StoreOptions.DEFAULT);
    }

    /**
     * Opens the store in a folder, which is created if there is none. A database of an older
     * version is brought up to date; one that is newer, damaged or not ours is refused and left as
     * it is.
     *
     * @param dataFolder where the files are
     * @param runtimeName the runtime that owns the store until it is closed; others who come are
     *     told its name
     * @param options how state and history are kept
     * @return the store; close it
     * @throws StorageException with one line that says what is wrong and what to do: the folder
     *     cannot be created or written, another supervisor owns it, or the database is refused
     */
    public static SqliteStore open(Path dataFolder, String runtimeName, StoreOptions options) {
        return open(dataFolder, runtimeName, Settings.of(options), Schema.current());
    }

    static SqliteStore open(Path dataFolder, String runtimeName, Settings settings, Schema schema) {
        Path folder = dataFolder.toAbsolutePath();
        Database.createFolder(folder);
        Database database = new Database(folder.resolve(Database.FILE), settings);
        OwnerLock ownerLock = OwnerLock.acquire(folder, runtimeName);
        Handle writerHandle = null;
        Handle readerHandle = null;
        HighWaterMark mark = null;
        boolean opened = false;
        try {
            Database.loadLibrary();
            Plugins plugins = new Plugins();
            Optional<NewestStates> states = check(database, schema, plugins);
            database.keepIfOlder(schema);
            writerHandle = database.openWriter();
            schema.migrate(writerHandle);
            long epoch = raiseEpoch(writerHandle, runtimeName);
            readerHandle = database.openReader();
            mark =
                    HighWaterMark.follow(
                            folder, settings.options().durability(), Schema.commits(writerHandle));
            SqliteStore store =
                    new SqliteStore(
                            database,
                            settings,
                            ownerLock,
                            mark,
                            writerHandle,
                            readerHandle,
                            epoch,
                            plugins,
                            states);
            store.writer.start();
            opened = true;
            return store;
        } catch (IOException | SQLException | RuntimeException e) {
            throw Faults.of("open", database.file(), e);
        } finally {
            if (!opened) {
                if (mark != null) {
                    mark.close();
                }
                closeQuietly(readerHandle);
                closeQuietly(writerHandle);
                ownerLock.release();
            }
        }
    }

    /** Refuses what must not be opened, and reads the states meanwhile: each takes as long. */
    private static Optional<NewestStates> check(Database database, Schema schema, Plugins plugins) {
        try (ExecutorService other =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("supervisor-store-states").daemon().factory())) {
            Optional<NewestStates> states = database.statesAhead(schema, plugins);
            var there = CompletableFuture.supplyAsync(() -> states.filter(database::read), other);
            database.check(schema);
            database.checkMark();
            Optional<NewestStates> here = states.filter(database::read); // what is left
            return there.join().flatMap(_ -> here);
        }
    }

    /**
     * Says which process has a data folder open. Safe to call from any process, at any time: it
     * never keeps a supervisor from opening the folder.
     *
     * @param dataFolder where the files are
     * @return empty if no process has it open, or if there is no such folder
     * @throws StorageException if this user may not look
     */
    public static Optional<Owner> owner(Path dataFolder) {
        return OwnerLock.owner(dataFolder.toAbsolutePath());
    }

    @Override
    public Recovery recover() {
        try {
            return read(Reader::recover).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw Faults.of("read", database.file(), e.getCause() == null ? e : e.getCause());
        }
    }

    @Override
    public CompletionStage<Void> saveCheckpoint(StoredCheckpoint checkpoint) {
        return write(() -> Change.Checkpoint.of(checkpoint, epoch, plugins));
    }

    @Override
    public CompletionStage<StoredCheckpoints> checkpoints(AgentPid pid) {
        return read(r -> r.checkpoints(pid));
    }

    @Override
    public CompletionStage<Void> append(SupervisionEvent event) {
        return write(() -> Change.Event.of(event));
    }

    @Override
    public CompletionStage<List<SupervisionEvent>> history(HistoryQuery query) {
        return read(r -> r.history(query));
    }

    @Override
    public CompletionStage<Void> saveChild(StoredChild child) {
        return write(() ->
                new Change.SaveChild(
                        child.path(), child.supervisor().path(), SpecJson.write(child.spec())));
    }

    @Override
    public CompletionStage<Void> saveStop(StoredChild child) {
        return write(() ->
                new Change.SaveStop(
                        child.path(), child.supervisor().path(), SpecJson.write(child.spec())));
    }

    @Override
    public CompletionStage<Void> deleteStop(String path) {
        return write(() -> new Change.DeleteStop(path));
    }

    @Override
    public CompletionStage<Void> saveCondition(StoredCondition condition) {
        return write(() -> Change.Condition.of(condition));
    }

    @Override
    public CompletionStage<Void> deleteCondition(String path) {
        return write(() -> new Change.DeleteCondition(path));
    }

    @Override
    public CompletionStage<Void> saveMessage(StoredMessage message) {
        return write(() -> Change.Message.of(message));
    }

    @Override
    public CompletionStage<Void> deleteMessage(long number) {
        return write(() -> new Change.DeleteMessage(number));
    }

    @Override
    public CompletionStage<Void> deleteChild(String path) {
        return write(() -> new Change.DeleteChildren(path, true));
    }

    @Override
    public CompletionStage<Void> deleteChildrenBelow(String supervisorPath) {
        return write(() -> new Change.DeleteChildren(supervisorPath, false));
    }

    @Override
    public CompletionStage<Void> treeStarts(
            SupervisorConfig tree, Predicate<AgentPid> isThere, Consumer<List<AgentPid>> deleted) {
        return write(() -> new Change.TreeStarts(tree, isThere, deleted));
    }

    /**
     * {@inheritDoc}
     *
     * @return always there. Its recent commits are the last 1,024; its journal is SQLite's WAL
     */
    @Override
    public Optional<StoreMaintenance> maintenance() {
        return Optional.of(maintenance);
    }

    /**
     * {@inheritDoc} Later calls do nothing.
     *
     * @throws IllegalStateException on the thread that writes, for which it would wait: in what is
     *     attached to a write without an executor
     */
    @Override
    public void close() {
        if (Thread.currentThread() == writer) {
            throw new IllegalStateException(
                    "closing %s waits for the thread that calls it; attach it to the write with an executor"
                            .formatted(database.file()));
        }
        closing.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            queue.close();
            readerThread.shutdown();
            maintenance.close();
            boolean interrupted = awaitThreads();
            answers.close();
            closeQuietly(readerHandle);
            mark.close();
            emptyJournal();
            closeQuietly(writerHandle);
            ownerLock.release();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        } finally {
            closing.unlock();
        }
    }

    CompletionStage<Void> write(Supplier<Change> encode) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Change change;
        try {
            change = encode.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(Faults.of("write to", database.file(), e));
        }
        if (change.bytes() > MAX_WRITE_BYTES) {
            return refused(
                    false,
                    "it has about %d bytes, the limit is %d; keep less in it"
                            .formatted(change.bytes(), MAX_WRITE_BYTES));
        }
        return switch (queue.offer(new Pending(change, done))) {
            case ACCEPTED -> done;
            case FULL ->
                    refused(
                            true,
                            "too many writes are waiting; save less often, or use a faster disk");
            case CLOSED -> refused(false, "the store is closed");
        };
    }

    private <T> CompletionStage<T> refused(boolean recoverable, String why) {
        return CompletableFuture.failedFuture(
                new StorageException(
                        recoverable, "cannot use %s: %s".formatted(database.file(), why), null));
    }

    <T> CompletionStage<T> read(Function<Reader, T> query) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            readerThread.execute(() -> {
                try {
                    answers.succeed(result, query.apply(reader));
                } catch (RuntimeException | Error e) {
                    answers.fail(result, Faults.of("read", database.file(), e));
                }
            });
            return result;
        } catch (RejectedExecutionException _) {
            return readerThread.isShutdown()
                    ? refused(false, "the store is closed")
                    : refused(true, "too many reads are waiting; try again");
        }
    }

    /** Closing may not be cut short: an interrupt is remembered and reported. */
    private boolean awaitThreads() {
        boolean interrupted = false;
        while (true) {
            try {
                writer.join();
                maintenance.join();
                if (readerThread.awaitTermination(1, TimeUnit.MINUTES)) {
                    return interrupted;
                }
            } catch (InterruptedException _) { // kept for the caller
                interrupted = true;
            }
        }
    }

    private void emptyJournal() {
        try {
            writerHandle.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (RuntimeException e) { // nothing is lost: the journal is read at the next open
            LOG.warn("{}", Faults.of("empty the journal of", database.file(), e).getMessage());
        }
    }

    private static long raiseEpoch(Handle handle, String runtimeName) {
        Transaction.run(
                handle,
                () ->
                        handle.createUpdate(
                                        """
                                        UPDATE meta SET epoch = epoch + 1,
                                            runtime = :runtime, pid = :pid, opened_at = :at\
                                        """)
                                .bind("runtime", runtimeName)
                                .bind("pid", ProcessHandle.current().pid())
                                .bind("at", Change.nanos(Instant.now()))
                                .execute());
        return handle.createQuery("SELECT epoch FROM meta").mapTo(long.class).one();
    }

    private static void closeQuietly(@Nullable Handle handle) {
        if (handle != null) {
            try {
                handle.close();
            } catch (RuntimeException e) {
                LOG.debug("closing a connection", e);
            }
        }
    }
}
