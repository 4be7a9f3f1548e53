package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Reads trees of a few agent types from a file in a folder. */
final class TreeFiles {
    private static final LoopAgent IDLE = context -> {};
    private static final Map<String, String> ENVIRONMENT =
            Map.of("ID", "from-env", "NESTED", "${env:ID}", "A", "a");

    private final AgentTypes types = new AgentTypes();
    private final Path folder;

    TreeFiles(Path folder) {
        this.folder = folder;
        types.register(AgentFactory.of("process", Command.class, config -> IDLE), "test");
        types.register(AgentFactory.of("watch", Watch.class, config -> IDLE), "test");
        types.register(AgentFactory.of("http-probe", Probe.class, config -> IDLE), "test");
        types.register(AgentFactory.of("idle", NoConfig.class, config -> IDLE), "test");
    }

    record Command(List<String> command) {}

    record Watch(Path folder, Path output) {}

    record Probe(URI url, Duration every) {
        Probe {
            if (!url.isAbsolute()) {
                throw new IllegalArgumentException(
                        "url must begin with http:// or https://, was " + url);
            }
        }
    }

    AgentTypes types() {
        return types;
    }

    TreeFile read(String text) {
        try {
            return TreeFile.read(
                    Files.writeString(file(), text),
                    types,
                    new Placeholders(folder, ENVIRONMENT::get));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The problems that {@link #read} has found, without the file's name before them. */
    List<String> inFile(List<Problem> problems) {
        int prefix = (file() + ":").length();
        return problems.stream()
                .map(problem -> problem.toString().substring(prefix).strip())
                .toList();
    }

    private Path file() {
        return folder.resolve("tree.txt");
    }
}
