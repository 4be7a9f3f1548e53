package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.StoreOptions.OrphanLimits;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Finds the states of agents that have left the tree, and deletes them when they are old enough.
 * For the writer, in its transactions.
 *
 * <p>An orphan is marked when its child is removed, or by a look at all states that begins when the
 * tree starts and goes on between the writes, some at a time. A mark is a reminder to look again,
 * and no proof: what it says is compared with the tree once more before anything is deleted, and
 * nothing is deleted before the tree is known.
 *
 * <p>A run number is forgotten when nothing in the store is about its agent any more: no place in
 * the tree, no state, no fact.
 */
final class Orphans {
    private static final int BATCH = 1_000;

    private final OrphanLimits limits;
    private final InstantSource clock;

    /** What is configured; null before it is known. */
    private @Nullable SupervisorConfig tree;

    private Predicate<AgentPid> isThere = _ -> false;
    private Consumer<List<AgentPid>> listener = _ -> {};

    /**
     * The last place with a state that was looked at since the tree has started; null when all
     * were.
     */
    private @Nullable String looked;

    /** The same of places with run numbers. */
    private @Nullable String lookedForRuns;

    Orphans(OrphanLimits limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** From now on it is known what has left the tree. */
    void treeStarts(Change.TreeStarts start) {
        tree = start.tree();
        isThere = start.isThere();
        listener = start.deleted();
        looked = "";
        lookedForRuns = "";
    }

    /** Who is told of what was deleted. */
    Consumer<List<AgentPid>> listener() {
        return listener;
    }

    /** A child was added: it is no orphan, nor are those that are configured in it. */
    void added(Handle handle, String path) {
        List<String> marked = in("orphan", path, handle);
        if (!marked.isEmpty()) {
            NavigableSet<String> gone = new TreeSet<>(marked);
            removeKnown(handle, gone);
            unmark(handle, marked.stream().filter(it -> !gone.contains(it)).toList());
        }
    }

    /** Leaves the places that are nowhere. */
    private void removeKnown(Handle handle, NavigableSet<String> places) {
        Places.removeKnown(handle, tree, places);
        places.removeIf(this::isThere);
    }

    private boolean isThere(String path) {
        return path.indexOf('/') > 0 && isThere.test(new AgentPid(path));
    }

    /** The places in a table, at a path and below. */
    private static List<String> in(String table, String path, Handle handle) {
        Subtree subtree = new Subtree(path);
        return handle.createQuery(
                        "SELECT DISTINCT path FROM %s WHERE path = :path OR (path >= :from AND path < :to)"
                                .formatted(table))
                .bind("path", path)
                .bind("from", subtree.from())
                .bind("to", subtree.to())
                .mapTo(String.class)
                .list();
    }

    /** Children were removed, with all below them. */
    void removed(Handle handle, Collection<String> children) {
        NavigableSet<String> places = new TreeSet<>();
        Subtree last = new Subtree("");
        for (String child : new TreeSet<>(children)) {
            if (!child.startsWith(last.from())) {
                last = new Subtree(child);
                places.addAll(in("checkpoint", child, handle));
            }
        }
        if (places.isEmpty()) {
            return;
        }
        removeKnown(handle, places);
        mark(handle, places);
    }

    /**
     * Goes on with what there is to do, for a while.
     *
     * @param factless places of which there are fewer facts now
     * @return those whose states were deleted
     */
    List<AgentPid> tend(Handle handle, Collection<String> factless) {
        if (tree == null) {
            return List.of();
        }
        look(handle);
        List<AgentPid> deleted = deleteOld(handle);
        NavigableSet<String> idle = new TreeSet<>(factless);
        deleted.forEach(pid -> idle.add(pid.path()));
        idle.addAll(nextRuns(handle));
        forgetRuns(handle, idle);
        return deleted;
    }

    /** Marks those of the next states that are orphans, and unmarks the others. */
    private void look(Handle handle) {
        if (looked == null) {
            return;
        }
        List<String> page = page("checkpoint", looked, handle);
        NavigableSet<String> orphans = new TreeSet<>(page);
        removeKnown(handle, orphans);
        if (!page.isEmpty()) {
            unmark(
                    handle,
                    handle.createQuery(
                                    "SELECT path FROM orphan WHERE path BETWEEN :first AND :last")
                            .bind("first", page.getFirst())
                            .bind("last", page.getLast())
                            .mapTo(String.class)
                            .filter(path -> !orphans.contains(path))
                            .list());
        }
        mark(handle, orphans);
        looked = last(page);
    }

    /**
     * The next places with run numbers: one without a state, whose facts have gone while it had its
     * place in the tree, is not missed by anything else when it loses that.
     */
    private List<String> nextRuns(Handle handle) {
        if (lookedForRuns == null) {
            return List.of();
        }
        List<String> page = page("run", lookedForRuns, handle);
        lookedForRuns = last(page);
        return page;
    }

    private static List<String> page(String table, String after, Handle handle) {
        return handle.createQuery(
                        "SELECT DISTINCT path FROM %s WHERE path > :after ORDER BY path LIMIT :most"
                                .formatted(table))
                .bind("most", BATCH)
                .bind("after", after)
                .mapTo(String.class)
                .list();
    }

    private static @Nullable String last(List<String> page) {
        return page.size() < BATCH ? null : page.getLast();
    }

    private record Marked(String path, long run, long bytes, boolean isSound) {}

    private List<AgentPid> deleteOld(Handle handle) {
        if (limits.maxAge().isEmpty()) {
            return List.of();
        }
        Instant before = clock.instant().minus(limits.maxAge().get());
        List<Marked> old =
                handle.createQuery(
                                """
                                SELECT *,
                                    (SELECT sum(length(state)) FROM checkpoint WHERE checkpoint.path = orphan.path) AS bytes
                                FROM orphan WHERE since < :before ORDER BY since LIMIT :most\
                                """)
                        .bind("most", BATCH)
                        .bind("before", Change.nanos(before))
                        .map((results, _) -> {
                            Row row = Row.of(results);
                            return new Marked(
                                    row.text("path"),
                                    row.number("run"),
                                    row.number("bytes"),
                                    Table.ORPHAN.checksum(row) == row.number("checksum"));
                        })
                        .list();
        NavigableSet<String> orphans = new TreeSet<>();
        old.forEach(marked -> orphans.add(marked.path));
        removeKnown(handle, orphans);
        List<AgentPid> deleted = new ArrayList<>();
        long bytes = 0;
        for (Marked marked : old) {
            if (bytes > Writer.MAX_GROUP_BYTES) {
                break;
            }
            if (!orphans.contains(marked.path)) {
                unmark(handle, List.of(marked.path));
            } else if (!marked.isSound || newestRun(handle, marked.path) > marked.run) {
                // It has had a place since, or the mark is damaged: its time begins now.
                unmark(handle, List.of(marked.path));
                mark(handle, List.of(marked.path));
            } else {
                bytes += marked.bytes;
                deleteStates(handle, marked.path);
                deleted.add(new AgentPid(marked.path));
            }
        }
        return deleted;
    }

    /** Deletes the states of an orphan that somebody has named, if it still is one. */
    void delete(Handle handle, String path) {
        NavigableSet<String> orphan = new TreeSet<>(List.of(path));
        removeKnown(handle, orphan);
        if (!orphan.isEmpty() && Reader.orphan(handle, path).isPresent()) {
            deleteStates(handle, path);
            forgetRuns(handle, orphan);
        }
    }

    private static void deleteStates(Handle handle, String path) {
        handle.createUpdate("DELETE FROM checkpoint WHERE path = :path")
                .bind("path", path)
                .execute();
        unmark(handle, List.of(path));
    }

    private void mark(Handle handle, Collection<String> paths) {
        long since = Change.nanos(clock.instant());
        for (String path : paths) {
            long run = newestRun(handle, path);
            handle.createUpdate(
                            """
                            INSERT INTO orphan (path, since, run, checksum) VALUES (:path, :since, :run, :checksum)
                            ON CONFLICT (path) DO UPDATE SET
                                since = excluded.since, run = excluded.run, checksum = excluded.checksum
                            WHERE excluded.run > run\
                            """)
                    .bind("path", path)
                    .bind("since", since)
                    .bind("run", run)
                    .bind("checksum", new Checksum().add(path).add(since).add(run).value())
                    .execute();
        }
    }

    private static void unmark(Handle handle, Collection<String> paths) {
        for (String path : paths) {
            handle.createUpdate("DELETE FROM orphan WHERE path = :path")
                    .bind("path", path)
                    .execute();
        }
    }

    private static long newestRun(Handle handle, String path) {
        return handle.createQuery(
                        """
                        SELECT max(
                            coalesce((SELECT last FROM run WHERE path = :path), 0),
                            coalesce((SELECT max(run) FROM checkpoint WHERE path = :path), 0))\
                        """)
                .bind("path", path)
                .mapTo(long.class)
                .one();
    }

    /** Forgets the run numbers of those of which nothing else is known. */
    private void forgetRuns(Handle handle, NavigableSet<String> idle) {
        Places.removeConfigured(tree, idle); // most, and that is known without a query for each
        idle.removeIf(this::isThere);
        idle.removeIf(path ->
                handle.createQuery(
                                """
                                SELECT EXISTS (SELECT 1 FROM history WHERE path = :path)
                                    OR EXISTS (SELECT 1 FROM checkpoint WHERE path = :path)
                                    OR EXISTS (SELECT 1 FROM stopped WHERE path = :path)
                                    OR EXISTS (SELECT 1 FROM condition WHERE path = :path)
                                    OR EXISTS (SELECT 1 FROM message WHERE path = :path)\
                                """)
                        .bind("path", path)
                        .mapTo(boolean.class)
                        .one());
        if (idle.isEmpty()) {
            return;
        }
        removeKnown(handle, idle);
        for (String path : idle) {
            for (String table : List.of("run", "instance")) {
                handle.createUpdate("DELETE FROM " + table + " WHERE path = :path")
                        .bind("path", path)
                        .execute();
            }
            keepNumber(handle, path);
        }
    }

    /** An instance of a pool has a number for its id, and no other is ever to have that. */
    private static void keepNumber(Handle handle, String path) {
        String supervisor = Places.above(path);
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (supervisor.isEmpty() || !id.matches("[0-9]{1,18}")) {
            return;
        }
        long number = Long.parseLong(id);
        // A supervisor that is forgotten itself begins anew if it ever comes back.
        handle.createUpdate(
                        """
                        INSERT INTO instance (path, last, checksum)
                        SELECT :path, :last, :checksum WHERE EXISTS (SELECT 1 FROM run WHERE path = :path)
                        ON CONFLICT (path) DO UPDATE SET last = excluded.last, checksum = excluded.checksum
                        WHERE excluded.last > last\
                        """)
                .bind("path", supervisor)
                .bind("last", number)
                .bind("checksum", new Checksum().add(supervisor).add(number).value())
                .execute();
    }
}
