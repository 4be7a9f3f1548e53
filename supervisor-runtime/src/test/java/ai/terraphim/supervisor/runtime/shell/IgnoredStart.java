package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.runtime.core.Signal;

/** Lets a supervisor that is starting say that it need not run, as OTP's can and ours cannot. */
public final class IgnoredStart {
    private IgnoredStart() {}

    /**
     * Tells its parent so. The start itself must fail afterwards, which the parent then ignores.
     */
    public static void tell(AgentSupervisor parent, String id) {
        Engine engine = ((SupervisorHandle) parent).engine;
        ChildHandle handle = engine.child(parent.id().child(id));
        long run = handle.newestRun();
        engine.start(
                handle.supervisor.offer(
                        new Signal.Started(handle.child, run, InitResult.ignore())));
    }
}
