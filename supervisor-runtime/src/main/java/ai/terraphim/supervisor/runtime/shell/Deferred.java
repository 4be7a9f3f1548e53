package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.runtime.core.Child;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.guard.Guard;
import ai.terraphim.supervisor.runtime.guard.Waiter;

/** The restart of a child that waits until a dependency takes calls again. */
final class Deferred implements Waiter {
    private final SupervisorCell supervisor;
    private final Child child;
    private final long run;
    private final Guard guard;

    /** For the supervisor's thread. */
    Deferred(SupervisorCell supervisor, Child child, Guard guard) {
        this.supervisor = supervisor;
        this.child = child;
        this.run = child.run();
        this.guard = guard;
    }

    /** Begins to wait. */
    void begin() {
        if (!guard.suspend(this)) {
            resume();
        }
    }

    /** Waits no more. */
    void cancel() {
        guard.leave(this);
    }

    @Override
    public void suspended() {
        tell(EventKind.CHILD_SUSPENDED);
    }

    @Override
    public void resumed() {
        tell(EventKind.CHILD_RESUMED);
        resume();
    }

    private void resume() {
        supervisor.engine.start(supervisor.offer(new Signal.Resumed(child, run)));
    }

    private void tell(EventKind kind) {
        Engine engine = supervisor.engine;
        engine.events.tell(
                engine.time.now(), ChildHandle.of(child).pid(), run, kind, guard.key(), "");
    }
}
