package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.Safeguards;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.runtime.core.DurationText;
import ai.terraphim.supervisor.runtime.host.Time;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Watches one run that has limits, and cancels it when it is found stuck; reminds one that is to
 * save its state again and again. Only such runs have one, in their {@link Extras}.
 *
 * <p>The run's thread says what it is about to do, which moves a time at which that is overdue. One
 * {@link Alarm} rings at the earliest of these times, on the clock's own thread, so that it rings
 * as well while busy agents hold every carrier. A lock joins the two; whoever has it never waits.
 *
 * <p>A run that was asked to stop is not watched any more: it has its shutdown time. All clocks
 * stand still between {@link #pause} and {@link #resume}.
 */
final class Watchdog {
    private static final long NEVER = Long.MAX_VALUE;

    /** How much of a marker is kept. */
    private static final int MAX_MARKER = 200;

    /** A quarter of how many markers make up "the last ones" if repetitions do not matter. */
    private static final int REPETITIONS = 10;

    private final AgentRun run;
    private final Time time;
    private final Safeguards limits;
    private final Optional<Duration> saveEvery;
    private final ReentrantLock lock = new ReentrantLock();
    private final Alarm alarm;

    /** All times here are nanoseconds since this one. */
    private final long origin;

    private long initDue = NEVER;
    private long messageDue = NEVER;
    private long progressDue = NEVER;
    private long checkDue = NEVER;
    private long answerDue = NEVER;
    private long saveDue = NEVER;

    private long pausedAt = NEVER;
    private boolean ended;

    /** Whether a health check waits for the run: there is never more than one. */
    private boolean asked;

    /** How many health checks in a row have failed. */
    private int failedChecks;

    private final Deque<String> markers = new ArrayDeque<>();

    private Watchdog(AgentRun run, AgentSpec spec) {
        this.run = run;
        this.time = run.engine().time;
        this.limits = spec.safeguards();
        this.saveEvery = spec.checkpoints().every();
        this.alarm = new Alarm(time, this::ring);
        this.origin = time.nanoTime();
        if (watchesInit(spec)) {
            initDue = after(limits.deadlines().init());
            moveAlarm();
        }
    }

    /** One for a run that is about to begin; null if there is nothing to watch. */
    static @Nullable Watchdog of(AgentRun run) {
        AgentSpec spec = run.cell.spec();
        Safeguards limits = spec.safeguards();
        boolean needed =
                limits.deadlines().message().isPresent()
                        || limits.health().isPresent()
                        || !limits.progress().equals(ProgressLimits.NONE)
                        || spec.checkpoints().every().isPresent()
                        || watchesInit(spec);
        return needed ? new Watchdog(run, spec) : null;
    }

    /** The supervisor itself watches a start that it waits for. */
    private static boolean watchesInit(AgentSpec spec) {
        return spec.start() == StartMode.ASYNC && spec.safeguards().deadlines().init().isPresent();
    }

    // ---- what the run says
    // ---------------------------------------------------------------------------------------

    /** The agent is up. */
    void started(boolean isLoop) {
        lock.lock();
        try {
            initDue = NEVER;
            checkDue = after(limits.health().map(HealthChecks::startDelay));
            saveDue = after(saveEvery);
            if (isLoop) {
                progressDue = after(limits.progress().limit());
            }
            moveAlarm();
        } finally {
            lock.unlock();
        }
    }

    void messageBegins() {
        lock.lock();
        try {
            messageDue = after(limits.deadlines().message());
            progressDue = after(limits.progress().limit());
            moveAlarm();
        } finally {
            lock.unlock();
        }
    }

    void messageEnds() {
        lock.lock();
        try {
            messageDue = NEVER;
            progressDue = NEVER;
            moveAlarm();
        } finally {
            lock.unlock();
        }
    }

    /** A health check has been answered, in time or not. */
    void answered(Health health) {
        lock.lock();
        try {
            asked = false;
            boolean inTime = answerDue != NEVER && !ended;
            answerDue = NEVER;
            if (inTime && health.isHealthy()) {
                failedChecks = 0;
            } else if (inTime) {
                checkFailed("unhealthy: " + health.detail(), ExitReason::error, "");
            }
            moveAlarm();
        } finally {
            lock.unlock();
        }
    }

    /** What there was to save has been saved, or was told to have failed. */
    void saved() {
        lock.lock();
        try {
            saveDue = after(saveEvery);
            moveAlarm();
        } finally {
            lock.unlock();
        }
    }

    /** See {@link ai.terraphim.supervisor.api.AgentContext#progress}. Any thread. */
    void progress(String reported) {
        if (limits.progress().equals(ProgressLimits.NONE)) {
            return;
        }
        String marker =
                reported.length() > MAX_MARKER ? reported.substring(0, MAX_MARKER) : reported;
        OptionalInt repetitions = limits.progress().repetitions();
        lock.lock();
        try {
            if (progressDue != NEVER && !markers.contains(marker)) {
                progressDue = after(limits.progress().limit());
                moveAlarm();
            }
            if (markers.size() == 4 * repetitions.orElse(REPETITIONS)) {
                markers.removeFirst();
            }
            markers.addLast(marker);
            int times = Collections.frequency(markers, marker);
            if (repetitions.isPresent() && times > repetitions.getAsInt() && !ended) {
                String what =
                        "no progress: '%s' came %d times among the last %d markers"
                                .formatted(marker, times, markers.size());
                cancel(new ExitReason.Error(new Failure("", what, run.stack())));
            }
        } finally {
            lock.unlock();
        }
    }

    /** All clocks stand still from now on. Any thread. */
    void pause() {
        lock.lock();
        try {
            if (pausedAt == NEVER) {
                pausedAt = now();
                moveAlarm();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The clocks go on, with as much time left as there was. Any thread. */
    void resume() {
        lock.lock();
        try {
            if (pausedAt != NEVER) {
                long pause = now() - pausedAt;
                pausedAt = NEVER;
                initDue = later(initDue, pause);
                messageDue = later(messageDue, pause);
                progressDue = later(progressDue, pause);
                checkDue = later(checkDue, pause);
                answerDue = later(answerDue, pause);
                saveDue = later(saveDue, pause);
                moveAlarm();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The run is over. */
    void end() {
        lock.lock();
        try {
            ended = true;
            alarm.close();
        } finally {
            lock.unlock();
        }
    }

    // ---- what the clock says
    // -------------------------------------------------------------------------------------

    private void ring() {
        lock.lock();
        try {
            if (!ended && alarm.hasRung()) {
                if (run.isStopping()) {
                    ended = true;
                } else {
                    look(now());
                }
                moveAlarm();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Does what is due now, one thing at a time. */
    private void look(long now) {
        Deadlines deadlines = limits.deadlines();
        if (initDue <= now) {
            overdue("init, " + text(deadlines.init()));
        } else if (messageDue <= now) {
            overdue("message, " + text(deadlines.message()));
        } else if (progressDue <= now) {
            String last = markers.isEmpty() ? "" : ", the last was '" + markers.getLast() + "'";
            overdue("no new progress marker, " + text(limits.progress().limit()) + last);
        } else if (answerDue <= now) {
            answerDue = NEVER;
            String stack = run.stack();
            checkFailed(
                    "health check, " + text(limits.health().map(HealthChecks::timeout)),
                    what -> new ExitReason.Timeout(what, stack),
                    stack);
        } else if (checkDue <= now) {
            HealthChecks checks = limits.health().orElseThrow();
            checkDue = after(Optional.of(checks.interval()));
            answerDue = after(Optional.of(checks.timeout()));
            if (!asked) {
                asked = run.send(new SystemMessage.HealthCheck()) == Extras.Offer.QUEUED;
            }
        } else if (saveDue <= now) {
            boolean waits = run.send(new SystemMessage.Checkpoint()) == Extras.Offer.QUEUED;
            saveDue = waits ? NEVER : after(saveEvery);
        }
    }

    private void overdue(String what) {
        ended = true;
        run.engine().start(run.overdue(what));
    }

    private void checkFailed(String what, Function<String, ExitReason> failure, String stack) {
        failedChecks++;
        ExitReason reason = failure.apply(what);
        run.tell(EventKind.CHILD_UNHEALTHY, reason, stack);
        if (failedChecks >= limits.health().orElseThrow().threshold()) {
            cancel(reason);
        }
    }

    private void cancel(ExitReason reason) {
        ended = true;
        run.engine().start(run.cancel(reason));
    }

    // ---- times
    // ---------------------------------------------------------------------------------------------------

    private void moveAlarm() {
        long due =
                Math.min(
                        Math.min(initDue, messageDue),
                        Math.min(progressDue, Math.min(saveDue, Math.min(checkDue, answerDue))));
        if (ended || pausedAt != NEVER || due == NEVER) {
            alarm.clear();
        } else {
            alarm.set(Math.max(0, due - now()));
        }
    }

    private long now() {
        return time.nanoTime() - origin;
    }

    private long after(Optional<Duration> limit) {
        return limit.isEmpty() ? NEVER : now() + Engine.nanos(limit.get());
    }

    private static long later(long due, long pause) {
        return due == NEVER ? NEVER : due + pause;
    }

    private static String text(Optional<Duration> limit) {
        return DurationText.of(limit.orElseThrow());
    }
}
