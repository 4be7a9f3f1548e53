package ai.terraphim.supervisor.plugins.watch;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.util.Set;

/** Makes agents of type {@code watch}. */
public final class WatchAgentFactory implements AgentFactory<WatchConfig> {

    /** Called by the supervisor that loads the plugin. */
    public WatchAgentFactory() {}

    @Override
    public Set<String> supportedTypes() {
        return Set.of("watch");
    }

    @Override
    public Class<WatchConfig> configType() {
        return WatchConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, WatchConfig config) {
        return new WatchAgent(config);
    }
}
