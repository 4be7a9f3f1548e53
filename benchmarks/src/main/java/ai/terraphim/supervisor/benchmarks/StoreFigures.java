package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.KnownStates;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The store beside what the same SQLite library does when it is given the same rows by a bare JDBC
 * program: {@code StoreFigures [ROUNDS [SECONDS [AGENTS [PART...]]]]}. Both take turns, so that a
 * slow minute of the machine meets both; medians of the rounds are held against the targets.
 */
final class StoreFigures {
    static final List<String> PARTS =
            List.of("callers", "caller", "rate", "size", "recovery", "again");

    private static final int BYTES = 200;
    private static final int BATCH = 4_096;
    private static final int CALLERS = 10_000;
    private static final int RATE = 20_000;
    private static final byte[] STATE = new byte[BYTES];
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    private final int rounds;
    private final Duration time;
    private final int agents;
    private final PrintStream out;

    StoreFigures(int rounds, Duration time, int agents, PrintStream out) {
        this.rounds = rounds;
        this.time = time;
        this.agents = agents;
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int agents = args.length > 2 ? Integer.parseInt(args[2]) : 100_000;
        List<String> parts = args.length > 3 ? List.of(args).subList(3, args.length) : PARTS;
        if (!PARTS.containsAll(parts)) {
            throw new IllegalArgumentException("there are the parts " + PARTS + ", not " + parts);
        }
        new StoreFigures(rounds, Duration.ofSeconds(seconds), agents, System.out).run(parts);
    }

    /** Something that is measured in a folder of its own. */
    private interface Measured {
        double in(Path folder) throws Exception;
    }

    void run(List<String> parts) throws Exception {
        for (String part : parts) {
            switch (part) {
                case "callers" ->
                        ratio(
                                "10,000 callers",
                                folder -> store(folder, CALLERS),
                                folder -> raw(folder, BATCH),
                                0.6);
                case "caller" ->
                        ratio(
                                "1 caller",
                                folder -> store(folder, 1),
                                folder -> raw(folder, 1),
                                0.8);
                case "rate" -> openLoop();
                case "size" -> size();
                case "recovery" -> recovery();
                case "again" -> again();
                default -> throw new IllegalArgumentException(part);
            }
        }
    }

    private void ratio(String what, Measured ours, Measured raw, double target) throws Exception {
        double[] store = new double[rounds];
        double[] limit = new double[rounds];
        inFolder(ours); // warms up
        inFolder(raw);
        for (int round = 0; round < rounds; round++) {
            store[round] = inFolder(ours);
            limit[round] = inFolder(raw);
        }
        double ratio = median(store) / median(limit);
        out.printf(
                Locale.ROOT,
                "%s: %,.0f checkpoints/s, raw JDBC %,.0f/s, ratio %.2f, target >= %.2f: %s%n",
                what,
                median(store),
                median(limit),
                ratio,
                target,
                word(ratio >= target));
    }

    /** Checkpoints a second by so many callers, each of which waits for its last one. */
    private double store(Path folder, int callers) throws Exception {
        try (var store = SqliteStore.open(folder, "benchmark")) {
            Semaphore free = new Semaphore(callers);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            long start = System.nanoTime();
            long n = 0;
            while (System.nanoTime() - start < time.toNanos()) {
                free.acquire();
                var _ =
                        store.saveCheckpoint(checkpoint(n++, callers))
                                .whenComplete((_, e) -> {
                                    if (e != null) {
                                        failure.set(e);
                                    }
                                    free.release();
                                });
            }
            free.acquire(callers);
            return perSecond(n, start, failure);
        }
    }

    /** Rows a second in transactions of so many, into a table like the store's. */
    private double raw(Path folder, int batch) throws Exception {
        try (Connection connection = connect(folder);
                PreparedStatement insert =
                        connection.prepareStatement(
                                """
                                INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                                ON CONFLICT (path, slot) DO UPDATE SET
                                    number = excluded.number, run = excluded.run, epoch = excluded.epoch,
                                    at = excluded.at, content_type = excluded.content_type,
                                    state_version = excluded.state_version, checksum = excluded.checksum,
                                    state = excluded.state\
                                """)) {
            long start = System.nanoTime();
            long n = 0;
            while (System.nanoTime() - start < time.toNanos()) {
                for (int i = 0; i < batch; i++, n++) {
                    int callers = batch == 1 ? 1 : CALLERS;
                    long number = n / callers + 1;
                    insert.setString(1, pid(n, callers).path());
                    insert.setLong(2, number & 1);
                    insert.setLong(3, number);
                    insert.setLong(4, 1);
                    insert.setLong(5, 1);
                    insert.setLong(6, n);
                    insert.setString(7, "application/octet-stream");
                    insert.setInt(8, 1);
                    insert.setLong(9, n);
                    insert.setBytes(10, STATE);
                    insert.addBatch();
                }
                insert.executeBatch();
                connection.commit();
            }
            return perSecond(n, start, new AtomicReference<>());
        }
    }

