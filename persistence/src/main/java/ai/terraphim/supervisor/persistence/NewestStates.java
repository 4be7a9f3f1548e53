package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
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
 * saved, of which the answer tells; who has a state of more than {@value #MAX_STATE_BYTES} bytes;
 * and who comes when so many bytes are kept that there is no room for more.
 *
 * <p>With bare JDBC: this is the loop for which a supervisor's start waits. Several threads may
 * share it.
 */
final class NewestStates implements KnownStates {
    static final int MAX_STATE_BYTES = 64 << 10;

    private static final int MAX_GUESS = 1_000_000;

    /** Small ones, so that those who share the work end at about the same time. */
    private static final int PARTS = 64;

    /** What an agent's state takes in memory beside itself and what {@link Change} counts. */
    private static final int OVERHEAD = 300;

    /** A list of ids and a string for each, as far as they are more than their characters. */
    private static final int OVERHEAD_OF_ID = 60;

    /**
     * A row is packed to one text, as a call of the driver for each column takes longer than all
     * that SQLite does: its numbers first, then the texts and the state as they are, byte by byte.
     * The pages of a large state are not read, its length does not need them.
     */
    private static final String COLUMNS =
            """
            SELECT path,
                CASE WHEN octet_length(state) <= %d THEN
                    concat_ws(' ', number, run, epoch, at, state_version, checksum, plugin,
                        octet_length(content_type), octet_length(handled))
                    || ' ' || content_type || handled || state
                END,
                run, rowid
            FROM checkpoint NOT INDEXED\
            """
                    .formatted(MAX_STATE_BYTES);

    private final long maxBytes;
    private final Plugins plugins;
    private final long lastRow;
    private final AtomicInteger nextPart = new AtomicInteger();
    private final ConcurrentMap<String, Agent> agents;
    private final AtomicLong bytes = new AtomicLong();

    /** The content type of the last row: most have the same one, which is kept once. */
    private volatile String lastType = "";

    /**
     * What was read of an agent.
     *
     * @param newest null if it is left out
     */
    private record Agent(long lastRun, Change.@Nullable Checkpoint newest) {}

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
        try (PreparedStatement query =
                        connection.prepareStatement(COLUMNS + " WHERE rowid > ? AND rowid <= ?");
                PreparedStatement rest =
                        connection.prepareStatement(
                                "SELECT rowid, path, run FROM checkpoint NOT INDEXED WHERE rowid > ? AND rowid <= ?");
                PreparedStatement one = connection.prepareStatement(COLUMNS + " WHERE rowid = ?")) {
            for (int part = nextPart.getAndIncrement();
                    part < PARTS;
                    part = nextPart.getAndIncrement()) {
                long begin = part == 0 ? Long.MIN_VALUE : end(part - 1);
                long last = readUntilFull(query, begin, end(part));
                if (last < end(part)) {
                    readRest(rest, one, last, end(part));
                }
            }
        }
    }

    /** The last row of a part. */
    private long end(int part) {
        return part == PARTS - 1 ? lastRow : lastRow / PARTS * (part + 1);
    }

    private boolean isFull() {
        return bytes.get() >= maxBytes;
    }

    /** Says which row was the last one. */
    private long readUntilFull(PreparedStatement query, long from, long to) throws SQLException {
        query.setLong(1, from);
        query.setLong(2, to);
        long last = from;
        try (ResultSet rows = query.executeQuery()) {
            while (!isFull()) {
                if (!rows.next()) {
                    return to;
                }
                read(rows);
                last = rows.getLong(4);
            }
        }
        return last;
    }

    /** Of the other rows only those count whose agents are kept. */
    private void readRest(PreparedStatement rest, PreparedStatement one, long from, long to)
            throws SQLException {
        rest.setLong(1, from);
        rest.setLong(2, to);
        try (ResultSet rows = rest.executeQuery()) {
            while (rows.next()) {
                String path = rows.getString(2);
                Agent agent = agents.get(path);
                if (agent != null && agent.newest != null) {
                    one.setLong(1, rows.getLong(1));
                    try (ResultSet row = one.executeQuery()) {
                        row.next();
                        read(row);
                    }
                } else {
                    add(path, rows.getLong(3), null);
                }
            }
        }
    }

    private void read(ResultSet row) throws SQLException {
        String path = row.getString(1);
        byte[] packed = row.getBytes(2);
        Change.Checkpoint checkpoint = packed == null ? null : unpack(path, packed);
        add(path, checkpoint == null ? row.getLong(3) : checkpoint.run(), checkpoint);
    }

    /**
     * @param checkpoint null leaves the agent out
     */
    private void add(String path, long run, Change.@Nullable Checkpoint checkpoint) {
        bytes.addAndGet(size(checkpoint));
        agents.merge(path, new Agent(run, checkpoint), this::newer);
    }

    private Agent newer(Agent one, Agent other) {
        Change.Checkpoint newest =
                one.newest == null || other.newest == null
                        ? null
                        : one.newest.number() > other.newest.number() ? one.newest : other.newest;
        bytes.addAndGet(size(newest) - size(one.newest) - size(other.newest));
        return new Agent(Math.max(one.lastRun, other.lastRun), newest);
    }

    /** Null if it has changed since it was saved. */
    private Change.@Nullable Checkpoint unpack(String path, byte[] bytes) {
        try {
            Packed packed = new Packed(bytes);
            long number = packed.number();
            long run = packed.number();
            long epoch = packed.number();
            long at = packed.number();
            int stateVersion = (int) packed.number();
            long checksum = packed.number();
            long plugin = packed.number();
            int typeLength = (int) packed.number();
            int handledLength = (int) packed.number();
            String type = packed.text(typeLength);
            String last = lastType;
            if (type.equals(last)) {
                type = last;
            } else {
                lastType = type;
            }
            String handled = packed.text(handledLength);
            Change.Checkpoint checkpoint =
                    new Change.Checkpoint(
                            path,
                            number,
                            run,
                            epoch,
                            at,
                            type,
                            stateVersion,
                            packed.rest(),
                            handled,
                            plugin);
            return checkpoint.checksum() == checksum ? checkpoint : null;
        } catch (IndexOutOfBoundsException _) { // a number was no number
            return null;
        }
    }

    /** What {@link #COLUMNS} packs. */
    private static final class Packed {
        private final byte[] bytes;
        private int at;

        Packed(byte[] bytes) {
            this.bytes = bytes;
        }

        /** The next number, and the space behind it. */
        long number() {
            boolean isNegative = bytes[at] == '-';
            if (isNegative) {
                at++;
            }
            long number = 0;
            for (; bytes[at] != ' '; at++) {
                number = number * 10 + bytes[at] - '0';
            }
            at++;
            return isNegative ? -number : number;
        }

        String text(int length) {
            if (length == 0) {
                return "";
            }
            at += length;
            return new String(bytes, at - length, length, UTF_8);
        }

        byte[] rest() {
            return Arrays.copyOfRange(bytes, at, bytes.length);
        }
    }

    private static long size(Change.@Nullable Checkpoint checkpoint) {
        if (checkpoint == null) {
            return 0;
        }
        String handled = checkpoint.handled(); // empty, mostly
        long ids = handled.isEmpty() ? 0 : handled.chars().filter(c -> c == '\n').count();
        return OVERHEAD + checkpoint.bytes() + OVERHEAD_OF_ID * ids;
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
                : Optional.of(agent.newest.stored(new AgentPid(path), plugins));
    }

    /** Of how many agents there are states. */
    int size() {
        return agents.size();
    }
}
