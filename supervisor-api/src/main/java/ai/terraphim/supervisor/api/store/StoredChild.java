package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.SupervisorId;

/**
 * A child that was added to a running supervisor.
 *
 * @param supervisor whose child it is
 * @param spec how it is run
 */
public record StoredChild(SupervisorId supervisor, ChildSpec spec) {

    /**
     * The child's place in the tree.
     *
     * @return the supervisor's path and the child's id
     */
    public String path() {
        return supervisor.path() + "/" + spec.id();
    }
}
