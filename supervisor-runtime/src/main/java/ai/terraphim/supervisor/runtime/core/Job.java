package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a machine is busy with: children to stop, then children to start, then a conclusion. Both
 * ranges are closed; the cursors are null when a range is done.
 */
final class Job {
    final Goal goal;
    final @Nullable Child subject;
    final @Nullable Object ticket;
    final ExitReason reason;
    List<String> causes = List.of();

    /** What the restart is to wait for. */
    Verdict.@Nullable Later wait;

    /** A child that the strategy is applied without. */
    @Nullable Child leftOut;

    @Nullable Child stopping;
    @Nullable Child stopUntil;
    @Nullable Child starting;
    @Nullable Child startUntil;

    /** Whether the start range begins after {@link #startAfter}, as the stop has left it. */
    boolean startsAfter;

    @Nullable Child startAfter;

    /** What a job is for, which is to say what happens at its end. */
    enum Goal {
        /** Start all children; if one fails, stop the others and fail. */
        BOOT,
        /** Apply the strategy; if a start fails, try again later. */
        RESTART,
        /** Stop those whom the strategy concerns, then let the restart wait. */
        BACK_OFF,
        /** Start a new child because somebody asked; if it fails, it was never there. */
        ADD,
        /**
         * Start one child because somebody asked, having stopped it if need be; if it fails, it
         * stays down.
         */
        START,
        /** Stop one child because somebody asked. */
        TERMINATE,
        /** Forget one child because somebody asked, having stopped it if need be. */
        REMOVE,
        /** End one child because somebody says it has failed, then act on that. */
        REPORTED_EXIT,
        /** Stop all children, then end. */
        SHUT_DOWN
    }

    Job(Goal goal, @Nullable Child subject, @Nullable Object ticket, ExitReason reason) {
        this.goal = goal;
        this.subject = subject;
        this.ticket = ticket;
        this.reason = reason;
    }

    /** A job that somebody asked for. */
    static Job asked(Goal goal, Child subject, Object ticket) {
        return new Job(goal, subject, ticket, ExitReason.shutdown());
    }

    /** From a child back to an earlier one; null stands for the first. */
    Job stop(@Nullable Child from, @Nullable Child until) {
        stopping = from;
        stopUntil = until;
        return this;
    }

    /** From a child on to a later one; null stands for the last. */
    Job start(@Nullable Child from, @Nullable Child until) {
        starting = from;
        startUntil = until;
        return this;
    }

    /**
     * From what follows a child once the stop is over, for that may forget the child it ends with;
     * null stands for the beginning.
     */
    Job startAfter(@Nullable Child before) {
        startsAfter = true;
        startAfter = before;
        return this;
    }

    /** The next child to stop, null when that is done. */
    @Nullable Child nextToStop() {
        Child child = stopping;
        stopping = child == null || child == stopUntil ? null : child.previous;
        return child;
    }

    /** The next child to start, null when that is done. */
    @Nullable Child nextToStart(Children children) {
        if (startsAfter) {
            startsAfter = false;
            starting = startAfter == null ? children.first() : startAfter.next;
        }
        Child child = starting;
        starting = child == null || child == startUntil ? null : child.next;
        return child;
    }

    /** The child that the job is about. */
    Child subject() {
        return Objects.requireNonNull(subject);
    }

    /**
     * Whether a stop of the supervisor cuts it short. What has been carried out is concluded first,
     * so that whoever asked for it learns the truth.
     */
    boolean yieldsToStop() {
        return switch (goal) {
            case SHUT_DOWN -> false;
            case BOOT, REPORTED_EXIT -> true;
            case RESTART, BACK_OFF, ADD, START, TERMINATE, REMOVE ->
                    stopping != null || starting != null || startsAfter;
        };
    }

    /** Whether somebody asked for this very child, as against a group or the whole supervisor. */
    boolean isAskedFor() {
        return switch (goal) {
            case ADD, START, TERMINATE, REMOVE -> true;
            case BOOT, RESTART, BACK_OFF, REPORTED_EXIT, SHUT_DOWN -> false;
        };
    }

    /**
     * Whether a temporary child that it stops is forgotten. A group restart and a request to stop
     * forget it; an end of the whole tree does not, so that it can resume.
     */
    boolean forgetsTemporaryOnes() {
        return switch (goal) {
            case RESTART, BACK_OFF, TERMINATE -> true;
            case BOOT, ADD, START, REMOVE, REPORTED_EXIT, SHUT_DOWN -> false;
        };
    }
}
