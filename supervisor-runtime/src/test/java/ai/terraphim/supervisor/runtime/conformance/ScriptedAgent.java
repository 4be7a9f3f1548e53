package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.TerminateReason;
import ai.terraphim.supervisor.runtime.core.Script;
import ai.terraphim.supervisor.runtime.core.Script.Stop;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One run of an agent that does as its script says. */
final class ScriptedAgent implements LoopAgent {
    static final String TYPE = "scripted";

    private final Journal journal;
    private final Function<String, Script> scripts;
    private final Set<String> everStopped;

    private String name = "";
    private int attempt;
    private AgentContext context;
    private @Nullable Thread thread;
    private @Nullable ExitReason reason;
    private boolean up;

    /**
     * @param everStopped the names of those that were asked to stop, in this run or an earlier one
     */
    ScriptedAgent(Journal journal, Function<String, Script> scripts, Set<String> everStopped) {
        this.journal = journal;
        this.scripts = scripts;
        this.everStopped = everStopped;
    }

    @Override
    public InitResult init(InitArgs args) {
        context = args.context();
        thread = Thread.currentThread();
        name = journal.names.name(context.pid().path());
        attempt = journal.attempt(name);
        Script.Start start = scripts.apply(name).start(attempt);
        if (start.outcome() == Script.Outcome.OK) {
            up = true;
            journal.came(name, this);
        }
        journal.started(name, attempt, Words.of(start.outcome()));
        start.makeCalls();
        return switch (start.outcome()) {
            case OK -> InitResult.ok();
            case IGNORE -> InitResult.ignore();
            case ERROR, CRASH -> {
                journal.failed(name, "error");
                throw new IllegalStateException("error");
            }
        };
    }

    @Override
    public void run(AgentContext unused) {
        thread = Thread.currentThread();
        while (reason == null && !context.stopRequested()) {
            LockSupport.park(this);
        }
        if (reason != null) {
            throw new AgentExitException(reason);
        }
        downIfFenced();
    }

    void exit(ExitReason with) {
        reason = with;
        LockSupport.unpark(thread);
    }

    /** Whether its end is known to its supervisor, which comes a moment after its last call. */
    boolean isDead() {
        return !up && thread.getState() != Thread.State.RUNNABLE;
    }

    @Override
    public void stop(AgentContext unused) throws InterruptedException {
        try {
            stopAsScripted(scripts.apply(name).stop());
        } finally {
            downIfFenced();
        }
    }

    private void stopAsScripted(Stop how) throws InterruptedException {
        switch (how) {
            case Stop.End(var with) -> {
                reason = with;
                throw new AgentExitException(with);
            }
            case Stop.Slow(var time) -> context.sleep(time);
            case Stop.Hang _ -> {
                while (!isFenced()) {
                    LockSupport.park(this);
                }
            }
            case Stop.Calling calling -> {
                if (everStopped.add(name)) {
                    calling.makeCalls();
                }
            }
        }
    }

    @Override
    public void terminate(TerminateReason unused) {
        down(reason == null ? "shutdown" : Words.of(reason));
    }

    private void downIfFenced() {
        if (isFenced()) {
            down("killed");
        }
    }

    private boolean isFenced() {
        try {
            context.tell(new AgentPid("nobody/there"), "are we alive?");
            return false;
        } catch (FencedException e) {
            return true;
        } catch (ChildNotFoundException e) {
            return false;
        }
    }

    /** It is gone; whoever finds out first says so. */
    void down(String why) {
        if (up) {
            up = false;
            journal.went(name, this, attempt, why);
        }
    }
}