    private static Connection connect(Path folder) throws Exception {
        Connection connection =
                DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("raw.db"));
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute(
                    """
                    CREATE TABLE checkpoint (
                        path TEXT NOT NULL, slot INTEGER NOT NULL, number INTEGER NOT NULL, run INTEGER NOT NULL,
                        epoch INTEGER NOT NULL, at INTEGER NOT NULL, content_type TEXT NOT NULL,
                        state_version INTEGER NOT NULL, checksum INTEGER NOT NULL, state BLOB NOT NULL,
                        PRIMARY KEY (path, slot)) STRICT\
                    """);
        }
        connection.setAutoCommit(false);
        return connection;
    }

    /** At a fixed rate, whatever the answers do; each waits from when it was due. */
    private void openLoop() throws Exception {
        double[] p99 = new double[rounds];
        double[] max = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            int at = round;
            inFolder(folder -> {
                long[] nanos = openLoop(folder);
                Arrays.sort(nanos);
                p99[at] = nanos[(int) (nanos.length * 0.99)] / 1e6;
                max[at] = nanos[nanos.length - 1] / 1e6;
                return 0;
            });
        }
        double stall = Arrays.stream(max).max().orElseThrow();
        out.printf(
                Locale.ROOT,
                "open loop, 20,000/s of 10,000 agents: p99 %.2f ms, target <= 10: %s; longest %.1f ms, target <= 250: %s%n",
                median(p99),
                word(median(p99) <= 10),
                stall,
                word(stall <= 250));
    }

    private long[] openLoop(Path folder) throws Exception {
        int count = Math.toIntExact(RATE * time.toMillis() / 1_000);
        long[] nanos = new long[count];
        CompletableFuture<?>[] done = new CompletableFuture<?>[count];
        try (var store = SqliteStore.open(folder, "benchmark")) {
            long start = System.nanoTime() + 100_000_000;
            for (int i = 0; i < count; i++) {
                int at = i;
                long due = start + i * 1_000_000_000L / RATE;
                for (long left = due - System.nanoTime();
                        left > 0;
                        left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                done[i] =
                        store.saveCheckpoint(checkpoint(i, CALLERS))
                                .thenRun(() -> nanos[at] = System.nanoTime() - due)
                                .toCompletableFuture();
            }
            CompletableFuture.allOf(done).join();
        }
        return nanos;
    }

    /** How large the files are after many checkpoints of few agents, beside the first ones. */
    private void size() throws Exception {
        int few = 1_000;
        inFolder(folder -> {
            save(folder, 2L * few, few);
            long once = bytes(folder);
            long many = 100L * agents;
            save(folder, many, few);
            long after = bytes(folder);
            out.printf(
                    Locale.ROOT,
                    "size after %,d checkpoints of %,d agents: %,d KiB, after two of each %,d KiB, ratio %.2f, target <= 2: %s%n",
                    many,
                    few,
                    after >> 10,
                    once >> 10,
                    after / (double) once,
                    word(after <= 2 * once));
            return 0;
        });
    }

    private static void save(Path folder, long checkpoints, int agents) throws Exception {
        try (var store = SqliteStore.open(folder, "benchmark")) {
            Semaphore free = new Semaphore(CALLERS);
            for (long n = 0; n < checkpoints; n++) {
                free.acquire();
                var _ =
                        store.saveCheckpoint(checkpoint(n, agents))
                                .whenComplete((_, _) -> free.release());
            }
            free.acquire(CALLERS);
        }
    }

    private static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            long sum = 0;
            for (Path file : files.toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    /** Opens a store with two states of each agent, and begins with the newest of each. */
    private void recovery() throws Exception {
        inFolder(folder -> {
            save(folder, 2L * agents, agents);
            Recovered first = recover(folder); // warms up
            List<Recovered> all = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                all.add(recover(folder));
            }
            double taken = median(all, Recovered::taken);
            double target = agents <= 100_000 ? 0.5 : 2.5;
            out.printf(
                    Locale.ROOT,
                    "recovery of %,d agents: states asked for one by one in %.2f s; all rows read by bare JDBC in %.2f s; checked and opened in %.2f s, and all states taken in %.2f s (the first time %.2f), target < %.1f: %s%n",
                    agents,
                    median(all, Recovered::asked),
                    median(all, Recovered::raw),
                    median(all, Recovered::opened),
                    taken,
                    first.taken(),
                    target,
                    word(taken < target));
            return 0;
        });
    }

    /**
     * Seconds: for the bare program; until the store was open, and all states were taken; asked.
     */
    private record Recovered(double raw, double opened, double taken, double asked) {}

    private Recovered recover(Path folder) throws Exception {
        long start = System.nanoTime();
        readAll(folder);
        double raw = secondsSince(start);
        start = System.nanoTime();
        try (var store = SqliteStore.open(folder, "benchmark")) {
            double opened = secondsSince(start);
            int handedOver = handedOver(store.recover().states());
            double taken = secondsSince(start);
            if (handedOver != agents) {
                throw new IllegalStateException(handedOver + " states were handed over");
            }
            start = System.nanoTime();
            ask(store);
            return new Recovered(raw, opened, taken, secondsSince(start));
        }
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(List<Recovered> rounds, ToDoubleFunction<Recovered> figure) {
        return median(rounds.stream().mapToDouble(figure).toArray());
    }

    /** Does no more than to have each column of each row in Java. */
    private static void readAll(Path folder) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + folder.resolve("supervisor.db"));
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM checkpoint")) {
            int columns = rows.getMetaData().getColumnCount();
            long seen = 0;
            while (rows.next()) {
                for (int column = 1; column <= columns; column++) {
                    seen += rows.getObject(column).hashCode();
                }
            }
            if (seen == 0) {
                throw new IllegalStateException("no rows");
            }
        }
    }

    /** Takes the state of each agent, and says how many there were. */
    private int handedOver(KnownStates states) {
        int count = 0;
        for (int agent = 0; agent < agents; agent++) {
            if (states.newest(pid(agent, agents).path()).isPresent()) {
                count++;
            }
        }
        return count;
    }

    /** Starts a tree on such a store, whose agents go on from their states. */
    private void again() throws Exception {
        inFolder(folder -> {
            save(folder, 2L * agents, agents);
            double[] again = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                again[round] = startAgain(folder);
            }
            double most = 3.0 * agents / 100_000;
            out.printf(
                    Locale.ROOT,
                    "%,d agents supervised and running again after %.2f s, target < %.2f: %s%n",
                    agents,
                    median(again),
                    most,
                    word(median(again) < most));
            return 0;
        });
    }

    /** As agents do whose states were not handed over. */
    private void ask(SqliteStore store) {
        for (int from = 0; from < agents; from += 4_000) { // no more reads may wait
            CompletableFuture<?>[] states =
                    new CompletableFuture<?>[Math.min(4_000, agents - from)];
            for (int i = 0; i < states.length; i++) {
                states[i] = store.checkpoints(pid(from + i, agents)).toCompletableFuture();
            }
            CompletableFuture.allOf(states).join();
        }
    }

    /** How many seconds pass until a tree is up whose agents all go on from their states. */
    private double startAgain(Path folder) {
        LongAdder restored = new LongAdder();
        SupervisorConfig root =
                SupervisorConfig.builder("root")
                        .maxChildren(agents)
                        .children(
                                IntStream.range(0, agents)
                                        .<ChildSpec>mapToObj(
                                                i -> AgentSpec.of(pid(i, agents).id(), "resumes"))
                                        .toList())
                        .build();
        long start = System.nanoTime();
        try (var runtime =
                SupervisorRuntime.builder("benchmark")
                        .store(SqliteStore.open(folder, "benchmark"))
                        .factory(AgentFactory.of("resumes", () -> new Resumes(restored)))
                        .build()) {
            runtime.start(root);
            double seconds = (System.nanoTime() - start) / 1e9;
            if (restored.sum() != agents) {
                throw new IllegalStateException(restored + " agents have their states");
            }
            return seconds;
        }
    }

    private record Resumes(LongAdder restored) implements MessageAgent {
        @Override
        public InitResult init(InitArgs args) {
            if (args.snapshot().isPresent()) {
                restored.increment();
            }
            return InitResult.ok();
        }

        @Override
        public void handle(Object message, AgentContext context) {}
    }

    private static StoredCheckpoint checkpoint(long n, int agents) {
        return new StoredCheckpoint(
                pid(n, agents),
                n / agents + 1,
                1,
                AT,
                new Snapshot(STATE, "application/octet-stream", 1));
    }

    private static AgentPid pid(long n, int agents) {
        return new AgentPid("root/agent-" + n % agents);
    }

    private static double perSecond(long n, long start, AtomicReference<Throwable> failure) {
        if (failure.get() != null) {
            throw new IllegalStateException("a write failed", failure.get());
        }
        return n * 1e9 / (System.nanoTime() - start);
    }

    private static double inFolder(Measured measured) throws Exception {
        Path folder = Files.createTempDirectory("store");
        try {
            return measured.in(folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String word(boolean met) {
        return met ? "met" : "missed";
    }
}
