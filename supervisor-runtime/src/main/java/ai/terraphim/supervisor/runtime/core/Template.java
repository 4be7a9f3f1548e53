package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/** How the specs of a pool's instances come from the pool's one child, their template. */
public final class Template {
    private Template() {}

    /**
     * The spec of a new instance.
     *
     * @param template the pool's one child
     * @param id the instance's own
     * @param settings laid over the template's configuration, key by key; of no use to a supervisor
     */
    public static ChildSpec instance(ChildSpec template, String id, Map<String, ?> settings) {
        return switch (template) {
            case AgentSpec agent when settings.isEmpty() -> agent(agent, id, agent.config());
            case AgentSpec agent -> {
                Map<String, Object> config = new LinkedHashMap<>(agent.config());
                config.putAll(settings);
                yield agent(agent, id, config);
            }
            case SupervisorConfig nested -> supervisor(nested, id);
        };
    }

    /**
     * The spec that an instance goes on with under another template: it keeps its configuration.
     */
    static ChildSpec successor(ChildSpec template, ChildSpec instance) {
        return switch (template) {
            case AgentSpec agent when instance instanceof AgentSpec old ->
                    agent(agent, old.id(), old.config());
            case AgentSpec agent -> agent(agent, instance.id(), agent.config());
            case SupervisorConfig nested -> supervisor(nested, instance.id());
        };
    }

    private static AgentSpec agent(AgentSpec template, String id, Map<String, Object> config) {
        return new AgentSpec(
                id,
                template.type(),
                template.name().equals(template.id()) ? id : template.name(),
                config,
                template.restart(),
                template.start(),
                template.shutdown(),
                template.significant(),
                template.mailbox(),
                template.removeFinished(),
                template.restarts(),
                template.safeguards(),
                template.checkpoints());
    }

    private static SupervisorConfig supervisor(SupervisorConfig template, String id) {
        return new SupervisorConfig(
                id,
                template.policy(),
                template.restart(),
                template.start(),
                template.shutdown(),
                template.significant(),
                template.autoShutdown(),
                template.maxChildren(),
                template.restarts(),
                template.children());
    }
}
