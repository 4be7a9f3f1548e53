package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentDown;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Monitor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A monitor: kept with the run that is watched, and with the run that watches unless that is a
 * client.
 */
final class Watch implements Monitor, Tie {
    private final Engine engine;
    private final Life watched;
    private final @Nullable Life watcher;
    private final CompletableFuture<AgentDown> down = new CompletableFuture<>();

    private Watch(Engine engine, Life watched, @Nullable Life watcher) {
        this.engine = engine;
        this.watched = watched;
        this.watcher = watcher;
    }

    /** Begins to watch, or tells at once if there is nothing to watch. */
    static Watch begin(Engine engine, AgentPid pid, @Nullable RunContext watcher) {
        ChildHandle child = engine.child(pid);
        Life life = new Life(pid, child == null ? 0 : child.newestRun());
        Extras watched = engine.extras(life);
        Watch watch = new Watch(engine, life, watcher == null ? null : watcher.life());
        if (watcher != null && !watcher.extras().tie(watch)) {
            watch.down.cancel(false);
        } else if (watched == null || !watched.tie(watch)) {
            watch.tell(AgentDown.notRunning(pid));
        }
        return watch;
    }

    @Override
    public AgentPid pid() {
        return watched.pid();
    }

    @Override
    public CompletionStage<AgentDown> down() {
        return down.minimalCompletionStage();
    }

    @Override
    public void cancel() {
        if (down.cancel(false)) {
            untie(watched);
            untie(watcher);
        }
    }

    @Override
    public void ended(Life life, ExitReason reason) {
        if (life.equals(watcher)) {
            cancel();
        } else {
            tell(new AgentDown(life.pid(), life.run(), reason));
        }
    }

    private void tell(AgentDown notice) {
        untie(watcher);
        AgentRun run = watcher == null ? null : engine.run(watcher);
        if (run != null && !down.isDone()) {
            run.notice(notice);
        }
        // what a stranger has chained to it must not hold up the thread that an agent ends on
        engine.startThread("monitor of " + watched.pid(), () -> down.complete(notice));
    }

    private void untie(@Nullable Life from) {
        Extras extras = from == null ? null : engine.extras(from);
        if (extras != null) {
            extras.untie(this);
        }
    }
}
