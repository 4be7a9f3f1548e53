package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The newest state of each agent, read in one pass over their table, which costs a fraction of a
 * query for each. Left out, for the agent to ask, is who has a row that has changed since it was
 * saved, of which the answer tells; who has a state of more than {@value #MAX_STATE_BYTES} bytes;
 * and who comes when so many bytes are kept that there is no room for more.
 *
 * <p>With bare JDBC: this is the loop for which a supervisor's start waits.
 */
final class NewestStates {
    static final int MAX_STATE_BYTES = 64 << 10;

    private static final int MAX_GUESS = 1_000_000;

    /** What an agent's state takes in memory beside itself and what {@link Change} counts. */
    private static final int OVERHEAD = 300;

    /** A list of ids and a string for each, as far as they are more than their characters. */
    private static final int OVERHEAD_OF_ID = 60;

    /**
     * The pages of a large state are not read: {@code length} does not need them. Texts that are
     * the same in most rows are not handed to Java each time, which takes a tenth of all.
     */
    private static final String COLUMNS =
            """
            SELECT path, number, run, epoch, at, nullif(content_type, ?), state_version, checksum,
                CASE WHEN length(state) <= %1$d THEN state END,
                CASE WHEN length(state) <= %1$d THEN nullif(handled, '') END,
                CASE WHEN length(state) <= %1$d THEN plugin END,
                rowid
            FROM checkpoint NOT INDEXED\
            """
                    .formatted(MAX_STATE_BYTES);

    private final Connection connection;
    private final long maxBytes;
    private final Map<String, Agent> agents;

    /** The content type of most states, if any is. */
    private final String usualType;

    private long bytes;
    private boolean full;

    /** What was read of an agent. */
    private static final class Agent {
        private long lastRun;
        private boolean leftOut;

        /** Null before the first, and if it is left out. */
        private Change.@Nullable Checkpoint newest;
    }

    private NewestStates(Connection connection, long maxBytes, int agents, String usualType) {
        this.connection = connection;
        this.maxBytes = maxBytes;
        this.agents = HashMap.newHashMap(agents);
        this.usualType = usualType;
    }

    /**
     * Reads the table in the order in which it is stored, never through an index.
     *
     * @param maxBytes about how much memory the states may take
     */
    static NewestStates read(Connection connection, long maxBytes) throws SQLException {
        NewestStates states = begin(connection, maxBytes);
        long last = states.readUntilFull();
        if (states.full) {
            states.readRest(last);
        }
        return states;
    }

    /** With two guesses: that most agents have two rows, and their states the type of the last. */
    private static NewestStates begin(Connection connection, long maxBytes) throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT coalesce(max(rowid), 0), content_type FROM checkpoint NOT INDEXED");
                ResultSet row = query.executeQuery()) {
            row.next();
            return new NewestStates(
                    connection,
                    maxBytes,
                    (int) Math.min(row.getLong(1) / 2, MAX_GUESS),
                    Objects.requireNonNullElse(row.getString(2), ""));
        }
    }

    /** Says which row was the last one if there is no more room. */
    private long readUntilFull() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
            query.setString(1, usualType);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    read(rows);
                    if (full) {
                        return rows.getLong(12);
                    }
                }
            }
        }
        return 0;
    }

    /** Of the other rows only those count whose agents are kept. */
    private void readRest(long last) throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT rowid, path, run FROM checkpoint NOT INDEXED WHERE rowid > ?");
                PreparedStatement one = connection.prepareStatement(COLUMNS + " WHERE rowid = ?")) {
            query.setLong(1, last);
            one.setString(1, usualType);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    if (agent(rows.getString(2), rows.getLong(3)).newest == null) {
                        continue;
                    }
                    one.setLong(2, rows.getLong(1));
                    try (ResultSet row = one.executeQuery()) {
                        row.next();
                        read(row);
                    }
                }
            }
        }
    }

    private Agent agent(String path, long run) {
        Agent agent = agents.computeIfAbsent(path, _ -> new Agent());
        agent.lastRun = Math.max(agent.lastRun, run);
        return agent;
    }

    private void read(ResultSet row) throws SQLException {
        String path = row.getString(1);
        long run = row.getLong(3);
        Agent agent = agent(path, run);
        if (agent.leftOut) {
            return;
        }
        byte[] state = row.getBytes(9);
        if (state == null) {
            leaveOut(agent);
            return;
        }
        Change.Checkpoint checkpoint =
                new Change.Checkpoint(
                        path,
                        row.getLong(2),
                        run,
                        row.getLong(4),
                        row.getLong(5),
                        Objects.requireNonNullElse(row.getString(6), usualType),
                        row.getInt(7),
                        state,
                        Objects.requireNonNullElse(row.getString(10), ""),
                        row.getLong(11));
        if (checkpoint.checksum() == row.getLong(8)) {
            keep(agent, checkpoint);
        } else {
            leaveOut(agent);
        }
    }

    private void keep(Agent agent, Change.Checkpoint checkpoint) {
        Change.Checkpoint known = agent.newest;
        if (known == null || known.number() < checkpoint.number()) {
            bytes += size(checkpoint) - size(known);
            agent.newest = checkpoint;
        }
        if (bytes > maxBytes) {
            full = true;
            leaveOut(agent);
        }
    }

    private void leaveOut(Agent agent) {
        agent.leftOut = true;
        bytes -= size(agent.newest);
        agent.newest = null;
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

    /**
     * What is known now. Once: what is given is not kept here.
     *
     * @param plugins the versions that the store knows
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of entries
    KnownStates take(Plugins plugins) {
        List<Map.Entry<String, StoredCheckpoint>> newest = new ArrayList<>(agents.size());
        Set<String> unknown = new HashSet<>();
        agents.forEach((path, agent) -> {
            if (agent.newest == null) {
                unknown.add(path);
            } else {
                newest.add(Map.entry(path, agent.newest.stored(new AgentPid(path), plugins)));
                agent.newest = null;
            }
        });
        return new KnownStates(
                Map.ofEntries(newest.toArray(new Map.Entry[0])),
                full ? Set.of() : unknown, // those may be very many
                !full);
    }

    /** Of how many agents there are states. */
    int size() {
        return agents.size();
    }
}
