package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Orphan;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredConditions;
import ai.terraphim.supervisor.api.store.StoredMessage;
import ai.terraphim.supervisor.api.store.StoredMessages;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Every read, on the connection of the reader's thread. Each is one short statement: a long one
 * makes the journal grow.
 */
final class Reader {
    /** Stands for a detail that is stored beside its fact, which is sound. */
    static final String DAMAGED_DETAIL =
            "(the detail has changed since it was saved, or is missing: its checksum does not match)";

    private final Handle handle;
    private final Path file;
    private final Plugins plugins;
    private final long maxRecoveredBytes;
    private final long commits;

    /** Null if there is nothing, and once it was given. */
    private @Nullable NewestStates ahead;

    /**
     * @param maxRecoveredBytes about how much memory the states may take that are given at once
     * @param ahead the states as they were before the first commit of this store's, if they are
     *     known
     */
    Reader(
            Handle handle,
            Path file,
            Plugins plugins,
            long maxRecoveredBytes,
            Optional<NewestStates> ahead) {
        this.handle = handle;
        this.file = file;
        this.plugins = plugins;
        this.maxRecoveredBytes = maxRecoveredBytes;
        this.ahead = ahead.orElse(null);
        commits = Schema.commits(handle);
    }

    /**
     * Reads whole tables in the order in which they are stored, never through an index: a damaged
     * index makes rows unfindable without any error.
     */
    Recovery recover() {
        scan(Table.PLUGIN, plugins::load, (_, _) -> {}); // it is not known who has saved a state
        long lastSeq =
                handle.createQuery("SELECT coalesce(max(seq), 0) FROM history NOT INDEXED")
                        .mapTo(long.class)
                        .one();
        NewestStates states;
        Map<String, Long> lastRuns;
        try { // by bare JDBC, as there may be very many
            states = states();
            lastRuns = lastRuns(states.size());
        } catch (SQLException e) {
            throw Faults.of("read", file, e);
        }
        // A run can have saved its state and been killed before the fact of its start was written.
        states.runs((path, run) -> lastRuns.merge(path, run, Math::max));
        handle.createQuery("SELECT path, last, checksum FROM instance NOT INDEXED")
                .map((row, _) -> {
                    check(row, Table.INSTANCE);
                    return row.getString("path") + "/" + row.getLong("last");
                })
                .forEach(instance -> lastRuns.putIfAbsent(instance, 0L));
        record Placed(long position, StoredChild child) {}
        List<StoredChild> children =
                handle
                        .createQuery(
                                "SELECT path, position, supervisor, spec, checksum FROM child NOT INDEXED")
                        .map((row, _) ->
                                new Placed(row.getLong("position"), child(row, Table.CHILD)))
                        .stream()
                        .sorted(Comparator.comparingLong(Placed::position))
                        .map(Placed::child)
                        .toList();
        List<StoredChild> stopped =
                handle.createQuery(
                                "SELECT path, supervisor, spec, checksum FROM stopped NOT INDEXED")
                        .map((row, _) -> child(row, Table.STOPPED))
                        .list();
        return new Recovery(lastSeq, lastRuns, children, stopped, conditions(), messages(), states);
    }

    private NewestStates states() throws SQLException {
        NewestStates known = ahead;
        ahead = null;
        if (known != null && Schema.commits(handle) == commits) {
            return known;
        }
        NewestStates states =
                NewestStates.begin(handle.getConnection(), maxRecoveredBytes, plugins);
        states.read(handle.getConnection());
        return states;
    }

