package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.runtime.core.Signal;

/** What a supervisor below another can do by itself in OTP, and cannot in ours. */
public final class Nested {
    private Nested() {}

    /**
     * It says that it need not run. Its start must fail afterwards, of which the parent takes no
     * notice any more.
     */
    public static void ignoreStart(AgentSupervisor parent, String id) {
        Engine engine = ((SupervisorHandle) parent).engine;
        ChildHandle handle = engine.child(parent.id().child(id));
        Signal ignored = new Signal.Started(handle.child, handle.newestRun(), InitResult.ignore());
        engine.start(handle.supervisor.offer(ignored));
    }

    /** It ends: having stopped its children, or killed. */
    public static void exit(AgentSupervisor supervisor, ExitReason reason) {
        Engine engine = ((SupervisorHandle) supervisor).engine;
        SupervisorCell cell = engine.supervisors.get(supervisor.id().path());
        engine.start(
                cell.offer(
                        reason instanceof ExitReason.Kill
                                ? new Signal.Killed()
                                : new Signal.StopRequested(reason)));
    }
}
