package ai.terraphim.supervisor.plugins.process;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.TerminateReason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of a command. {@code init} kills what an earlier run has left behind, starts the process
 * and saves its pid; {@code run} waits for its exit; {@code stop} asks it to end. However the run
 * ends, everything the process has started is killed:
 *
 * <ul>
 *   <li>It ends by itself, is silent for too long, or an error occurs: at the end of {@code run}.
 *   <li>It is stopped: at the end of {@code stop}, which is called after {@code run} was woken.
 *   <li>The run is killed in one of these: by the {@code finally} of that one, on the interrupted
 *       thread.
 *   <li>The run is killed between two of them: by the {@link #guard}.
 *   <li>The JVM is killed: by the next run's {@code init}.
 * </ul>
 */
final class ProcessAgent implements LoopAgent {

    /** Which process an earlier run has started; by pid alone another one might be meant. */
    record State(long pid, long startedAtMillis) {
        static State of(ProcessHandle process) {
            return new State(
                    process.pid(),
                    process.info().startInstant().map(Instant::toEpochMilli).orElse(-1L));
        }

        /** The process, if it still runs. */
        Optional<ProcessHandle> find() {
            return ProcessHandle.of(pid)
                    .filter(process -> startedAtMillis >= 0 && startsAlike(of(process)));
        }

        private boolean startsAlike(State other) {
            // Linux tells the start by the time of the boot, which it rounds to a second.
            return other.startedAtMillis >= 0
                    && Math.abs(other.startedAtMillis - startedAtMillis) <= 1000;
        }
    }

    private static final Duration FOREVER = Duration.ofDays(1);
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration LAST_MOMENT = Duration.ofMillis(100);

    /** A started process and what belongs to it. */
    private record Started(
            Process process,
            CompletableFuture<Process> exit,
            ProcessTree tree,
            Output output,
            Instant at) {}

    private final ProcessConfig config;
    private Shutdown shutdown = Shutdown.DEFAULT;
    private @Nullable Started started;
    private CountDownLatch nextCallback = new CountDownLatch(0);

    ProcessAgent(ProcessConfig config) {
        this.config = config;
    }

    @Override
    public InitResult init(InitArgs args) throws Exception {
        AgentContext context = args.context();
        shutdown = args.spec().shutdown();
        RunMarker marker = RunMarker.of(context);
        killLeftovers(context, marker);
        Started process = start(context, marker);
        boolean initialised = false;
        try {
            remember(context, process.process().toHandle());
            context.log().log(
                    Level.INFO,
                    "started "
                            + config.command().getFirst()
                            + " as process "
                            + process.process().pid());
            initialised = true;
        } finally {
            if (initialised) {
                started = process;
                guard(context, process);
            } else {
                process.tree().kill();
            }
        }
        return InitResult.ok();
    }

    @Override
    public void run(AgentContext context) throws Exception {
        nextCallback.countDown();
        Started process = started();
        boolean stopFollows = false;
        try {
            awaitExit(context, process);
        } catch (InterruptedException e) {
            stopFollows = stopFollows(context);
            throw e;
        } finally {
            if (stopFollows) {
                guard(context, process);
            } else {
                process.tree().kill();
            }
        }
        conclude(context, process);
    }

    @Override
    public void stop(AgentContext context) throws Exception {
        nextCallback.countDown();
        Started process = started();
        try {
            if (!process.exit().isDone()) {
                askToEnd(context, process);
            }
        } finally {
            warnOf(process.tree().kill(), context);
        }
    }

    @Override
    public void terminate(TerminateReason reason) {
        nextCallback.countDown();
        if (started != null) {
            if (started.process().isAlive()) {
                signal(started);
            }
            started.tree().kill();
            started.output().finish();
        }
    }

    /**
     * Gives a process a moment to end by itself whose run is ended because it has failed: the
     * runtime kills that soon after it has asked.
     */
    private static void signal(Started process) {
        process.tree().alive().forEach(ProcessHandle::destroy);
        try {
            process.exit().get(LAST_MOMENT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return; // it is killed now
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Whether {@code stop} will be called: not if the run is killed, which looks the same to a
     * wait.
     */
    private boolean stopFollows(AgentContext context) {
        return switch (shutdown) {
            case Shutdown.BrutalKill _ -> false;
            case Shutdown.Infinity _ -> context.stopRequested();
            case Shutdown.Timeout _ ->
                    context.stopTimeLeft().filter(Duration::isPositive).isPresent();
        };
    }

    private Started started() {
        if (started == null) {
            throw new IllegalStateException("the agent was not initialised");
        }
        return started;
    }

    // Starting

    private void killLeftovers(AgentContext context, RunMarker marker) throws IOException {
        ProcessTree leftovers = new ProcessTree(lastRunsProcess(context), marker::ofAnyRun);
        Collection<ProcessHandle> found = leftovers.alive();
        if (found.isEmpty()) {
            return;
        }
        context.log().log(
                Level.WARNING, "killing what an earlier run has left behind: " + pids(found));
        Collection<ProcessHandle> alive = leftovers.kill();
        if (!alive.isEmpty()) {
            throw new IOException(
                    "an earlier run has left "
                            + pids(alive)
                            + ", which cannot be killed; a second one beside it would do harm, so end it by hand first");
        }
    }

    private static Optional<ProcessHandle> lastRunsProcess(AgentContext context) {
        try {
            return context.restored(State.class).flatMap(State::find);
        } catch (SupervisionException e) {
            context.log().log(
                    Level.WARNING, "the pid of the last run cannot be read: " + e.getMessage());
            return Optional.empty();
        }
    }

    private Started start(AgentContext context, RunMarker marker) throws IOException {
        Path folder = context.dataFolder();
        if (config.folder().isPresent()) {
            folder = folder.resolve(config.folder().get());
        }
        if (!Files.isDirectory(folder)) {
            throw new IOException(
                    "the working folder "
                            + folder
                            + " does not exist; create it, or change 'folder'");
        }
        ProcessBuilder builder =
                new ProcessBuilder(config.command())
                        .directory(folder.toFile())
                        .redirectErrorStream(true);
        builder.environment().putAll(config.env().orElse(Map.of()));
        marker.addTo(builder.environment());
        Instant at = context.now();
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "cannot start '%s' in folder %s: %s; is it there, executable and on the PATH?"
                            .formatted(config.command().getFirst(), folder, cause.getMessage()),
                    e);
        }
        ProcessTree tree = new ProcessTree(Optional.of(process.toHandle()), marker::ofThisRun);
        Output output =
                new Output(
                        process.getInputStream(),
                        context.log(),
                        context::now,
                        config.outputLimit().orElse(Output.DEFAULT_LIMIT),
                        config.maxLine().orElse(Output.DEFAULT_MAX_LINE));
        output.start();
        try {
            process.getOutputStream().close(); // nobody will type anything
        } catch (IOException e) {
            context.log().log(Level.DEBUG, "the process is gone already", e);
        }
        return new Started(process, process.onExit(), tree, output, at);
    }

    private static void remember(AgentContext context, ProcessHandle process)
            throws InterruptedException {
        try {
            context.checkpoint(State.of(process));
        } catch (StorageException e) {
            // A store that is full must not take the process with it.
            context.log().log(
                    Level.WARNING,
                    "the pid could not be saved, so the process may outlive a crash of the JVM: "
                            + e.getMessage());
        }
    }

    // Running

    private void awaitExit(AgentContext context, Started process)
            throws InterruptedException, ExecutionException {
        // One stage on the exit for the whole run, and a new future for each wait: stages that
        // waits leave behind on a future
        // that lives for months would pile up.
        Turns turns = new Turns();
        var _ = process.exit().whenComplete((_, _) -> turns.end());
        while (!process.exit().isDone()) {
            Optional<Duration> patience =
                    config.silenceLimit()
                            .map(limit ->
                                    Duration.between(
                                            context.now(), process.output().last().plus(limit)));
            if (patience.isPresent() && !patience.get().isPositive()) {
                throw silence(process);
            }
            // Where processes cannot be found by their environment, one must have seen them before
            // their parent ends.
            Duration wait = RunMarker.canBeRead() ? FOREVER : LOOK;
            if (patience.isPresent() && patience.get().compareTo(wait) < 0) {
                wait = patience.get();
            }
            try {
                context.await(turns.next(process.exit()), wait);
            } catch (TimeoutException e) {
                if (!RunMarker.canBeRead()) {
                    process.tree().alive();
                }
            }
        }
    }

    /** The future of the current wait, completed when the process has ended. */
    private static final class Turns {
        private volatile CompletableFuture<Void> current = new CompletableFuture<>();

        CompletableFuture<Void> next(CompletableFuture<?> exit) {
            CompletableFuture<Void> turn = new CompletableFuture<>();
            current = turn;
            if (exit.isDone()) { // perhaps before the line above
                turn.complete(null);
            }
            return turn;
        }

        void end() {
            current.complete(null);
        }
    }

    private AgentExitException silence(Started process) {
        process.tree().kill();
        String limit = Words.of(config.silenceLimit().orElseThrow());
        return new AgentExitException(
                ExitReason.timeout("no output for " + limit + lastOutput(process.output())));
    }

    private void conclude(AgentContext context, Started process) {
        process.output().finish();
        int code = process.process().exitValue();
        String end =
                "exit code "
                        + code
                        + (code > 128 && code <= 128 + 64 ? " (signal " + (code - 128) + ")" : "")
                        + " after "
                        + Words.measured(Duration.between(process.at(), context.now()));
        boolean normal = config.normalExitCodes().orElse(List.of(0)).contains(code);
        // Ctrl-C on a terminal reaches the process as well as the supervisor: then its exit is part
        // of the stop.
        if (!normal && !context.stopRequested()) {
            throw new AgentExitException(ExitReason.error(end + lastOutput(process.output())));
        }
        context.log().log(Level.INFO, end);
    }

    /**
     * The last line, because listings show one line; then, for the history, the lines before it.
     */
    private static String lastOutput(Output output) {
        List<String> tail = output.tail();
        if (tail.isEmpty()) {
            return "; it printed nothing";
        }
        String last = "; last output: " + tail.getLast().strip();
        return tail.size() == 1 ? last : last + "\n" + String.join("\n", tail);
    }

    // Stopping

    private void askToEnd(AgentContext context, Started process) throws InterruptedException {
        Duration patience = patience(context);
        Instant end = context.now().plus(patience);
        process.tree().alive();
        // By the handle: the process's own destroy() closes its output, and its last words would be
        // lost.
        process.process().toHandle().destroy();
        try {
            context.await(process.exit(), patience);
        } catch (TimeoutException | ExecutionException e) {
            context.log().log(
                    Level.WARNING,
                    "did not end within " + Words.measured(patience) + " and is killed");
            return;
        }
        // A shell, or a wrapper script, does not pass the signal on to those who do the work.
        Collection<ProcessHandle> alive = process.tree().alive();
        alive.forEach(ProcessHandle::destroy);
        while (!alive.isEmpty() && context.now().isBefore(end)) {
            context.sleep(Duration.ofMillis(20));
            alive = process.tree().alive();
        }
        context.log().log(Level.INFO, "told to stop: exit code " + process.process().exitValue());
    }

    private Duration patience(AgentContext context) {
        Duration patience =
                context.stopTimeLeft()
                        .map(left -> left.minus(margin(left)))
                        .orElse(config.killAfter().orElse(Duration.ofSeconds(10)));
        return config.killAfter().filter(limit -> limit.compareTo(patience) < 0).orElse(patience);
    }

    /** What of the time left is kept for killing. */
    private static Duration margin(Duration left) {
        Duration fifth = left.dividedBy(5);
        Duration most = Duration.ofMillis(500);
        return fifth.compareTo(most) < 0 ? fifth : most;
    }

    private static void warnOf(Collection<ProcessHandle> alive, AgentContext context) {
        if (!alive.isEmpty()) {
            context.log().log(Level.ERROR, "could not be killed: " + pids(alive));
        }
    }

    private static String pids(Collection<ProcessHandle> processes) {
        return processes.stream()
                .map(process -> Long.toString(process.pid()))
                .collect(
                        Collectors.joining(
                                ", ", processes.size() == 1 ? "process " : "processes ", ""));
    }

    /**
     * Kills the process if the run is killed before its next callback: then none of our code is
     * left on its own thread. Otherwise that callback, which follows within moments, relieves the
     * guard.
     */
    private void guard(AgentContext context, Started process) {
        CountDownLatch next = new CountDownLatch(1);
        nextCallback = next;
        long grace = shutdown instanceof Shutdown.BrutalKill ? 0 : 1000;
        Thread.ofVirtual()
                .name("guard of " + context.pid())
                .inheritInheritableThreadLocals(false)
                .start(() -> {
                    try {
                        while (!context.stopRequested()) {
                            if (next.await(50, TimeUnit.MILLISECONDS)) {
                                return;
                            }
                        }
                        if (!next.await(grace, TimeUnit.MILLISECONDS)) {
                            process.tree().kill();
                        }
                    } catch (InterruptedException e) {
                        process.tree()
                                .kill(); // nobody interrupts it; but then rather too much than too
                        // little
                    }
                });
    }
}
