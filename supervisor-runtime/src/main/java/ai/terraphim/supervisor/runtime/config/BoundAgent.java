package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisedAgent;

/**
 * SKELETON: a spec whose configuration has been read into its factory's record; makes the agent for
 * each run.
 */
public final class BoundAgent {

    /** A new agent object for one run. */
    public SupervisedAgent create() throws Exception {
        throw new UnsupportedOperationException();
    }

    /** Typed state to JSON and back with the mapper of the factory's class loader. */
    public Snapshot encode(Record state) {
        throw new UnsupportedOperationException();
    }

    public <S extends Record> S decode(Snapshot snapshot, Class<S> type) {
        throw new UnsupportedOperationException();
    }
}
