package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AbandonedThread;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.HealthReport;
import ai.terraphim.supervisor.api.MailboxFullException;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.Termination;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import ai.terraphim.supervisor.runtime.config.MessageJson;
import ai.terraphim.supervisor.runtime.core.DurationText;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.guard.Guard;
import ai.terraphim.supervisor.runtime.guard.Guards;
import ai.terraphim.supervisor.runtime.host.Threads;
import ai.terraphim.supervisor.runtime.host.Time;
import ai.terraphim.supervisor.runtime.observe.Events;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tree and what all its supervisors and agents share. The door of this package: the runtime
 * opens it, starts the root and closes it.
 */
public final class Engine implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofDays(365);

    final Logger log = LoggerFactory.getLogger("ai.terraphim.supervisor");
    final AgentTypes types;
    final StateStore store;
    final Path dataFolder;
    final Time time;
    final Threads threads;
    final Events events;
    final Duration askTimeout = Duration.ofSeconds(30);

    /** Longer than a start may take by default, so that who waits for one hears how it ended. */
    final Duration requestTimeout = Duration.ofSeconds(60);

    final Limits limits;
    final Room room;
    final RunNumbers numbers;
    final Guards guards;

    /** Holds agents back while the store fails; null if they go on. */
    final @Nullable Guard storeGuard;

    /** Supervisors that are alive, by path. */
    final Map<String, SupervisorCell> supervisors = new ConcurrentHashMap<>();

    /** What completes when the store knows that a child was added or removed. */
    private final Map<AgentPid, CompletableFuture<Void>> unsaved = new ConcurrentHashMap<>();

    /** Killed runs whose threads have not ended, and since when they are given up. */
    final Map<AgentRun, Instant> abandonedRuns = new ConcurrentHashMap<>();

    final RestoreLadder ladder = new RestoreLadder();
    final Saves saves = new Saves();

    final LongAdder restarts = new LongAdder();
    final LongAdder crashes = new LongAdder();
    final LongAdder escalations = new LongAdder();

    final Names names = new Names(pid -> child(pid) != null);
    final DeadLetters deadLetters;
    private final ParkedMessages parked;
    private final Map<String, HealthReport> healthReports = new ConcurrentHashMap<>();

    private final CompletableFuture<Termination> termination = new CompletableFuture<>();
    private final AtomicReference<@Nullable SupervisorCell> root = new AtomicReference<>();
    private volatile long rootRun;

    final ConditionWriter conditions;
    final StoredTree stored;
    final HandedOver handedOver;

    /**
     * An engine that has not started a tree yet.
     *
     * @param time its clock; closed by its owner, not here
     * @param threads makes its threads
     * @param types makes the agents
     * @param store keeps state; closed by its owner, not here
     * @param recovery what the store knew
     * @param fresh whether the tree that was stored is left alone, and nothing of it comes back
     * @param onStoreFailure what agents do while the store fails
     * @param dataFolder what relative paths of agents are relative to
     * @param limits how much it may hold
     * @param dependencies what its agents call through guards
     * @param events is told what happens
     */
    public Engine(
            Time time,
            Threads threads,
            AgentTypes types,
            StateStore store,
            Recovery recovery,
            boolean fresh,
            OnStoreFailure onStoreFailure,
            Path dataFolder,
            Limits limits,
            Collection<DependencyConfig> dependencies,
            Events events) {
        this.types = types;
        this.store = store;
        this.dataFolder = dataFolder.toAbsolutePath().normalize();
        this.time = time;
        this.threads = threads;
        this.limits = limits;
        this.room = new Room(limits.maxAgents());
        this.events = events;
        this.guards =
                new Guards(
                        time,
                        dependencies,
                        (key, kind, reason, detail) ->
                                events.tell(time.now(), key, 0, kind, reason, detail));
        this.storeGuard = onStoreFailure == OnStoreFailure.PAUSE ? storeGuard() : null;
        this.deadLetters =
                new DeadLetters(
                        time,
                        (path, why) ->
                                events.tell(time.now(), path, 0, EventKind.DEAD_LETTER, why, ""));
        this.parked = new ParkedMessages(recovery.messages(), store, time, deadLetters);
        this.numbers = new RunNumbers(recovery.lastRuns());
        recovery.children().forEach(child -> numbers.noteInstance(child.path()));
        this.conditions = new ConditionWriter(store, time);
        this.stored = new StoredTree(recovery, fresh, store, conditions, time);
        this.handedOver = new HandedOver(recovery.states());
    }

    /** Opened and closed by what becomes of the store, of which the history tells. */
    private Guard storeGuard() {
        Guard guard = new Guard(DependencyConfig.of("store"), time, (_, _, _, _) -> {});
        events.onStoreFailing(failing -> {
            if (failing) {
                guard.forceOpen();
            } else {
                guard.reset();
            }
        });
        return guard;
    }

    /**
     * Starts the tree, once, and returns when every child is up.
     *
     * @param config the root
     * @return the root's handle
     * @throws SupervisionException if a spec is refused or a child does not start; then nothing is
     *     left running
     */
    public AgentSupervisor start(SupervisorConfig config) {
        check(config);
        room.check(config);
        stored.leaveOut(this::check);
        SupervisorId id = new SupervisorId(config.id());
        long run = 1 + numbers.lastRunOfRoot(id);
        Reply up = new Reply();
        SupervisorCell cell =
                new SupervisorCell(
                        this,
                        id,
                        config,
                        new SupervisorCell.Owner() {
                            @Override
                            public @Nullable Task booted() {
                                handedOver.drop();
                                events.tell(
                                        time.now(),
                                        id.path(),
                                        run,
                                        EventKind.CHILD_STARTED,
                                        "",
                                        "");
                                up.done();
                                return null;
                            }

                            @Override
                            public @Nullable Task bootFailed(
                                    ExitReason reason, List<String> causes) {
                                handedOver.drop();
                                events.tell(
                                        time.now(),
                                        id.path(),
                                        run,
                                        EventKind.CHILD_START_FAILED,
                                        reason.toString(),
                                        lines(causes));
                                termination.complete(new Termination(reason, causes));
                                up.failed(
                                        new SupervisionException(
                                                ErrorCategory.STARTUP,
                                                true,
                                                "the tree did not start: "
                                                        + String.join("; ", causes)));
                                return null;
                            }

                            @Override
                            public @Nullable Task ended(ExitReason reason, List<String> causes) {
                                events.tell(
                                        time.now(),
                                        id.path(),
                                        run,
                                        EventKind.CHILD_EXITED,
                                        reason.toString(),
                                        lines(causes));
                                termination.complete(new Termination(reason, causes));
                                return null;
                            }
                        });
        if (!root.compareAndSet(null, cell)) {
            throw new SupervisionException(
                    ErrorCategory.POLICY,
                    false,
                    "this runtime has started its tree already; make another runtime");
        }
        rootRun = run;
        stored.tell(events, id.path(), run);
        parked.tellRejected();
        var _ =
                store.treeStarts(
                        config, pid -> child(pid) != null, deleted -> orphansDeleted(id, deleted));
        start(cell.boot());
        up.await(time, Long.MAX_VALUE / 2, () -> "the start of " + id);
        return new SupervisorHandle(this, id);
    }

    private void orphansDeleted(SupervisorId root, List<AgentPid> deleted) {
        events.tell(
                time.now(),
                root.path(),
                0,
                EventKind.ORPHANS_DELETED,
                "states of agents that have left the tree were deleted: %d"
                        .formatted(deleted.size()),
                lines(deleted.stream().map(AgentPid::path).toList()));
    }

    private static String lines(List<String> causes) {
        return String.join("\n", causes);
    }

    /** The root, once it was started. */
    public Optional<AgentSupervisor> root() {
        return Optional.ofNullable(root.get()).map(cell -> new SupervisorHandle(this, cell.id()));
    }

    /** Which run of the root this is, 0 before the start. */
    public long rootRun() {
        return rootRun;
    }

    /** The root that was started here, alive or not, if that is its id. */
    Optional<SupervisorCell> rootCell(SupervisorId id) {
        return Optional.ofNullable(root.get()).filter(cell -> cell.id().equals(id));
    }

    /** A supervisor that is alive. */
    public Optional<AgentSupervisor> supervisor(SupervisorId id) {
        return supervisors.containsKey(id.path())
                ? Optional.of(new SupervisorHandle(this, id))
                : Optional.empty();
    }

    /** Completes when the tree has ended. */
    public CompletableFuture<Termination> termination() {
        return termination.copy();
    }

    /**
     * Stops the tree in order and returns when it has ended. Fine if it has, or was never started.
     */
    public void stop() {
        SupervisorCell cell = root.get();
        if (cell != null) {
            start(cell.offer(new Signal.StopRequested(ExitReason.shutdown())));
            time.awaitDone(termination);
        }
    }

    /** Stops the tree and tells what was not told yet. */
    @Override
    public void close() {
        stop();
        conditions.close();
        parked.close();
        deadLetters.tellUntold();
    }

    /** How many restarts there were. */
    public long restartTotal() {
        return restarts.sum();
    }

    /** How many runs ended other than in an orderly way. */
    public long crashTotal() {
        return crashes.sum();
    }

    /** How often a supervisor gave up. */
    public long escalationTotal() {
        return escalations.sum();
    }

    /** How many checkpoints were saved. */
    public long checkpointTotal() {
        return saves.saved();
    }

    /** How many checkpoints could not be saved. */
    public long checkpointFailures() {
        return saves.failed();
    }

    /** When the checkpoint that was saved last was taken. */
    public Optional<Instant> lastCheckpoint() {
        return Optional.ofNullable(saves.last());
    }

    /** The guards of what agents depend on. */
    public Guards guards() {
        return guards;
    }

    /** Who has which name. */
    public SortedMap<String, AgentPid> names() {
        return names.all();
    }

    /** How many messages found no receiver. */
    public long deadLetterTotal() {
        return deadLetters.total();
    }

    /** The messages that were put aside, oldest first. */
    public List<ParkedMessage> parkedMessages() {
        return parked.all();
    }

    /** Sends a message that was put aside again. */
    public void replayMessage(long id) {
        parked.replay(id, this::messages, this::sendAgain);
    }

    private MessageJson messages(AgentPid to) {
        AgentCell agent = agent(to);
        if (agent == null) {
            throw nobody(to);
        }
        return agent.bound().messages();
    }

    private CompletionStage<Void> sendAgain(
            AgentPid to, @Nullable String messageId, Object message) {
        if (messageId != null) {
            return tellOnce(to, messageId, message);
        }
        tell(to, message);
        return CompletableFuture.completedStage(null);
    }

    /** Forgets a message that was put aside. */
    public void dropMessage(long id) {
        parked.drop(id);
    }

    /** Puts aside a message that has crashed its agent once too often. */
    void park(AgentCell by, long run, Ask message, ExitReason reason) {
        AgentPid pid = by.pid();
        Instant now = time.now();
        long id = parked.park(pid, now, message, reason);
        events.tell(
                now,
                pid,
                run,
                EventKind.MESSAGE_PARKED,
                "message %d was parked after %d crashes: %s".formatted(id, message.crashes, reason),
                reason);
        Runnable tell = () -> message.parked(pid, id, reason);
        if (message.messageId() == null) {
            tell.run();
        } // else whoever sent it is told when it is durable, and sends it no more
        MessageJson json = by.bound().messages(); // before a next run may have another spec
        startThread("save of parked message " + id, () -> parked.save(id, json, tell));
    }

    /** How many threads of killed runs have not ended. */
    public int abandonedThreads() {
        return abandonedRuns.size();
    }

    /** The threads of killed runs that have not ended, the oldest first. */
    public List<AbandonedThread> abandoned() {
        return abandonedRuns.entrySet().stream()
                .map(entry -> {
                    AgentRun run = entry.getKey();
                    return new AbandonedThread(run.pid(), run.run(), entry.getValue(), run.stack());
                })
                .sorted(Comparator.comparing(AbandonedThread::since))
                .toList();
    }

    /** Where an agent's thread is in a callback; empty if it is in none. */
    public String threadDump(AgentPid pid) {
        AgentRun run = run(pid);
        return run == null ? "" : run.stack();
    }

    /** Busy threads hold every carrier, and there is one more now. */
    public void carriersRaised(int carriers) {
        String what =
                "busy agents held every carrier of virtual threads; there are %d now"
                        .formatted(carriers);
        log.warn(what);
        events.tell(time.now(), "", 0, EventKind.CARRIERS_HELD, what, "");
    }

    /** Checks that every agent in a spec can be made. */
    void check(ChildSpec spec) {
        switch (spec) {
            case AgentSpec agent -> {
                types.bind(agent);
                guards.guards("agent '" + agent.id() + "'", "needs", agent.safeguards().needs());
            }
            case SupervisorConfig supervisor -> supervisor.children().forEach(this::check);
        }
    }

    // ---- threads
    // -----------------------------------------------------------------------------------------------------

    /** Gives a task a thread of its own. */
    void start(@Nullable Task task) {
        if (task != null) {
            threads.startVirtual(task.threadName(), new Body(this, task));
        }
    }

    void startThread(String name, Runnable body) {
        threads.startVirtual(name, body);
    }

    /** What a thread does. A class, as a lambda takes a frame more of each thread that waits. */
    private record Body(Engine engine, Task first) implements Runnable {
        @Override
        public void run() {
            boolean fresh = true;
            for (Task task = first; task != null; ) {
                if (task instanceof AgentRun) {
                    if (!fresh) {
                        engine.start(task);
                        return;
                    }
                    fresh = false;
                    if (task != first) {
                        Thread.currentThread().setName(task.threadName());
                    }
                }
                task = task.work();
            }
        }
    }

    /**
     * Lets supervisors have the calling thread for a moment, which is on its way to something else.
     */
    void lend(@Nullable Task task) {
        Task next = task;
        for (int i = 0; i < 10 && next instanceof SupervisorCell; i++) {
            next = next.work();
        }
        start(next);
    }

    // ---- messages
    // ----------------------------------------------------------------------------------------------------

    /** A child anywhere in the tree. */
    @Nullable ChildHandle child(AgentPid pid) {
        SupervisorCell supervisor = supervisors.get(pid.supervisor().path());
        return supervisor == null ? null : supervisor.child(pid.id());
    }

    void tell(AgentPid to, Object message) {
        deliver(to, agent(to), message);
    }

    /** Sends a message that is to be handled once. */
    CompletionStage<Void> tellOnce(AgentPid to, String id, Object message) {
        Once once = new Once(this, id, Objects.requireNonNull(message, "message"));
        deliver(to, agent(to), once);
        return once.handled();
    }

    /**
     * Sends a question, for the calling thread to wait for the answer.
     *
     * @param asker null for a client
     */
    Ask question(AgentPid to, Object message, @Nullable AgentCell asker) {
        Ask ask = new Ask(Objects.requireNonNull(message, "message"), asker);
        AgentCell agent = agent(to);
        if (agent != null && agent.isCalling()) {
            throw new SupervisionException(
                    ErrorCategory.COMMUNICATION,
                    false,
                    to + " asks itself and would wait for itself; use tell, or call a method");
        }
        deliver(to, agent, ask);
        return ask;
    }

    void deliver(AgentPid to, @Nullable AgentCell agent, Object message) {
        Objects.requireNonNull(message, "message");
        if (agent == null) {
            throw nobody(to);
        }
        try {
            agent.tell(message);
        } catch (ChildNotFoundException e) {
            deadLetters.add(to, 1, String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private ChildNotFoundException nobody(AgentPid to) {
        String why = "there is no agent " + to;
        deadLetters.add(to, 1, why);
        return new ChildNotFoundException(why + "; the tree shows those that there are");
    }

    Object ask(AgentPid to, Object message, Duration timeout) {
        Ask ask = question(to, message, null);
        if (!ask.await(time, nanos(timeout), Thread.currentThread()::isInterrupted)) {
            ask.forget();
            throw Thread.currentThread().isInterrupted()
                    ? new SupervisionException(
                            ErrorCategory.COMMUNICATION,
                            true,
                            "interrupted while waiting for an answer of "
                                    + to
                                    + "; it may still act on the question")
                    : noAnswer(to, timeout);
        }
        return ask.get();
    }

    static AskFailedException noAnswer(AgentPid to, Duration timeout) {
        return new AskFailedException(
                true,
                "%s did not answer within %s; it may still act on the question"
                        .formatted(to, DurationText.of(timeout)),
                null);
    }

    /** The agent at a place. */
    @Nullable AgentCell agent(AgentPid pid) {
        return child(pid) instanceof AgentCell agent ? agent : null;
    }

    /** Lets a run hear something before its ordinary messages. */
    void send(AgentPid to, SystemMessage message) {
        AgentRun run = run(to);
        switch (run == null ? Extras.Offer.OVER : run.send(message)) {
            case QUEUED -> {}
            case FULL ->
                    throw new MailboxFullException(
                            "%s has not heard the last %d system messages; send later, or restart it"
                                    .formatted(to, Extras.MAX_SYSTEM_MESSAGES));
            case OVER -> {
                String why = to + " is not running and hears nothing";
                deadLetters.add(to, 1, why);
                throw new ChildNotFoundException(why + "; restart it first");
            }
        }
    }

    /** The newest run of an agent, which may have ended; null if there is no such agent. */
    @Nullable AgentRun run(AgentPid pid) {
        AgentCell agent = agent(pid);
        return agent == null ? null : agent.current();
    }

    /** A run, unless another has taken its place. */
    @Nullable AgentRun run(Life life) {
        AgentRun run = run(life.pid());
        return run != null && run.run() == life.run() ? run : null;
    }

    /** What a run of a child has beyond others; null if another has taken its place. */
    @Nullable Extras extras(Life life) {
        ChildHandle child = child(life.pid());
        return child == null ? null : child.extras(life.run());
    }

    void healthChecked(AgentPid pid, long run, Health health) {
        healthReports.put(pid.path(), new HealthReport(time.now(), run, health));
    }

    /** What is known of a child, its last health check included. */
    SupervisedAgentInfo info(ChildHandle handle) {
        SupervisedAgentInfo info = handle.info();
        HealthReport report = healthReports.isEmpty() ? null : healthReports.get(info.pid().path());
        return report == null ? info : info.with(report);
    }

    /** The store is about to know of a child that was added or removed. */
    void toBeSaved(AgentPid pid, CompletionStage<Void> change) {
        CompletableFuture<Void> saved = change.toCompletableFuture();
        if (!saved.isDone() || saved.isCompletedExceptionally()) {
            unsaved.put(pid, saved);
            var _ =
                    saved.whenComplete((_, error) -> {
                        Runnable drop =
                                () -> unsaved.remove(pid, saved); // perhaps nobody waits for it
                        if (error == null) {
                            drop.run();
                        } else { // whoever does is to hear of it, and comes soon
                            time.schedule(drop, requestTimeout.toNanos());
                        }
                    });
        }
    }

    /**
     * Waits until the store knows that a child was added or removed.
     *
     * @param otherwise what becomes of the child if the store does not
     */
    void awaitSaved(AgentPid pid, String otherwise) {
        CompletableFuture<Void> saved = unsaved.isEmpty() ? null : unsaved.remove(pid);
        if (saved == null) {
            return;
        }
        time.awaitDone(saved);
        try {
            saved.join();
        } catch (CompletionException e) {
            throw new StorageException(true, pid + " " + otherwise, e);
        }
    }

    /** A child has left the tree. */
    void forget(ChildHandle handle) {
        AgentPid pid = handle.pid();
        if (handle instanceof AgentCell) {
            room.leave();
        }
        if (!unsaved.isEmpty()) {
            unsaved.remove(pid);
        }
        if (child(pid) == null) { // else a later life of its supervisor has one of that name
            names.release(pid);
            if (!healthReports.isEmpty()) {
                healthReports.remove(pid.path());
            }
        }
    }

    /** A time to wait at most, a year if it is longer. */
    static long nanos(Duration duration) {
        return duration.compareTo(LONGEST) > 0
                ? LONGEST.toNanos()
                : Math.max(0, duration.toNanos());
    }
}
