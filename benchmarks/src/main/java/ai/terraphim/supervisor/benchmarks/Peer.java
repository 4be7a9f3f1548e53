package ai.terraphim.supervisor.benchmarks;

import java.time.Duration;

/**
 * One way to supervise children, for {@link Workloads} to drive. Every {@link Child} tells {@code
 * ups}, if there is one, when it has initialised.
 */
interface Peer {

    /** What becomes of the siblings of a child that crashes. */
    enum Group {
        ONE_FOR_ONE,
        ONE_FOR_ALL
    }

    /** A supervisor with children that are known when it starts. */
    Tree flat(Group group, int children, Box ups);

    /** A supervisor whose children are added one by one, each when the one before is up. */
    Tree oneByOne(int children);

    /** Whether a child added {@link #oneByOne} is on disk before the next: then fewer will do. */
    default boolean spawnIsDurable() {
        return false;
    }

    /** Supervisors of ten supervisors each, and ten children at the bottom. */
    Tree deep(int depth);

    /** Supervisors of one each; the crash of the child at the bottom is for the root to mend. */
    Tree chain(int supervisors, Box ups);

    /** Children under a supervisor. */
    interface Tree extends AutoCloseable {

        /** Starts the children in order. Those that tell {@code ups} may still be initialising. */
        void start() throws InterruptedException;

        /** A child of a tree {@link Peer#oneByOne}. */
        Target child(int index);

        /** Stops the children, each when the one after it has ended. */
        void stop() throws InterruptedException;

        /** Waits until that many restarts are on disk; false if this peer keeps no history. */
        default boolean awaitHistory(int restarts, Duration atMost) throws InterruptedException {
            return false;
        }

        /** Lets go of what is no part of the tree. */
        @Override
        default void close() {}
    }
}
