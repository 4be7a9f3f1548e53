package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.runtime.guard.Guard;
import ai.terraphim.supervisor.runtime.guard.Waiter;

/**
 * The rest of a message agent that has messages but needs a dependency whose circuit is open. It
 * holds no thread, and its mailbox looks as if a consumer were at work, so whoever {@linkplain
 * Extras#endRest ends the rest} must give the run a thread: that is one, whoever comes first.
 */
final class Rest implements Waiter {
    final Guard guard;
    private final AgentRun run;

    Rest(Guard guard, AgentRun run) {
        this.guard = guard;
        this.run = run;
    }

    @Override
    public void suspended() {
        run.tell(EventKind.CHILD_SUSPENDED, guard.key(), "");
    }

    @Override
    public void resumed() {
        if (run.extras().endRest(this, true)) {
            run.tell(EventKind.CHILD_RESUMED, guard.key(), "");
            run.engine().start(run);
        }
    }
}
