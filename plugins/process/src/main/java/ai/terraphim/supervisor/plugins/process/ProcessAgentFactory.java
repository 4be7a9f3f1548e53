package ai.terraphim.supervisor.plugins.process;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.util.Set;

/** Makes agents of type {@code process}. */
public final class ProcessAgentFactory implements AgentFactory<ProcessConfig> {

    /** Called by the supervisor that loads the plugin. */
    public ProcessAgentFactory() {}

    @Override
    public Set<String> supportedTypes() {
        return Set.of("process");
    }

    @Override
    public Class<ProcessConfig> configType() {
        return ProcessConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, ProcessConfig config) {
        return new ProcessAgent(config);
    }
}
