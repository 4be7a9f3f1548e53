package ai.terraphim.supervisor.runtime.observe;

import ai.terraphim.supervisor.api.EventKind;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The facts that matter in a profile, as events of the JDK Flight Recorder. They are always
 * compiled in: while no recording wants them, each costs a look at one flag.
 *
 * <pre>
 *   java -XX:StartFlightRecording:filename=tree.jfr ...
 *   jfr print --events ai.terraphim.supervisor.* tree.jfr
 * </pre>
 */
@Category({"Terraphim", "Supervisor"})
@StackTrace(false)
public abstract sealed class FlightEvent extends Event {
    @Label("Path")
    @Description("The place in the tree, such as root/pipeline/inbox")
    String path = "";

    @Label("Run")
    @Description("The number of the run, 0 where the event is not about one")
    long run;

    /** A run of a child has ended. */
    @Name("ai.terraphim.supervisor.ChildExit")
    @Label("Child Exit")
    static final class ChildExit extends FlightEvent {
        @Label("Reason")
        String reason = "";
    }

    /** A child has come up again because its supervisor's strategy wanted so. */
    @Name("ai.terraphim.supervisor.ChildRestart")
    @Label("Child Restart")
    static final class ChildRestart extends FlightEvent {}

    /** A supervisor gave up. */
    @Name("ai.terraphim.supervisor.Escalation")
    @Label("Escalation")
    static final class Escalation extends FlightEvent {
        @Label("Reason")
        String reason = "";
    }

    /** An agent has saved its state, or tried to; the duration is how long that took. */
    @Name("ai.terraphim.supervisor.Checkpoint")
    @Label("Checkpoint")
    public static final class Checkpoint extends FlightEvent {
        @Label("Saved")
        boolean saved;

        /** Begins to measure, on the thread that will {@link #finish} it. */
        public static Checkpoint begun() {
            Checkpoint event = new Checkpoint();
            event.begin();
            return event;
        }

        /** Ends the measurement and records it if anybody wants it. */
        public void finish(Object path, long run, boolean saved) {
            end();
            if (shouldCommit()) {
                this.saved = saved;
                commitFor(path, run);
            }
        }
    }

    /** Records a fact if it is one of those that matter, and anybody wants it. */
    static void record(Object path, long run, EventKind kind, Object reason) {
        if (kind == EventKind.CHILD_EXITED) {
            ChildExit event = new ChildExit();
            if (event.shouldCommit()) {
                event.reason = reason.toString();
                event.commitFor(path, run);
            }
        } else if (kind == EventKind.CHILD_RESTARTED) {
            ChildRestart event = new ChildRestart();
            if (event.shouldCommit()) {
                event.commitFor(path, run);
            }
        } else if (kind == EventKind.SUPERVISOR_ESCALATED) {
            Escalation event = new Escalation();
            if (event.shouldCommit()) {
                event.reason = reason.toString();
                event.commitFor(path, run);
            }
        }
    }

    final void commitFor(Object path, long run) {
        this.path = path.toString();
        this.run = run;
        commit();
    }
}
