package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.persistence.WriteQueue.Pending;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes what has gathered in the queue while it wrote the last
 * group, writes that in one transaction, and then answers: one sync serves a whole group, and a
 * lone caller waits for no one.
 *
 * <p>A group that fails is rolled back and its callers get the error; then comes the next group. So
 * a full disk costs the writes that met it, and when there is space again nothing has to be
 * restarted.
 */
final class Writer implements Runnable {
    static final int MAX_GROUP = 4_096;
    static final long MAX_GROUP_BYTES = 8L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    private final Handle handle;
    private final Path file;
    private final long epoch;
    private final WriteQueue queue;
    private final Answers answers;
    private final HighWaterMark mark;
    private final Retention retention;
    private final CommitTimes times;
    private final Orphans orphans;
    private final Plugins plugins;

    /** The numbers of the plugins that have rows, as far as is known. */
    private final Set<Long> knownPlugins = new HashSet<>();

    private long commits;
    private @Nullable Batches batches;
    private boolean failing;

    Writer(
            Handle handle,
            Path file,
            long epoch,
            WriteQueue queue,
            Answers answers,
            HighWaterMark mark,
            Retention retention,
            CommitTimes times,
            Orphans orphans,
            Plugins plugins) {
        this.handle = handle;
        this.file = file;
        this.epoch = epoch;
        this.queue = queue;
        this.answers = answers;
        this.mark = mark;
        this.retention = retention;
        this.times = times;
        this.orphans = orphans;
        this.plugins = plugins;
        commits = Schema.commits(handle);
    }

    /** Until the queue is closed and empty. */
    @Override
    public void run() {
        try {
            for (var group = take(); !group.isEmpty(); group = take()) {
                write(group);
                trim(group.size());
            }
            dropBatches();
        } finally { // reached early only by an Error: whoever waits must not wait for ever
            queue.close();
            for (var group = take(); !group.isEmpty(); group = take()) {
                fail(
                        group,
                        new StorageException(
                                false,
                                "cannot write to %s: the writer has died, see the log"
                                        .formatted(file),
                                null));
            }
        }
    }

    private List<Pending> take() {
        return queue.take(MAX_GROUP, MAX_GROUP_BYTES);
    }

    private void write(List<Pending> group) {
        try {
            commit(group);
        } catch (SQLException | RuntimeException e) {
            // They still hold rows of the failed group, and one that met a full disk may never run
            // again.
            dropBatches();
            knownPlugins.clear();
            if (group.size() > 1 && Faults.isAboutOneWrite(e)) {
                group.forEach(write -> write(List.of(write)));
                return;
            }
            StorageException fault = Faults.of("write to", file, e);
            if (!failing) {
                failing = true;
                LOG.warn("{}", fault.getMessage());
            }
            fail(group, fault);
            return;
        } catch (Error e) {
            LOG.error("the writer of {} dies", file, e);
            fail(group, Faults.of("write to", file, e));
            throw e;
        }
        if (failing) {
            failing = false;
            LOG.info("writing to {} works again", file);
        }
        for (Pending write : group) {
            write.done().complete(null);
        }
    }

    private void trim(int written) {
        if (failing || !retention.isDue(written)) {
            return;
        }
        List<AgentPid> deleted = new ArrayList<>();
        try {
            Transaction.<StorageException>run(
                    handle,
                    () -> {
                        refuseIfFenced();
                        deleted.addAll(orphans.tend(handle, retention.trim(handle)));
                    });
            if (!deleted.isEmpty()) {
                answers.tell(() -> orphans.listener().accept(deleted));
            }
        } catch (RuntimeException e) { // the next look tries again
            LOG.warn("{}", Faults.of("delete what is too old in", file, e).getMessage());
        }
    }

    private void fail(List<Pending> group, StorageException fault) {
        for (Pending write : group) {
            write.done().completeExceptionally(fault);
        }
    }

