package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The newest state of each agent, read in one pass over their table, which costs a fraction of a
 * query for each. Left out, for the agent to ask, is who has a row that has changed since it was
 * saved, of which the answer tells; who has a state of more than {@value PackedRow#MAX_BYTES}
 * bytes; and who comes when so many bytes are kept that there is no room for more.
 *
 * <p>This is the loop for which a supervisor's start waits: with bare JDBC, on several threads,
 * many rows at a time, which stay as they came until an agent asks. So the row before the newest
 * takes memory as well; to copy the newest out takes longer.
 */
final class NewestStates implements KnownStates {
    private static final int MAX_GUESS = 1_000_000;

    /** Small ones, so that those who share the work end at about the same time. */
    private static final int PARTS = 64;

    /** What a row takes in memory beside itself: most agents have two. */
    private static final int OVERHEAD = 100;

    /** Rows behind each other, at most 7 MiB, their lengths, and the number of the last. */
    private static final String ROWS =
            """
            SELECT group_concat(packed, ''), group_concat(octet_length(packed), char(%d)), max(id)
            FROM (
                SELECT rowid AS id, %s AS packed
                FROM checkpoint NOT INDEXED WHERE rowid > ? AND rowid <= ? LIMIT 100
            )\
            """
                    .formatted(PackedRow.Fields.SEPARATOR, PackedRow.SQL);

    private final long maxBytes;
    private final Plugins plugins;
    private final long lastRow;
    private final AtomicInteger nextPart = new AtomicInteger();
    private final ConcurrentMap<String, Agent> agents;
    private final AtomicLong bytes = new AtomicLong();

    /** The content type of the last answer: most have the same one, which is kept once. */
    private volatile String lastType = "";

    /**
     * What was read of an agent.
     *
     * @param number of its newest state
     * @param newest the row of that, where it came among others; null if the agent is left out
     */
    private record Agent(long lastRun, long number, @Nullable ByteBuffer newest) {}

    private NewestStates(long maxBytes, Plugins plugins, long lastRow) {
        this.maxBytes = maxBytes;
        this.plugins = plugins;
        this.lastRow = lastRow;
        // Most agents have two rows.
        agents = new ConcurrentHashMap<>((int) Math.min(lastRow / 2, MAX_GUESS));
    }

    /**
     * Of which nothing is read yet. They are good once each call of {@link #read} has returned.
     *
     * @param maxBytes about how much memory the states may take
     * @param plugins the versions that the store will know when it is asked
     */
    static NewestStates begin(Connection connection, long maxBytes, Plugins plugins)
            throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT coalesce(max(rowid), 0) FROM checkpoint NOT INDEXED");
                ResultSet row = query.executeQuery()) {
            row.next();
            return new NewestStates(maxBytes, plugins, row.getLong(1));
        }
    }

    /**
     * Reads the table in the order in which it is stored, never through an index, until nothing is
     * left of it. Another thread may do that at the same time with another connection.
     */
    void read(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(ROWS);
                PreparedStatement rest =
                        connection.prepareStatement(
                                "SELECT rowid, path, run FROM checkpoint NOT INDEXED WHERE rowid > ? AND rowid <= ?")) {
            for (int part = nextPart.getAndIncrement();
                    part < PARTS;
                    part = nextPart.getAndIncrement()) {
                long last = part == 0 ? Long.MIN_VALUE : end(part - 1);
                while (last < end(part) && bytes.get() < maxBytes) {
                    last = readSome(query, last, end(part));
                }
                if (last < end(part)) {
                    readRest(rest, query, last, end(part));
                }
            }
        }
    }

    /** The last row of a part. */
    private long end(int part) {
        return part == PARTS - 1 ? lastRow : lastRow / PARTS * (part + 1);
    }

    /** Says which row was the last one. */
    private long readSome(PreparedStatement query, long from, long to) throws SQLException {
        query.setLong(1, from);
        query.setLong(2, to);
        try (ResultSet answer = query.executeQuery()) {
            answer.next();
            byte[] rows = answer.getBytes(1);
            if (rows == null) {
                return to;
            }
            var lengths = new PackedRow.Fields(ByteBuffer.wrap(answer.getBytes(2)));
            int begin = 0;
            while (lengths.hasNext()) {
                int length = (int) lengths.number();
                add(ByteBuffer.wrap(rows, begin, length));
                bytes.addAndGet(length + OVERHEAD);
                begin += length;
            }
            return answer.getLong(3);
        }
    }

    /** Of the other rows only those count whose agents are kept. */
    private void readRest(PreparedStatement rest, PreparedStatement query, long from, long to)
            throws SQLException {
        rest.setLong(1, from);
        rest.setLong(2, to);
        try (ResultSet rows = rest.executeQuery()) {
            while (rows.next()) {
                long row = rows.getLong(1);
                String path = rows.getString(2);
                Agent agent = agents.get(path);
                if (agent != null && agent.newest != null) {
                    readSome(query, row - 1, row);
                } else {
                    add(path, new Agent(rows.getLong(3), 0, null));
                }
            }
        }
    }

    private void add(ByteBuffer packed) {
        PackedRow row = new PackedRow(packed);
        add(row.path(), new Agent(row.run(), row.number(), row.isSound() ? packed : null));
    }

    private void add(String path, Agent agent) {
        agents.merge(path, agent, NewestStates::newer);
    }

    private static Agent newer(Agent one, Agent other) {
        Agent newer = one.number > other.number ? one : other;
        return new Agent(
                Math.max(one.lastRun, other.lastRun),
                newer.number,
                one.newest == null || other.newest == null ? null : newer.newest);
    }

    /** Gives the newest run that has saved a state, by agent. */
    void runs(BiConsumer<String, Long> consumer) {
        agents.forEach((path, agent) -> consumer.accept(path, agent.lastRun));
    }

    @Override
    public boolean isKnown(String path) {
        Agent agent = agents.get(path);
        return agent == null || agent.newest != null;
    }

    @Override
    public Optional<StoredCheckpoint> newest(String path) {
        Agent agent = agents.get(path);
        return agent == null || agent.newest == null
                ? Optional.empty()
                : Optional.of(stored(new AgentPid(path), new PackedRow(agent.newest)));
    }

    private StoredCheckpoint stored(AgentPid pid, PackedRow row) {
        String type = row.contentType();
        String last = lastType;
        if (type.equals(last)) {
            type = last;
        } else {
            lastType = type;
        }
        return row.checkpoint(type).stored(pid, plugins);
    }

    /** Of how many agents there are states. */
    int size() {
        return agents.size();
    }
}
