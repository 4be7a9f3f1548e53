package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.config.TreeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code check}: reads a tree file as {@code run} would, and starts nothing. */
@Command(
        name = "check",
        description =
                "Reads a tree file as run would, says everything that is wrong with it, and starts nothing.")
final class CheckCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Parameters(paramLabel = "TREE", description = "The tree file, YAML or JSON.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path tree;

    @Option(names = "--strict", description = "Fail if there are warnings.")
    private boolean strict;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Format format;

    @Override
    public Integer call() throws IOException {
        Terminal terminal = Terminal.standard();
        Home home = parent.home();
        Path cache = Files.createTempDirectory("supervisor-check"); // the home is left as it is
        try (Plugins plugins = Plugins.load(home, cache, terminal)) {
            TreeFile found = TreeFile.read(tree, plugins.types(), home.data());
            terminal.line(format.isJson() ? Json.text(json(found)) : text(found, terminal));
            return (strict && !found.warnings().isEmpty() ? ExitCode.CONFIGURATION : ExitCode.OK)
                    .code();
        } finally {
            delete(cache);
        }
    }

    private String text(TreeFile found, Terminal terminal) {
        Stream<String> warnings =
                found.warnings().stream().map(warning -> terminal.yellow("warning: " + warning));
        String right =
                "%s is right: runtime %s, %d agents, %d supervisors"
                        .formatted(
                                tree,
                                found.runtimeName(),
                                count(found, AgentSpec.class),
                                count(found, SupervisorConfig.class));
        return Stream.concat(warnings, Stream.of(right)).collect(Collectors.joining("\n"));
    }

    private Map<String, Object> json(TreeFile found) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tree", tree.toString());
        json.put("runtime", found.runtimeName());
        json.put("agents", count(found, AgentSpec.class));
        json.put("supervisors", count(found, SupervisorConfig.class));
        json.put("warnings", found.warnings().stream().map(CheckCommand::json).toList());
        return json;
    }

    private static Map<String, Object> json(Problem warning) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("line", warning.line());
        json.put("path", warning.path());
        json.put("message", warning.message());
        return json;
    }

    private static long count(TreeFile tree, Class<? extends ChildSpec> kind) {
        return specs(tree.root()).filter(kind::isInstance).count();
    }

    private static Stream<ChildSpec> specs(ChildSpec spec) {
        return switch (spec) {
            case AgentSpec agent -> Stream.of(agent);
            case SupervisorConfig supervisor ->
                    Stream.concat(
                            Stream.of(supervisor),
                            supervisor.children().stream().flatMap(CheckCommand::specs));
        };
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