    private void commit(List<Pending> group) throws SQLException {
        long begin = System.nanoTime();
        Batches prepared = batches;
        if (prepared == null) {
            prepared = Batches.prepare(handle.getConnection());
            batches = prepared;
        }
        Batches hot = prepared;
        Transaction.run(
                handle,
                hot.begin,
                hot.commit,
                () -> {
                    count(hot.count);
                    apply(group, hot);
                });
        times.add(System.nanoTime() - begin);
        commits++;
        mark.committed(commits);
    }

    private void count(PreparedStatement count) throws SQLException {
        count.setLong(1, commits + 1);
        count.setLong(2, epoch);
        if (count.executeUpdate() == 0) {
            refuseIfFenced();
        }
    }

    private void apply(List<Pending> group, Batches batches) throws SQLException {
        // The hot tables are written at the end, each in one batch. That keeps the order where it
        // matters: among the
        // writes to one table. No table refers to another.
        for (Pending write : group) {
            switch (write.change()) {
                case Change.Checkpoint checkpoint -> {
                    if (checkpoint.plugin() != 0 && knownPlugins.add(checkpoint.plugin())) {
                        savePlugin(checkpoint.plugin());
                    }
                    batches.add(checkpoint);
                }
                case Change.Event event -> batches.add(event);
                case Change.SaveChild child -> save(child);
                case Change.DeleteChildren children -> {
                    batches.writeCheckpoints(); // they may be those of who is removed
                    delete(children);
                }
                case Change.SaveStop stop -> save(stop);
                case Change.DeleteStop stop -> delete(stop);
                case Change.TreeStarts start -> orphans.treeStarts(start);
                case Change.DeleteOrphan orphan -> orphans.delete(handle, orphan.path());
                case Change.Condition condition -> save(condition);
                case Change.DeleteCondition condition -> delete(condition);
                case Change.Message message -> save(message);
                case Change.DeleteMessage message -> delete(message);
            }
        }
        batches.execute();
    }

    private void refuseIfFenced() {
        Optional<String> other =
                handle.createQuery("SELECT runtime, pid FROM meta WHERE epoch <> :epoch")
                        .bind("epoch", epoch)
                        .map((row, _) ->
                                "supervisor '%s' (pid %d)"
                                        .formatted(row.getString("runtime"), row.getLong("pid")))
                        .findOne();
        if (other.isPresent()) {
            throw new StorageException(
                    false,
                    "cannot write to %s: %s has opened it since; two supervisors must not share a data folder, stop one"
                            .formatted(file, other.get()),
                    null);
        }
    }

    private void savePlugin(long number) {
        PluginVersion version = plugins.version(number).orElseThrow();
        handle.createUpdate(
                        """
                        INSERT OR REPLACE INTO plugin (number, plugin, version, sha256, checksum)
                        VALUES (:number, :plugin, :version, :sha256, :checksum)\
                        """)
                .bind("number", number)
                .bind("plugin", version.id())
                .bind("version", version.version())
                .bind("sha256", version.sha256())
                .bind("checksum", Plugins.checksum(number, version))
                .execute();
    }

    private void save(Change.SaveChild child) {
        long position =
                handle.createQuery(
                                """
                                SELECT coalesce(
                                    (SELECT position FROM child WHERE path = :path),
                                    (SELECT max(position) FROM child) + 1,
                                    1)\
                                """)
                        .bind("path", child.path())
                        .mapTo(long.class)
                        .one();
        handle.createUpdate(
                        """
                        INSERT INTO child (path, position, supervisor, spec, checksum)
                        VALUES (:path, :position, :supervisor, :spec, :checksum)
                        ON CONFLICT (path) DO UPDATE SET
                            supervisor = excluded.supervisor, spec = excluded.spec, checksum = excluded.checksum\
                        """)
                .bind("path", child.path())
                .bind("position", position)
                .bind("supervisor", child.supervisor())
                .bind("spec", child.spec())
                .bind(
                        "checksum",
                        Change.checksum(child.path(), position, child.supervisor(), child.spec()))
                .execute();
        orphans.added(handle, child.path());
    }

