package ai.terraphim.supervisor.plugins;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.ReplyTo;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisorId;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The context of one run for tests: real time, a state kept in memory and a log kept as lines.
 * {@link #next()} is that of the agent's next run, with the same state and log.
 */
public final class TestContext implements AgentContext {

    /** What happens when the agent saves its state. */
    @FunctionalInterface
    public interface Saving {
        /**
         * Saves, or throws before or after it has saved.
         *
         * @param number which checkpoint of this run it is, from 1
         * @param save saves it
         */
        void checkpoint(int number, Runnable save);
    }

    /** What outlives a run. */
    private static final class Kept {
        private volatile Optional<Record> state = Optional.empty();
        private final List<String> log = new CopyOnWriteArrayList<>();
    }

    private final Path dataFolder;
    private final AgentPid pid;
    private final long run;
    private final Kept kept;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final CompletableFuture<Void> killed = new CompletableFuture<>();
    private volatile Optional<Instant> deadline = Optional.empty();
    private volatile boolean inStop;
    private volatile Saving saving = (_, save) -> save.run();
    private final AtomicInteger checkpoints = new AtomicInteger();
    private volatile boolean fenceAfterInit;
    private volatile Runnable beforeWaits = () -> {};

    /** The first run of an agent with that data folder. */
    public TestContext(Path dataFolder) {
        this(dataFolder, new AgentPid("root/agent"), 1, new Kept());
    }

    private TestContext(Path dataFolder, AgentPid pid, long run, Kept kept) {
        this.dataFolder = dataFolder;
        this.pid = pid;
        this.run = run;
        this.kept = kept;
    }

    /** The context of the next run. */
    public TestContext next() {
        return new TestContext(dataFolder, pid, run + 1, kept);
    }

    /** Sets what happens at a checkpoint. */
    public TestContext saving(Saving saving) {
        this.saving = saving;
        return this;
    }

    /** Sets what happens on the agent's thread before each of its waits for a stop. */
    public TestContext beforeWaits(Runnable action) {
        beforeWaits = action;
        return this;
    }

    /** Has the run killed after its init and before its next callback. */
    public void fenceAfterInit() {
        fenceAfterInit = true;
    }

    boolean isFencedAfterInit() {
        return fenceAfterInit;
    }

    /** How often this run has saved its state. */
    public int checkpoints() {
        return checkpoints.get();
    }

    /** The newest state of any run. */
    public Optional<Record> state() {
        return kept.state;
    }

    /** Sets, or forgets, the state as if an earlier run had saved it. */
    public void state(Optional<Record> state) {
        kept.state = state;
    }

    /** What all runs have logged, each line with its level before it. */
    public List<String> logged() {
        return kept.log;
    }

    /** Asks for a stop. */
    void requestStop(Optional<Duration> time) {
        deadline = time.map(now()::plus);
        stopped.complete(null);
    }

    /** Fences the run. */
    void fence() {
        killed.complete(null);
    }

    boolean isFenced() {
        return killed.isDone();
    }

    void enterStop() {
        inStop = true;
    }

    @Override
    public AgentPid pid() {
        return pid;
    }

    @Override
    public SupervisorId supervisorId() {
        return pid.supervisor();
    }

    @Override
    public long run() {
        return run;
    }

    @Override
    public Path dataFolder() {
        return dataFolder;
    }

    @Override
    public System.Logger log() {
        return new LineLogger(kept.log);
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public boolean stopRequested() {
        return stopped.isDone() || killed.isDone();
    }

    @Override
    public Optional<Duration> stopTimeLeft() {
        return deadline.map(end -> Duration.between(now(), end))
                .map(left -> left.isNegative() ? Duration.ZERO : left);
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        try {
            await(new CompletableFuture<>(), duration);
        } catch (TimeoutException | ExecutionException e) {
            return; // slept long enough
        }
    }

    @Override
    public boolean awaitStop(Duration duration) {
        beforeWaits.run();
        try {
            sleep(duration);
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    @Override
    public <T> T await(CompletionStage<T> work, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<?> end = inStop ? killed : CompletableFuture.anyOf(stopped, killed);
        CompletableFuture<T> awaited = work.toCompletableFuture();
        if (!end.isDone()) {
            try {
                CompletableFuture.anyOf(awaited.handle((_, _) -> null), end)
                        .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (!end.isDone()) {
                    throw e;
                }
            }
        }
        if (end.isDone()) {
            throw new InterruptedException("told to end");
        }
        return awaited.get();
    }

    @Override
    public <T> T guarded(String key, Callable<T> call) throws Exception {
        return call.call();
    }

    @Override
    public <S extends Record> Optional<S> restored(Class<S> type) {
        return kept.state.map(type::cast);
    }

    @Override
    public void checkpoint(Record state) throws InterruptedException {
        if (isFenced()) {
            throw new FencedException("run " + run + " is fenced");
        }
        saving.checkpoint(checkpoints.incrementAndGet(), () -> kept.state = Optional.of(state));
    }

    @Override
    public CompletionStage<Void> checkpointAsync(Record state) {
        throw new UnsupportedOperationException("our plugins wait for their checkpoints");
    }

    @Override
    public void checkpoint(Snapshot state) {
        throw new UnsupportedOperationException("our plugins save records");
    }

    @Override
    public void tell(AgentPid to, Object message) {
        throw noOthers();
    }

    @Override
    public CompletionStage<Void> tellOnce(AgentPid to, String messageId, Object message) {
        throw noOthers();
    }

    @Override
    public Optional<String> messageId() {
        return Optional.empty();
    }

    @Override
    public AgentRef ref(AgentPid to) {
        throw noOthers();
    }

    @Override
    public Object ask(AgentPid to, Object message) {
        throw noOthers();
    }

    @Override
    public Object ask(AgentPid to, Object message, Duration timeout) {
        throw noOthers();
    }

    @Override
    public void reply(Object answer) {
        throw noOthers();
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public ReplyTo replyLater() {
        throw noOthers();
    }

    @Override
    public void register(String name) {
        throw noOthers();
    }

    @Override
    public void unregister(String name) {
        throw noOthers();
    }

    @Override
    public Optional<AgentPid> whereIs(String name) {
        throw noOthers();
    }

    @Override
    public Monitor monitor(AgentPid pid) {
        throw noOthers();
    }

    @Override
    public void link(AgentPid pid) {
        throw noOthers();
    }

    @Override
    public void unlink(AgentPid pid) {
        throw noOthers();
    }

    @Override
    public void progress(String marker) {}

    @Override
    public void requestRestart() {
        throw noOthers();
    }

    private static UnsupportedOperationException noOthers() {
        return new UnsupportedOperationException("our plugins have nothing to do with others");
    }

    /** Keeps lines such as {@code INFO started}. */
    private record LineLogger(List<String> lines) implements System.Logger {
        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.compareTo(Level.INFO) >= 0;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (isLoggable(level)) {
                lines.add(level + " " + message + " " + thrown);
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            if (isLoggable(level)) {
                boolean plain = params == null || params.length == 0;
                lines.add(level + " " + (plain ? format : MessageFormat.format(format, params)));
            }
        }
    }
}
