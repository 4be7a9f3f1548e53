package ai.terraphim.supervisor.plugins.httpprobe;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.util.Set;

/** Makes agents of type {@code http-probe}. */
public final class HttpProbeAgentFactory implements AgentFactory<HttpProbeConfig> {

    /** Called by the supervisor that loads the plugin. */
    public HttpProbeAgentFactory() {}

    @Override
    public Set<String> supportedTypes() {
        return Set.of("http-probe");
    }

    @Override
    public Class<HttpProbeConfig> configType() {
        return HttpProbeConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, HttpProbeConfig config) {
        return new HttpProbeAgent(config);
    }
}
