package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.store.Orphan;

/**
 * What management clients see of an agent that has states in the store and no place in the tree.
 * Composite data with the same names, so a client needs none of our classes.
 *
 * @param path the place that it had
 * @param since since when that is known, in ISO 8601 and UTC
 * @param savedAt when its newest state was saved, in ISO 8601 and UTC
 * @param bytes how large its states are together
 */
public record OrphanView(String path, String since, String savedAt, long bytes) {

    /**
     * Shows an orphan.
     *
     * @param orphan the orphan
     * @return the same in types that every client has
     */
    public static OrphanView of(Orphan orphan) {
        return new OrphanView(
                orphan.pid().path(),
                orphan.since().toString(),
                orphan.savedAt().toString(),
                orphan.bytes());
    }
}