    private Map<String, Long> lastRuns(int guess) throws SQLException {
        Map<String, Long> lastRuns = HashMap.newHashMap(guess);
        try (PreparedStatement query =
                        handle.getConnection()
                                .prepareStatement(
                                        "SELECT path, last, checksum FROM run NOT INDEXED");
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                String path = row.getString(1);
                long last = row.getLong(2);
                check(Table.checksumOfLast(path, last), row.getLong(3), path);
                lastRuns.put(path, last);
            }
        }
        return lastRuns;
    }

    private StoredConditions conditions() {
        List<StoredCondition> valid = new ArrayList<>();
        Map<String, String> rejected = new HashMap<>();
        scan(
                Table.CONDITION,
                row -> valid.add(Change.Condition.of(row).stored()),
                (row, why) -> rejected.put(row.text("path"), why));
        return new StoredConditions(valid, rejected);
    }

    private StoredMessages messages() {
        List<StoredMessage> valid = new ArrayList<>();
        Map<Long, String> rejected = new HashMap<>();
        scan(
                Table.MESSAGE,
                row -> valid.add(Change.Message.of(row).stored()),
                (row, why) -> rejected.put(row.number("number"), why));
        long last = handle.createQuery("SELECT last_message FROM meta").mapTo(long.class).one();
        for (StoredMessage message : valid) {
            last = Math.max(last, message.number());
        }
        return new StoredMessages(last, valid, rejected);
    }

    /** What is done with a row. */
    private interface Use {
        void of(Row row) throws SQLException;
    }

    private interface Rejection {
        void of(Row row, String why) throws SQLException;
    }

    /** A row that is damaged keeps nobody from starting: it is told of. */
    private void scan(Table table, Use use, Rejection rejection) {
        handle.createQuery("SELECT * FROM " + table.word() + " NOT INDEXED")
                .map((results, _) -> {
                    Row row = Row.of(results);
                    DamagedRows damaged = new DamagedRows();
                    boolean isSound = table.checksum(row) == row.number("checksum");
                    if (damaged.look(table, row, isSound)) {
                        use.of(row);
                    } else {
                        rejection.of(row, damaged.lines().getFirst());
                    }
                    return row;
                })
                .list();
    }

    StoredCheckpoints checkpoints(AgentPid pid) {
        List<Change.Checkpoint> valid = new ArrayList<>();
        List<String> rejected = new ArrayList<>();
        handle.createQuery(
                        """
                        SELECT path, number, run, epoch, at, content_type, state_version, checksum, state, handled,
                            plugin
                        FROM checkpoint WHERE path = :path ORDER BY number DESC\
                        """)
                .bind("path", pid.path())
                .map((row, _) ->
                        new Stored(Change.Checkpoint.of(Row.of(row)), row.getLong("checksum")))
                .forEach(stored -> {
                    if (stored.isSound()) {
                        valid.add(stored.checkpoint());
                    } else {
                        rejected.add(stored.complaint());
                    }
                });
        return new StoredCheckpoints(
                valid.stream().map(it -> it.stored(pid, plugins)).toList(), rejected);
    }

    /** A state as it was read, and the checksum that it had when it was saved. */
    private record Stored(Change.Checkpoint checkpoint, long checksum) {
        boolean isSound() {
            return checkpoint.checksum() == checksum;
        }

        String complaint() {
            return "checkpoint %d, of run %d at %s, has changed since it was saved: its checksum does not match"
                    .formatted(
                            checkpoint.number(), checkpoint.run(), Change.instant(checkpoint.at()));
        }
    }

    /** Those that have had no place since they were marked, in the order of their paths. */
    List<Orphan> orphans(String after, int limit) {
        return orphans(handle, "orphan.path > :path", after, limit);
    }

    Optional<Orphan> orphan(AgentPid pid) {
        return orphan(handle, pid.path());
    }

    static Optional<Orphan> orphan(Handle handle, String path) {
        return orphans(handle, "orphan.path = :path", path, 1).stream().findFirst();
    }

    private static List<Orphan> orphans(Handle handle, String which, String path, int limit) {
        return handle.createQuery(
                        """
                        SELECT orphan.path, since, max(at) AS at, sum(length(state)) AS bytes
                        FROM orphan JOIN checkpoint ON checkpoint.path = orphan.path
                        WHERE %s AND NOT EXISTS (SELECT 1 FROM child WHERE child.path = orphan.path)
                        GROUP BY orphan.path HAVING max(checkpoint.run) <= orphan.run
                        ORDER BY orphan.path LIMIT :limit\
                        """
                                .formatted(which))
                .bind("path", path)
                .bind("limit", limit)
                .map((row, _) ->
                        new Orphan(
                                new AgentPid(row.getString("path")),
                                Change.instant(row.getLong("since")),
                                Change.instant(row.getLong("at")),
                                row.getLong("bytes")))
                .list();
    }

    List<SupervisionEvent> history(HistoryQuery query) {
        Subtree subtree = new Subtree(query.path().orElse(""));
        List<SupervisionEvent> events =
                handle.createQuery(
                                """
                                SELECT seq, at, path, run, event, reason, detail, checksum, stack, text
                                FROM history LEFT JOIN stack ON digest = stack
                                WHERE seq > :after %s
                                ORDER BY seq %s LIMIT :limit\
                                """
                                        .formatted(
                                                query.path().isEmpty()
                                                        ? ""
                                                        : "AND (path = :path OR (path >= :from AND path < :to))",
                                                query.newest() ? "DESC" : "ASC"))
                        .bind("after", query.afterSeq())
                        .bind("limit", query.limit())
                        .bind("path", subtree.path())
                        .bind("from", subtree.from())
                        .bind("to", subtree.to())
                        .map((row, _) -> event(row))
                        .list();
        return List.copyOf(query.newest() ? events.reversed() : events);
    }

    private StoredChild child(ResultSet row, Table table) throws SQLException {
        check(row, table);
        try {
            return new StoredChild(
                    new SupervisorId(row.getString("supervisor")),
                    SpecJson.read(row.getString("spec")));
        } catch (IllegalArgumentException e) {
            throw new StorageException(
                    false,
                    "the child %s in %s cannot be read: %s; %s"
                            .formatted(
                                    row.getString("path"),
                                    file,
                                    Faults.oneLine(String.valueOf(e.getMessage())),
                                    Faults.REPLACE_IT),
                    e);
        }
    }

    /** Refuses a row that has changed since it was saved. */
    private void check(ResultSet row, Table table) throws SQLException {
        check(table.checksum(Row.of(row)), row.getLong("checksum"), row.getString("path"));
    }

    private void check(long actual, long stored, String path) {
        if (actual != stored) {
            throw new StorageException(
                    false,
                    "what %s says of %s has changed since it was saved: its checksum does not match; %s"
                            .formatted(file, path, Faults.REPLACE_IT),
                    null);
        }
    }

    private static String detail(ResultSet row) throws SQLException {
        byte[] stack = row.getBytes("stack");
        if (stack == null) {
            return row.getString("detail");
        }
        String text = row.getString("text");
        return text != null && Arrays.equals(Checksum.digest(text), stack) ? text : DAMAGED_DETAIL;
    }

    /** A damaged fact is one that is missing; the next ones are not kept back for it. */
    private static SupervisionEvent event(ResultSet row) throws SQLException {
        long seq = row.getLong("seq");
        Change.Event change = Change.Event.of(Row.of(row), detail(row));
        return change.checksum() == row.getLong("checksum")
                ? change.event()
                : new SupervisionEvent(
                        seq,
                        Change.instant(change.at()),
                        "",
                        0,
                        EventKind.HISTORY_GAP,
                        "fact "
                                + seq
                                + " has changed since it was saved: its checksum does not match",
                        "");
    }
}
