package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import java.util.List;

/** What a supervisor's machine can be told. */
public sealed interface Signal {

    /** Start the children of the configuration. The first signal of every machine. */
    record Boot() implements Signal {}

    /** What has become of a run. */
    sealed interface News extends Signal {
        /** Whose run it is. */
        Child child();

        /** Which run. */
        long run();
    }

    /**
     * A start that was ordered has ended without a failure.
     *
     * @param child who
     * @param run which run
     * @param result whether it runs, or need not run
     */
    record Started(Child child, long run, InitResult result) implements News {}

    /**
     * A start that was ordered has failed.
     *
     * @param child who
     * @param run which run
     * @param reason why
     * @param causes what led to it further down, the first crash last
     */
    record StartFailed(Child child, long run, ExitReason reason, List<String> causes)
            implements News {}

    /**
     * A run that was up has ended, for whatever reason.
     *
     * @param child who
     * @param run which run
     * @param reason why
     * @param causes what led to it further down, the first crash last
     */
    record Exited(Child child, long run, ExitReason reason, List<String> causes) implements News {}

    /**
     * The timer that was set for the start or the stop of a child is over.
     *
     * @param child who
     * @param run which run
     */
    record Overdue(Child child, long run) implements Signal {}

    /**
     * A child that is starting waits for what it cannot help, such as a dependency. Meanwhile the
     * time for its start stands still.
     *
     * @param child who
     * @param run which run
     */
    record StartPaused(Child child, long run) implements Signal {}

    /**
     * The start of a child goes on.
     *
     * @param child who
     * @param run which run
     */
    record StartResumed(Child child, long run) implements Signal {}

    /** The time is over for which some children wait. */
    record WaitsOver() implements Signal {}

    /**
     * The time is over for which a child was to wait. Only a machine tells itself so.
     *
     * @param child who
     * @param due when that was to be, which tells it from its other waits
     */
    record WaitOver(Child child, long due) implements Signal {}

    /**
     * It is the turn of a child that waits for a dependency.
     *
     * @param child who
     * @param run its last run, which tells it from its other waits
     */
    record Resumed(Child child, long run) implements Signal {}

    /** The timer that was set for the stop of a pool is over. */
    record PoolOverdue() implements Signal {}

    /**
     * Somebody wants something. Waits in the queue for its turn.
     *
     * @param request what
     * @param ticket the shell's way to find back to who asked; handed back with the answer
     */
    record Requested(Request request, Object ticket) implements Signal {}

    /**
     * The supervisor is to stop. Jumps the queue.
     *
     * @param reason the reason it is to end with
     */
    record StopRequested(ExitReason reason) implements Signal {}

    /** The supervisor is gone without clean-up: its children go with it. */
    record Killed() implements Signal {}

    /**
     * A restart that failed is to be tried again. Only a machine tells itself so.
     *
     * @param child whose start had failed
     * @param reason why it had failed
     * @param causes what led to that further down
     */
    record Retry(Child child, ExitReason reason, List<String> causes) implements Signal {}
}
