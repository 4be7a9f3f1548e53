package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.Termination;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.config.SpecReader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The runtime's MBean. Any thread may call. */
final class RuntimeBean implements SupervisorRuntimeMXBean {
    private static final Duration HISTORY_PATIENCE = Duration.ofSeconds(10);

    private final SupervisorRuntime runtime;

    /** Asked for once: the runtime keeps each that it gives until the tree has ended. */
    private final CompletableFuture<Termination> end;

    RuntimeBean(SupervisorRuntime runtime) {
        this.runtime = runtime;
        this.end = runtime.termination();
    }

    @Override
    public String getVersion() {
        return Optional.ofNullable(SupervisorRuntime.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    @Override
    public long getStartTime() {
        return runtime.startedAt().toEpochMilli();
    }

    @Override
    public long getUptime() {
        return Math.max(0, Duration.between(runtime.startedAt(), Instant.now()).toMillis());
    }

    @Override
    public String getState() {
        if (end.isDone()) {
            return "stopped";
        }
        return runtime.root().map(root -> root.status().state().word()).orElse("starting");
    }

    @Override
    public int getAgentCount() {
        return Math.toIntExact(agents().count());
    }

    @Override
    public int getSupervisorCount() {
        return Math.toIntExact(TreeView.of(runtime).size() - agents().count());
    }

    @Override
    public long getRestartTotal() {
        return runtime.restartTotal();
    }

    @Override
    public long getCrashTotal() {
        return runtime.crashTotal();
    }

    @Override
    public long getEscalationTotal() {
        return runtime.escalationTotal();
    }

    @Override
    public long getStoreFailingFor() {
        return runtime.storeFailingSince()
                .map(since -> Math.max(1, Duration.between(since, Instant.now()).toMillis()))
                .orElse(0L);
    }

    @Override
    public long getDeadLetterTotal() {
        return runtime.deadLetterTotal();
    }

    @Override
    public Map<String, Integer> getAgentsByState() {
        return agents().collect(Collectors.toMap(AgentView::state, _ -> 1, Integer::sum));
    }

    @Override
    public int getAbandonedThreads() {
        return runtime.abandonedThreads();
    }

    @Override
    public long getHistoryLastSeq() {
        return runtime.historyLastSeq();
    }

    @Override
    public AgentPage listAgents(String filter, String cursor, int limit) {
        checkLimit(limit);
        Predicate<AgentView> wanted = AgentFilter.of(filter);
        List<AgentView> all = TreeView.of(runtime);
        int from = cursor.isEmpty() ? 0 : positionOf(cursor, all);
        List<AgentView> found =
                all.subList(from, all.size()).stream().filter(wanted).limit(limit + 1L).toList();
        if (found.size() <= limit) {
            return new AgentPage(found, "");
        }
        AgentView next = found.get(limit);
        return new AgentPage(found.subList(0, limit), all.indexOf(next) + ":" + next.path());
    }

    @Override
    public AgentView describe(String path) {
        return TreeView.of(runtime).stream()
                .filter(row -> row.path().equals(path))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "there is no agent or supervisor "
                                        + path
                                        + "; the tree shows those that are there"));
    }

    @Override
    public String whereIs(String name) {
        return runtime.root().flatMap(root -> root.whereIs(name)).map(AgentPid::path).orElse("");
    }

    @Override
    public List<EventView> history(String path, int limit) {
        checkLimit(limit);
        Optional<String> wanted = path.isEmpty() ? Optional.empty() : Optional.of(path);
        return read(new HistoryQuery(wanted, 0, true, limit));
    }

    @Override
    public List<EventView> historySince(long seq, int limit) {
        checkLimit(limit);
        return read(new HistoryQuery(Optional.empty(), seq, false, limit));
    }

