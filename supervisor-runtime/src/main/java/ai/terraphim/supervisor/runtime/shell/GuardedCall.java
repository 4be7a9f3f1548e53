package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.runtime.guard.Call;
import ai.terraphim.supervisor.runtime.guard.Guard;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** A call of an agent to a dependency, and its wait before that. */
final class GuardedCall extends Call {
    final Guard guard;
    private final RunContext run;

    /** The guarded call that this one is made in. Kept by the run's extras. */
    @Nullable GuardedCall outer;

    GuardedCall(Guard guard, RunContext run) {
        this.guard = guard;
        this.run = run;
    }

    /** Waits for its turn and makes the call. For the run's own thread. */
    <T> T make(Callable<T> call) throws Exception {
        Extras extras = run.extras();
        if (!extras.begin(this)) {
            throw run.fenced("call " + guard.key());
        }
        try {
            guard.begin(this);
            run.await(this);
            T result = call(call, extras);
            guard.succeeded(this);
            return result;
        } finally {
            guard.dropped(this); // unless it is known how it ended
            extras.end(this);
        }
    }

    /** Waits for its turn, and makes no call. For the run's own thread. */
    void take() throws InterruptedException {
        Extras extras = run.extras();
        if (!extras.begin(this)) {
            throw run.fenced("wait for " + guard.key());
        }
        try {
            guard.begin(this);
            run.await(this);
        } finally {
            guard.dropped(this);
            extras.end(this);
        }
    }

    private <T> T call(Callable<T> call, Extras extras) throws Exception {
        try {
            return call.call();
        } catch (Throwable t) {
            if (isOfTheDependency(t)) {
                guard.failed(this, t);
                extras.failed(guard.key(), t);
            }
            throw t;
        }
    }

    /** Whether a throwable says something of the dependency, and not of the agent's own end. */
    private boolean isOfTheDependency(Throwable thrown) {
        if (run.isFenced() || thrown instanceof VirtualMachineError) {
            return false;
        }
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            boolean isOwnEnd =
                    switch (t) {
                        case InterruptedException _,
                                ClosedByInterruptException _,
                                CancellationException _,
                                AgentExitException _,
                                FencedException _ ->
                                true;
                        case InterruptedIOException _ -> run.stopRequested(); // or a timeout
                        default -> false;
                    };
            if (isOwnEnd) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void suspended() {
        run.tell(EventKind.CHILD_SUSPENDED, guard.key(), "");
    }

    @Override
    public void resumed() {
        run.tell(EventKind.CHILD_RESUMED, guard.key(), "");
    }
}
