package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.Map;

/** What can be asked of a supervisor. The names are OTP's where OTP has the operation. */
public sealed interface Request {

    /** Adds a child at the end and starts it. */
    record StartChild(ChildSpec spec) implements Request {}

    /** Starts one more instance of a pool's template, with a configuration laid over its own. */
    record StartInstance(Map<String, ?> config) implements Request {}

    /** Stops a child and keeps its spec unless it is temporary. */
    record TerminateChild(String id) implements Request {}

    /** Starts a child that is down. */
    record RestartChild(String id) implements Request {}

    /** Forgets a child that is down. */
    record DeleteChild(String id) implements Request {}

    /** Stops a child and forgets it. */
    record StopAgent(String id) implements Request {}

    /** Stops a child if it is up and starts it again, uncounted. */
    record RestartAgent(String id) implements Request {}

    /**
     * A run of a child is said to have failed.
     *
     * @param id the child
     * @param run which run, or {@link #CURRENT}
     * @param reason why
     */
    record HandleAgentExit(String id, long run, ExitReason reason) implements Request {
        /** Whichever run is up when the request is handled. */
        public static final long CURRENT = 0;
    }

    /** Replaces strategy, intensity, auto_shutdown and specs, and touches nothing that runs. */
    record ChangeSpecs(SupervisorConfig config) implements Request {}

    /** Lists the children in start order. */
    record WhichChildren() implements Request {}

    /** Counts the children. */
    record CountChildren() implements Request {}
}
