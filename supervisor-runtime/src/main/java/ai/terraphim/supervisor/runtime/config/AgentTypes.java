package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import java.util.Set;

/** SKELETON: which factory makes agents of which type. Thread safe. */
public final class AgentTypes {

    /**
     * @param source whom to name in errors: a plugin id, or "embedding program". Throws
     *     DuplicateAgentTypeException.
     */
    public void register(AgentFactory<?> factory, String source) {
        throw new UnsupportedOperationException();
    }

    public Set<String> types() {
        throw new UnsupportedOperationException();
    }

    /**
     * Finds the factory, binds and validates the configuration; throws ConfigurationException with
     * every problem.
     */
    public BoundAgent bind(AgentSpec spec) {
        throw new UnsupportedOperationException();
    }
}
