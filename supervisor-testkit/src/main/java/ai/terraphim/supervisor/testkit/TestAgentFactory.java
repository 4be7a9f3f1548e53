package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Makes {@link TestAgent}s, under the type {@code test}, and keeps what they were told. */
public final class TestAgentFactory implements AgentFactory<TestAgent.Script> {
    private final Map<String, List<Object>> received = new ConcurrentHashMap<>();

    /** A factory that has made no agents yet. */
    public TestAgentFactory() {}

    /**
     * The messages that agents have handled to the end.
     *
     * @param id an agent's id; those of the same id in other branches count, too
     * @return over all runs, in order; live
     */
    public List<Object> received(String id) {
        return received.computeIfAbsent(id, _ -> new CopyOnWriteArrayList<>());
    }

    @Override
    public Set<String> supportedTypes() {
        return Set.of("test");
    }

    @Override
    public Class<TestAgent.Script> configType() {
        return TestAgent.Script.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, TestAgent.Script script) {
        return new TestAgent(script, received(spec.id())::add);
    }
}
