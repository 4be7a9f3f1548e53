package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.Orphan;
import ai.terraphim.supervisor.api.store.StoreFigures;
import ai.terraphim.supervisor.api.store.StoreMaintenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * What operators ask of an open store. Each operation has a connection of its own, and a thread
 * that is there while there is something to do: none of them may hold up reads and writes.
 */
final class Maintenance implements StoreMaintenance {
    private static final int MAX_QUEUED = 8;
    private static final int MOST_LINES = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final SqliteStore store;
    private final Database database;
    private final WriteQueue queue;
    private final CommitTimes times;
    private final Answers answers;
    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(
                    0,
                    1,
                    1,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(MAX_QUEUED),
                    Thread.ofPlatform().name("supervisor-store-maintenance").daemon().factory());

    Maintenance(
            SqliteStore store,
            Database database,
            WriteQueue queue,
            CommitTimes times,
            Answers answers) {
        this.store = store;
        this.database = database;
        this.queue = queue;
        this.times = times;
        this.answers = answers;
    }

    @Override
    public StoreFigures figures() {
        return new StoreFigures(
                size(database.file()),
                size(StoreBackup.journal(database.file())),
                queue.size(),
                times.p99());
    }

    /** A file that is not there has no bytes. */
    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException _) {
            return 0;
        }
    }

    @Override
    public CompletionStage<Void> emptyJournal() {
        return submit("empty the journal of", () -> emptied(database)).thenAccept(_ -> {});
    }

    private static boolean emptied(Database database) {
        try (Handle handle = database.openReader()) {
            // Writers wait while the journal is cut off, so that is not waited for long, and comes
            // when nearly all has been written back.
            handle.execute("PRAGMA busy_timeout = " + PATIENCE.toMillis());
            handle.execute("PRAGMA wal_checkpoint(PASSIVE)");
            int busy =
                    handle.createQuery("PRAGMA wal_checkpoint(TRUNCATE)")
                            .map((row, _) -> row.getInt("busy"))
                            .one();
            if (busy != 0) {
                throw new StorageException(
                        true,
                        "cannot empty the journal of %s: others read from it, a backup or an export perhaps; try again when they are done"
                                .formatted(database.file()),
                        null);
            }
            return true;
        }
    }

    @Override
    public CompletionStage<Void> backup(Path file) {
        return submit(
                        "back up",
                        () -> {
                            StoreBackup.backup(database, file);
                            return true;
                        })
                .thenAccept(_ -> {});
    }

    @Override
    public CompletionStage<List<String>> quickCheck() {
        return submit("check", () -> quickCheck(database));
    }

    private static List<String> quickCheck(Database database) {
        try (Handle handle = database.openReader()) {
            return handle
                    .createQuery("PRAGMA quick_check(" + MOST_LINES + ")")
                    .mapTo(String.class)
                    .stream()
                    .filter(line -> !line.equals("ok"))
                    .map(Faults::oneLine)
                    .toList();
        }
    }

    @Override
    public CompletionStage<List<Orphan>> orphans(String after, int limit) {
        return store.read(reader -> reader.orphans(after, limit));
    }

    @Override
    public CompletionStage<Void> deleteOrphan(AgentPid pid) {
        return store.read(reader -> reader.orphan(pid))
                .thenCompose(orphan -> {
                    if (orphan.isEmpty()) {
                        throw new SupervisionException(
                                ErrorCategory.NOT_FOUND,
                                false,
                                "there is no orphan %s; the list of orphans shows those that there are"
                                        .formatted(pid));
                    }
                    return store.write(() -> new Change.DeleteOrphan(pid.path()));
                });
    }

    /** Accepts no more. */
    void close() {
        thread.shutdown();
    }

    /** Waits for what was accepted. */
    void join() throws InterruptedException {
        while (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
            // A large backup may take that long.
        }
    }

    private <T> CompletionStage<T> submit(String doing, Supplier<T> operation) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                try {
                    answers.succeed(result, operation.get());
                } catch (RuntimeException | Error e) {
                    answers.fail(result, Faults.of(doing, database.file(), e));
                }
            });
            return result;
        } catch (RejectedExecutionException _) {
            boolean closed = thread.isShutdown();
            return CompletableFuture.failedFuture(
                    new StorageException(
                            !closed,
                            "cannot %s %s: %s"
                                    .formatted(
                                            doing,
                                            database.file(),
                                            closed
                                                    ? "the store is closed"
                                                    : "others are being carried out; try again"),
                            null));
        }
    }
}
