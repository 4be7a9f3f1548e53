package ai.terraphim.supervisor.runtime.guard;

import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.api.DependencyInfo.State;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.runtime.host.Time;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Stands before one dependency. Any thread.
 *
 * <pre>
 *   begin --circuit closed, or a trial--> line --rate limit, bulkhead--> under way --> ended
 *     |                                    |  ^
 *     +---circuit open---> suspended <-----+  |  (the circuit opens)
 *                              +--------------+  (its turn comes)
 * </pre>
 *
 * <p>Two queues: {@code suspended} holds everybody who waits for the circuit (calls, agents with
 * messages, children that are to be restarted), {@code line} the calls that the circuit lets
 * through. Who waits is never left to try again: whoever moves the queues on hands over the turn.
 *
 * <p>The library counts calls and decides when the circuit opens and closes. What has to do with
 * time is done here by the clock of the host: its own threads and clock decide nothing. So it is
 * only touched under the lock, and {@link #settle} notices what it has decided.
 */
public final class Guard {
    /** While half open, the next one of those who wait is woken within this time. */
    private static final long TRIAL_EVERY_NANOS = Duration.ofMillis(100).toNanos();

    /** Once closed, all are let go within this time, in so many groups. */
    private static final long LET_GO_NANOS = Duration.ofSeconds(1).toNanos();

    private static final int GROUPS = 20;

    /** Hears what becomes of circuits. Called while the guard is locked. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A circuit has changed.
         *
         * @param key whose
         * @param kind how
         * @param reason why, in short
         * @param detail more about it: text, or an exit reason for its stack trace
         */
        void changed(String key, EventKind kind, String reason, Object detail);
    }

    private final DependencyConfig config;
    private final Time time;
    private final Listener listener;
    private final CircuitBreaker breaker;
    private final @Nullable RateLimiter limiter;
    private final int places;

    private final ReentrantLock lock = new ReentrantLock();
    private final SequencedSet<Waiter> suspended = new LinkedHashSet<>();
    private final SequencedSet<Call> line = new LinkedHashSet<>();

    private volatile State state = State.CLOSED;
    private Instant since;

    /** One more with each change of the state, so that what comes late is known as such. */
    private long era;

    /** How many are let go at once after the circuit has closed. */
    private int group;

    /** Ends the time of an open circuit, or wakes those who wait for another one. */
    private Time.@Nullable Timer turnTimer;

    /** Moves the line on when the rate limit allows it. */
    private Time.@Nullable Timer lineTimer;

    private int inFlight;
    private long calls;
    private long failures;
    private long suspensions;
    private String lastFailure = "";

    /**
     * A guard of its own.
     *
     * @param config how it guards
     * @param time the clock that it follows
     * @param listener hears what becomes of its circuit
     */
    public Guard(DependencyConfig config, Time time, Listener listener) {
        this.config = config;
        this.time = time;
        this.listener = listener;
        this.limiter = config.rateLimit().map(RateLimiter::new).orElse(null);
        this.places = config.bulkhead().orElse(Integer.MAX_VALUE);
        this.since = time.now();
        DependencyConfig.Breaker settings = config.breaker();
        this.breaker =
                CircuitBreaker.of(
                        config.key(),
                        CircuitBreakerConfig.custom()
                                .failureRateThreshold((float) (100 * settings.failureRate()))
                                .slidingWindowSize(settings.window())
                                .minimumNumberOfCalls(settings.minimumCalls())
                                .permittedNumberOfCallsInHalfOpenState(settings.trialCalls())
                                .build());
    }

    /** Names the dependency. */
    public String key() {
        return config.key();
    }

    /** Whether calls are held back, all or all but a few. */
    public boolean isOpen() {
        return state != State.CLOSED;
    }

    /** How it is now. */
    public DependencyInfo info() {
        lock.lock();
        try {
            float percent = breaker.getMetrics().getFailureRate();
            return new DependencyInfo(
                    key(),
                    state,
                    since,
                    percent < 0 ? OptionalDouble.empty() : OptionalDouble.of(percent / 100.0),
                    calls,
                    failures,
                    suspensions,
                    inFlight,
                    suspended.size(),
                    line.size(),
                    lastFailure);
        } finally {
            lock.unlock();
        }
    }

    // ---- calls
    // -------------------------------------------------------------------------------------------------------

    /**
     * Wants to make a call. It may have to wait: then its thread is unparked once {@link
     * Call#isWaiting} has become false. One of the three methods below must follow, whatever
     * happens.
     */
    public void begin(Call call) {
        lock.lock();
        try {
            boolean passes =
                    switch (state) {
                        case CLOSED -> true;
                        case HALF_OPEN -> suspended.isEmpty() && breaker.tryAcquirePermission();
                        case OPEN, FORCED_OPEN -> false;
                    };
            if (passes) {
                letThrough(call);
                advanceLine();
            } else {
                hold(call);
                wakeSoon();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The call has given something. Fine if it had ended before. */
    public void succeeded(Call call) {
        lock.lock();
        try {
            if (leave(call)) {
                if (!call.isCounted) {
                    calls++;
                    if (call.era == era) {
                        breaker.onSuccess(time.nanoTime() - call.began, TimeUnit.NANOSECONDS);
                    }
                }
                goOn(null);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The call has failed. Fine if it had ended before. */
    public void failed(Call call, Throwable thrown) {
        lock.lock();
        try {
            if (leave(call)) {
                goOn(call.isCounted ? null : countFailed(call, thrown));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The call was not made, or has ended in a way that says nothing about the dependency. Fine if
     * it had ended before.
     */
    public void dropped(Call call) {
        lock.lock();
        try {
            boolean wasLetThrough = !call.isSuspended();
            if (leave(call)) {
                if (wasLetThrough && call.era == era && !call.isCounted) {
                    breaker.releasePermission();
                }
                goOn(null);
            }
        } finally {
            lock.unlock();
        }
    }

    private Failure countFailed(Call call, Throwable thrown) {
        call.isCounted = true;
        Failure failure = Failure.of(thrown);
        lastFailure = failure.toString(); // no more, or it would pin a plugin's classes
        calls++;
        failures++;
        if (call.era == era) {
            breaker.onError(time.nanoTime() - call.began, TimeUnit.NANOSECONDS, thrown);
        }
        return failure;
    }

    /**
     * A provider that never answers is as far gone as one that says so: a call that takes longer
     * than {@code slow_call} has failed, and a trial, on which others wait, at the latest when the
     * circuit has been given as long again as it was open. How the call ends is of no interest
     * then.
     */
    private void limit(Call call) {
        DependencyConfig.Breaker settings = config.breaker();
        Duration most =
                settings.slowCall().orElse(state == State.HALF_OPEN ? settings.openFor() : null);
        if (most != null) {
            call.limit = time.schedule(() -> takesTooLong(call, most), most.toNanos());
        }
    }

    private void takesTooLong(Call call, Duration most) {
        lock.lock();
        try {
            if (call.state == Call.State.UNDER_WAY) {
                goOn(
                        countFailed(
                                call,
                                new TimeoutException(
                                        "no answer for %d ms".formatted(most.toMillis()))));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes a call from where it is; false if it had ended. */
    private boolean leave(Call call) {
        switch (call.state) {
            case SUSPENDED -> suspended.remove(call);
            case IN_LINE -> line.remove(call);
            case UNDER_WAY -> inFlight--;
            case WANTED, ENDED -> {
                return false;
            }
        }
        call.state = Call.State.ENDED;
        if (call.limit != null) {
            call.limit.cancel();
        }
        return true;
    }

    /** After a call has ended. */
    private void goOn(@Nullable Failure failure) {
        settle(failure);
        advanceLine();
        wakeSoon();
    }

    private void letThrough(Call call) {
        call.era = era;
        call.state = Call.State.IN_LINE;
        line.add(call);
    }

    private void advanceLine() {
        while (!line.isEmpty() && inFlight < places) {
            long now = time.nanoTime();
            long wait = limiter == null ? 0 : limiter.tryBegin(now);
            if (wait > 0) {
                if (lineTimer == null) {
                    lineTimer = time.schedule(this::lineTimeIsOver, wait);
                }
                return;
            }
            Call next = line.removeFirst();
            inFlight++;
            next.began = now;
            next.state = Call.State.UNDER_WAY;
            limit(next);
            LockSupport.unpark(next.thread);
        }
    }

    private void lineTimeIsOver() {
        lock.lock();
        try {
            lineTimer = null;
            advanceLine();
        } finally {
            lock.unlock();
        }
    }

    // ---- who waits for the circuit
    // -----------------------------------------------------------------------------------

    /** Lets something wait for its turn; false if the circuit is closed, and there is no need. */
    public boolean suspend(Waiter waiter) {
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return false;
            }
            hold(waiter);
            wakeSoon();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** It waits no more. Fine if it did not, or its turn has come. */
    public void leave(Waiter waiter) {
        lock.lock();
        try {
            suspended.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    private void hold(Waiter waiter) {
        if (suspended.add(waiter)) {
            suspensions++;
            if (waiter instanceof Call call) {
                call.state = Call.State.SUSPENDED;
            }
            waiter.suspended();
        }
    }

    /** Sees to it that those who may be woken are. */
    private void wakeSoon() {
        if (turnTimer == null && !suspended.isEmpty()) {
            switch (state) {
                case HALF_OPEN -> at(within(TRIAL_EVERY_NANOS), this::wakeOne);
                case CLOSED -> at(within(LET_GO_NANOS / GROUPS), this::wakeGroup);
                case OPEN, FORCED_OPEN -> {}
            }
        }
    }

    /** A random time, so that nobody comes in step with anybody. */
    private long within(long nanos) {
        return (long) (nanos * time.random());
    }

    private void at(long nanos, Runnable turn) {
        long set = era;
        turnTimer =
                time.schedule(
                        () -> {
                            lock.lock();
                            try {
                                if (set == era) {
                                    turnTimer = null;
                                    turn.run();
                                }
                            } finally {
                                lock.unlock();
                            }
                        },
                        nanos);
    }

    /** Half open. Whoever is woken is to find a trial left when it calls. */
    private void wakeOne() {
        if (!suspended.isEmpty() && breaker.tryAcquirePermission()) {
            if (!(suspended.getFirst() instanceof Call)) {
                breaker.releasePermission(); // it may call, or not
            }
            wakeFirst();
            advanceLine();
            wakeSoon();
        }
    }

    private void wakeGroup() {
        for (int i = 0; i < group && !suspended.isEmpty(); i++) {
            wakeFirst();
        }
        advanceLine();
        wakeSoon();
    }

    private void wakeFirst() {
        Waiter next = suspended.removeFirst();
        if (next instanceof Call call) {
            letThrough(call);
        }
        next.resumed();
    }

    // ---- the circuit
    // -------------------------------------------------------------------------------------------------

    /** Opens the circuit until it is reset: an operator knows that the dependency is down. */
    public void forceOpen() {
        lock.lock();
        try {
            if (state != State.FORCED_OPEN) {
                breaker.transitionToForcedOpenState();
                settle(null);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the circuit, whatever it was, and forgets the calls it has seen. */
    public void reset() {
        lock.lock();
        try {
            breaker.reset();
            settle(null);
        } finally {
            lock.unlock();
        }
    }

    private void endTimeOpen() {
        breaker.transitionToHalfOpenState();
        settle(null);
    }

    /** Acts on what the library has decided, if it has. */
    private void settle(@Nullable Failure failure) {
        State now =
                switch (breaker.getState()) {
                    case CLOSED -> State.CLOSED;
                    case OPEN -> State.OPEN;
                    case HALF_OPEN -> State.HALF_OPEN;
                    case FORCED_OPEN -> State.FORCED_OPEN;
                    case DISABLED, METRICS_ONLY ->
                            throw new IllegalStateException(
                                    "nobody asks for " + breaker.getState());
                };
        if (now == state) {
            return;
        }
        if (turnTimer != null) {
            turnTimer.cancel();
            turnTimer = null;
        }
        State before = state;
        state = now;
        since = time.now();
        era++;
        switch (now) {
            case OPEN -> {
                tell(EventKind.CIRCUIT_OPENED, whyOpen(before), failure);
                holdLine();
                at(config.breaker().openFor().toNanos(), this::endTimeOpen);
            }
            case FORCED_OPEN -> {
                tell(EventKind.CIRCUIT_OPENED, "an operator has opened it", null);
                holdLine();
            }
            case HALF_OPEN ->
                    tell(
                            EventKind.CIRCUIT_HALF_OPENED,
                            "%d calls on trial, %d wait"
                                    .formatted(config.breaker().trialCalls(), suspended.size()),
                            null);
            case CLOSED -> {
                tell(
                        EventKind.CIRCUIT_CLOSED,
                        before == State.HALF_OPEN
                                ? "the calls on trial went well"
                                : "an operator has reset it",
                        null);
                group = (suspended.size() + GROUPS - 1) / GROUPS;
            }
        }
        wakeSoon();
    }

    /** Whoever was let through and has not begun waits for the circuit now. */
    private void holdLine() {
        List<Call> held = List.copyOf(line);
        line.clear();
        held.forEach(this::hold);
    }

    private String whyOpen(State before) {
        CircuitBreaker.Metrics metrics = breaker.getMetrics();
        return "%.0f%% of the %s%d calls failed, the last with %s"
                .formatted(
                        metrics.getFailureRate(),
                        before == State.HALF_OPEN ? "trial's " : "last ",
                        metrics.getNumberOfBufferedCalls(),
                        lastFailure);
    }

    private void tell(EventKind kind, String reason, @Nullable Failure failure) {
        listener.changed(
                key(),
                kind,
                reason,
                failure == null ? "" : new ExitReason.Dependency(key(), failure));
    }
}