    @Override
    public String dumpTree(int depth) {
        if (depth < 0) {
            throw new IllegalArgumentException("depth must be 0 or more, was " + depth);
        }
        List<AgentView> rows =
                TreeView.of(runtime).stream().filter(row -> row.depth() <= depth).toList();
        String shown =
                String.join(
                        "\n", TreeText.lines(rows.stream().limit(HistoryQuery.MAX_LIMIT).toList()));
        int more = rows.size() - HistoryQuery.MAX_LIMIT;
        return more > 0 ? shown + "\n... and " + more + " more" : shown;
    }

    @Override
    public List<AbandonedView> listAbandonedThreads() {
        return runtime.abandoned().stream()
                .limit(HistoryQuery.MAX_LIMIT)
                .map(AbandonedView::of)
                .toList();
    }

    @Override
    public String threadDump(String path) {
        return runtime.threadDump(new AgentPid(describe(path).path()));
    }

    @Override
    public String spawn(String supervisor, String specJson) {
        return Wire.answer(() -> spawnIn(runtime, supervisor, specJson).path());
    }

    @Override
    public void checkpoint(String path) {
        AgentPid agent = new AgentPid(describe(path).path());
        Wire.run(() -> runtime.root().orElseThrow().send(agent, new SystemMessage.Checkpoint()));
    }

    @Override
    public List<MessageView> parkedMessages() {
        return runtime.parkedMessages().stream().map(MessageView::of).toList();
    }

    @Override
    public void replayMessage(long id) {
        Wire.run(() -> runtime.replayMessage(id));
    }

    @Override
    public void dropMessage(long id) {
        Wire.run(() -> runtime.dropMessage(id));
    }

    @Override
    public void shutdown() {
        // the answer must reach the client before the JVM may end
        Thread.ofPlatform().name("supervisor-shutdown").start(runtime::close);
    }

    static AgentPid spawnIn(SupervisorRuntime runtime, String path, String specJson) {
        AgentSupervisor supervisor = supervisorAt(runtime, path);
        return isPool(supervisor)
                ? supervisor.startInstance(
                        SpecReader.readInstance(
                                specJson, "spawn", path, runtime.types(), runtime.dataFolder()))
                : supervisor.startChild(
                        SpecReader.read(
                                specJson, "spawn", path, runtime.types(), runtime.dataFolder()));
    }

    static boolean isPool(AgentSupervisor supervisor) {
        return supervisor.status().policy().strategy() == RestartStrategy.SIMPLE_ONE_FOR_ONE;
    }

    static AgentSupervisor supervisorAt(SupervisorRuntime runtime, String path) {
        return runtime.supervisor(new SupervisorId(path))
                .orElseThrow(() ->
                        new ChildNotFoundException(
                                "there is no supervisor "
                                        + path
                                        + " now; the tree shows those that are up"));
    }

    private Stream<AgentView> agents() {
        return TreeView.of(runtime).stream().filter(row -> row.kind().equals("agent"));
    }

    private List<EventView> read(HistoryQuery query) {
        return Wire.answer(() -> {
            List<SupervisionEvent> events =
                    runtime.history(query)
                            .toCompletableFuture()
                            .orTimeout(HISTORY_PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .join();
            return events.stream().map(EventView::of).toList();
        });
    }

    /**
     * The tree may have changed since the page before: a row that has gone is taken by its place.
     */
    private static int positionOf(String cursor, List<AgentView> rows) {
        String[] parts = cursor.split(":", 2);
        if (parts.length != 2 || !parts[0].matches("\\d{1,9}")) {
            throw new IllegalArgumentException(
                    "'%s' is no cursor; give none, or the nextCursor of the page before"
                            .formatted(cursor));
        }
        return IntStream.range(0, rows.size())
                .filter(i -> rows.get(i).path().equals(parts[1]))
                .findFirst()
                .orElse(Math.min(Integer.parseInt(parts[0]), rows.size()));
    }

    static void checkLimit(int limit) {
        if (limit < 1 || limit > HistoryQuery.MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit must be from 1 to " + HistoryQuery.MAX_LIMIT + ", was " + limit);
        }
    }
}