    private void save(Change.SaveStop stop) {
        handle.createUpdate(
                        """
                        INSERT INTO stopped (path, supervisor, spec, checksum)
                        VALUES (:path, :supervisor, :spec, :checksum)
                        ON CONFLICT (path) DO UPDATE SET
                            supervisor = excluded.supervisor, spec = excluded.spec, checksum = excluded.checksum\
                        """)
                .bind("path", stop.path())
                .bind("supervisor", stop.supervisor())
                .bind("spec", stop.spec())
                .bind("checksum", Change.checksum(stop.path(), 0, stop.supervisor(), stop.spec()))
                .execute();
    }

    private void delete(Change.DeleteStop stop) {
        handle.createUpdate("DELETE FROM stopped WHERE path = :path")
                .bind("path", stop.path())
                .execute();
    }

    private void save(Change.Condition condition) {
        handle.createUpdate(
                        """
                        INSERT OR REPLACE INTO condition
                            (path, supervisor, spec, aside, since, lasts, why, short_runs, restarts, checksum)
                        VALUES
                            (:path, :supervisor, :spec, :aside, :since, :lasts, :why, :shortRuns, :restarts, :checksum)\
                        """)
                .bind("path", condition.path())
                .bind("supervisor", condition.supervisor())
                .bind("spec", condition.spec())
                .bind("aside", condition.aside())
                .bind("since", condition.since())
                .bind("lasts", condition.lasts())
                .bind("why", condition.why())
                .bind("shortRuns", condition.shortRuns())
                .bind("restarts", condition.restarts())
                .bind("checksum", condition.checksum())
                .execute();
    }

    private void delete(Change.DeleteCondition condition) {
        handle.createUpdate("DELETE FROM condition WHERE path = :path")
                .bind("path", condition.path())
                .execute();
    }

    private void save(Change.Message message) {
        handle.createUpdate(
                        """
                        INSERT OR REPLACE INTO message
                            (number, path, at, crashes, message_id, text, reason, stack_trace, type, content, checksum)
                        VALUES
                            (:number, :path, :at, :crashes, :messageId, :text, :reason, :stackTrace, :type, :content,
                            :checksum)\
                        """)
                .bindMethods(message)
                .bind("checksum", message.checksum())
                .execute();
        handle.createUpdate("UPDATE meta SET last_message = max(last_message, :number)")
                .bind("number", message.number())
                .execute();
    }

    private void delete(Change.DeleteMessage message) {
        handle.createUpdate("DELETE FROM message WHERE number = :number")
                .bind("number", message.number())
                .execute();
    }

    private void delete(Change.DeleteChildren children) {
        Subtree subtree = new Subtree(children.path());
        List<String> removed = new ArrayList<>();
        for (String table : List.of("child", "stopped", "condition")) {
            List<String> deleted =
                    handle.createQuery(
                                    "DELETE FROM "
                                            + table
                                            + " WHERE (path = :path AND :itself) OR (path >= :from AND path < :to) RETURNING path")
                            .bind("path", subtree.path())
                            .bind("itself", children.itself())
                            .bind("from", subtree.from())
                            .bind("to", subtree.to())
                            .mapTo(String.class)
                            .list();
            removed.addAll(deleted);
        }
        if (!removed.isEmpty()) {
            orphans.removed(handle, removed);
        }
    }

    private void dropBatches() {
        if (batches != null) {
            batches.close();
            batches = null;
        }
    }

