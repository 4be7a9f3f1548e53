package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildCounts;

/** What comes back to who asked for something that has been carried out. */
public sealed interface Answer {

    /** It is done. */
    record Done() implements Answer {}

    /**
     * A child was to be started, and runs, is starting without being waited for, or said that it
     * need not run now.
     *
     * @param child which; its run is the newest
     */
    record Started(Child child) implements Answer {}

    /**
     * The children were to be counted.
     *
     * @param counts how many there are
     */
    record Counted(ChildCounts counts) implements Answer {}

    /** The children were to be listed: as they stand at this moment, before the call returns. */
    record Listed() implements Answer {}
}
