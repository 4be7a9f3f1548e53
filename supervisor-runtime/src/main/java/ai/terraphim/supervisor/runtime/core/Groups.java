package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.RestartStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Whom the failure of a child concerns besides, by the supervisor's strategy, and whether such a
 * group is down and waits for its restart. There is never more than one that does.
 */
final class Groups {
    private final Children children;
    private final CurrentConfig config;
    private @Nullable Child waiting;

    Groups(CurrentConfig config, Children children) {
        this.config = config;
        this.children = children;
    }

    private RestartStrategy strategy() {
        return config.get().strategy();
    }

    /** Whether a failure can concern others at all. */
    boolean exist() {
        return switch (strategy()) {
            case ONE_FOR_ONE, SIMPLE_ONE_FOR_ONE -> false;
            case REST_FOR_ONE, ONE_FOR_ALL -> true;
        };
    }

    /** The child for which its group waits to be restarted; null if none does. */
    @Nullable Child waiting() {
        return waiting;
    }

    /** The group of a child is down and waits until the child is to be restarted. */
    void await(Child root) {
        waiting = exist() ? root : null;
    }

    /**
     * The child whose group is concerned when a child fails. While a group waits, whoever fails
     * besides is in it, or it is in theirs.
     */
    Child rootOf(Child failed) {
        return waiting == null ? failed : earlier(waiting, failed);
    }

    /** The first of those whom the failure of a child concerns besides; they go on to the last. */
    @Nullable Child firstBesides(Child root) {
        return switch (strategy()) {
            case ONE_FOR_ONE, SIMPLE_ONE_FOR_ONE -> null;
            case REST_FOR_ONE -> root.next;
            case ONE_FOR_ALL -> children.first();
        };
    }

    /** Whether the failure of a child concerns another. */
    boolean isConcerned(Child root, Child child) {
        return switch (strategy()) {
            case ONE_FOR_ONE, SIMPLE_ONE_FOR_ONE -> root == child;
            case REST_FOR_ONE -> earlier(root, child) == root;
            case ONE_FOR_ALL -> true;
        };
    }

    /** Which of two children is started first. */
    private static Child earlier(Child one, Child other) {
        for (Child child = one; child != null; child = child.previous) {
            if (child == other) {
                return other;
            }
        }
        return one;
    }

    /** Has a job stop the group of a child, if there are others in it. None waits any more. */
    Job stop(Job job, Child root) {
        waiting = null;
        return switch (strategy()) {
            case ONE_FOR_ONE, SIMPLE_ONE_FOR_ONE -> job;
            case REST_FOR_ONE -> job.stop(children.last(), root);
            case ONE_FOR_ALL -> job.stop(children.last(), null);
        };
    }

    /** Has a job stop the group of a child and start it. None waits any more. */
    Job restart(Job job, Child root) {
        waiting = null;
        return switch (strategy()) {
            case ONE_FOR_ONE, SIMPLE_ONE_FOR_ONE -> job.start(root, root);
            case REST_FOR_ONE -> stop(job, root).startAfter(root.previous);
            case ONE_FOR_ALL -> stop(job, root).startAfter(null);
        };
    }

    /** Has a job stop the group of a child and start it without the child, which may be gone. */
    Job restartWithout(Job job, Child root) {
        waiting = null;
        job.leftOut = root;
        Child first = strategy() == RestartStrategy.REST_FOR_ONE ? root.next : root;
        return first == null ? job : restart(job, first);
    }
}
