package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads the spec of one child from YAML or JSON, by the rules of a {@link TreeFile}. */
public final class SpecReader {
    private static final int MAX_LENGTH = 3_000_000;

    private SpecReader() {}

    /**
     * Reads and checks one entry of {@code children}: an agent or a supervisor.
     *
     * @param text as in <code>{ id: web, type: process, config: { command: [ls] } }</code>
     * @param source whom to name in errors, such as {@code spawn}
     * @param supervisorPath the supervisor that the child is for, as in {@code root/pipeline}
     * @param types the agent types that it may name
     * @param dataFolder the value of <code>${data}</code>
     * @return the spec; every agent in it has been checked by its factory
     * @throws ConfigurationException with everything that is wrong
     */
    public static ChildSpec read(
            String text, String source, String supervisorPath, AgentTypes types, Path dataFolder) {
        TreeReader reader = new TreeReader(source, types, new Placeholders(dataFolder));
        ChildSpec child =
                reader.child(node(text, source), supervisorPath, supervisorPath, new HashMap<>());
        reader.throwProblems();
        if (child == null) {
            throw new AssertionError("no spec and no problem: " + source);
        }
        return child;
    }

    /**
     * Reads what a new instance of a pool brings with it.
     *
     * @param text as in <code>{ config: { url: "http://localhost/" } }</code>
     * @param source whom to name in errors, such as {@code spawn}
     * @param poolPath the pool
     * @param types the agent types of the runtime
     * @param dataFolder the value of <code>${data}</code>
     * @return the instance's configuration, which is checked when it is laid over the template's
     * @throws ConfigurationException with everything that is wrong
     */
    public static Map<String, Object> readInstance(
            String text, String source, String poolPath, AgentTypes types, Path dataFolder) {
        TreeReader reader = new TreeReader(source, types, new Placeholders(dataFolder));
        Map<String, Object> settings = reader.settings(node(text, source), poolPath);
        reader.throwProblems();
        return settings;
    }

    private static Node node(String text, String source) {
        if (text.length() > MAX_LENGTH) {
            throw NodeReader.failure(
                    source, 0, "is longer than 3 million characters; is this a spec?");
        }
        return NodeReader.read(text, source);
    }
}