    /**
     * The hottest statements: prepared once, and rows sent in batches, which is half as fast again
     * as through Jdbi.
     */
    private record Batches(
            PreparedStatement begin,
            PreparedStatement count,
            PreparedStatement commit,
            PreparedStatement checkpoints,
            PreparedStatement events,
            PreparedStatement stacks,
            PreparedStatement runs,
            Map<String, Long> lastRuns)
            implements AutoCloseable {

        static Batches prepare(Connection connection) throws SQLException {
            return new Batches(
                    connection.prepareStatement(Transaction.BEGIN),
                    connection.prepareStatement("UPDATE meta SET commits = ? WHERE epoch = ?"),
                    connection.prepareStatement(Transaction.COMMIT),
                    connection.prepareStatement(
                            """
                            INSERT INTO checkpoint
                                (path, slot, number, run, epoch, at, content_type, state_version, checksum, state, handled,
                                plugin)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                            ON CONFLICT (path, slot) DO UPDATE SET
                                number = excluded.number, run = excluded.run, epoch = excluded.epoch, at = excluded.at,
                                content_type = excluded.content_type, state_version = excluded.state_version,
                                checksum = excluded.checksum, state = excluded.state, handled = excluded.handled,
                                plugin = excluded.plugin\
                            """),
                    // The same fact again changes nothing, another one of that number is refused.
                    connection.prepareStatement(
                            """
                            INSERT INTO history (seq, at, path, run, event, reason, detail, checksum, stack)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                            ON CONFLICT (seq) DO UPDATE SET seq = NULL WHERE checksum <> excluded.checksum\
                            """),
                    connection.prepareStatement(
                            """
                            INSERT INTO stack (digest, last, text) VALUES (?, ?, ?)
                            ON CONFLICT (digest) DO UPDATE SET last = excluded.last
                            WHERE excluded.last > last\
                            """),
                    connection.prepareStatement(
                            """
                            INSERT INTO run (path, last, checksum) VALUES (?, ?, ?)
                            ON CONFLICT (path) DO UPDATE SET last = excluded.last, checksum = excluded.checksum
                            WHERE excluded.last > last\
                            """),
                    new HashMap<>());
        }

        void add(Change.Checkpoint checkpoint) throws SQLException {
            checkpoints.setString(1, checkpoint.path());
            checkpoints.setLong(2, checkpoint.number() & 1);
            checkpoints.setLong(3, checkpoint.number());
            checkpoints.setLong(4, checkpoint.run());
            checkpoints.setLong(5, checkpoint.epoch());
            checkpoints.setLong(6, checkpoint.at());
            checkpoints.setString(7, checkpoint.contentType());
            checkpoints.setInt(8, checkpoint.stateVersion());
            checkpoints.setLong(9, checkpoint.checksum());
            checkpoints.setBytes(10, checkpoint.state());
            checkpoints.setString(11, checkpoint.handled());
            checkpoints.setLong(12, checkpoint.plugin());
            checkpoints.addBatch();
        }

        void add(Change.Event event) throws SQLException {
            events.setLong(1, event.seq());
            events.setLong(2, event.at());
            events.setString(3, event.path());
            events.setLong(4, event.run());
            events.setString(5, event.word());
            events.setString(6, event.reason());
            byte[] stack = event.stack();
            events.setString(7, stack == null ? event.detail() : "");
            events.setLong(8, event.checksum());
            events.setBytes(9, stack);
            events.addBatch();
            if (stack != null) {
                stacks.setBytes(1, stack);
                stacks.setLong(2, event.seq());
                stacks.setString(3, event.detail());
                stacks.addBatch();
            }
            if (event.run() > 0) { // 0 is no run: a plugin's event, for one
                lastRuns.merge(event.path(), event.run(), Math::max);
            }
        }

        private void addRuns() throws SQLException {
            for (Map.Entry<String, Long> run : lastRuns.entrySet()) {
                runs.setString(1, run.getKey());
                runs.setLong(2, run.getValue());
                runs.setLong(3, Table.checksumOfLast(run.getKey(), run.getValue()));
                runs.addBatch();
            }
            lastRuns.clear();
        }

        void writeCheckpoints() throws SQLException {
            checkpoints.executeBatch();
        }

        void execute() throws SQLException {
            checkpoints.executeBatch();
            events.executeBatch();
            stacks.executeBatch();
            addRuns();
            runs.executeBatch();
        }

        @Override
        public void close() {
            for (PreparedStatement statement :
                    List.of(begin, count, commit, checkpoints, events, stacks, runs)) {
                try {
                    statement.close();
                } catch (SQLException _) {
                    // It repeats the error of its last execution, which has been reported.
                }
            }
        }
    }
}
