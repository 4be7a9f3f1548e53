package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.config.TreeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code check}: reads a tree file as {@code run} would, and starts nothing. */
@Command(
        name = "check",
        description =
                "Reads a tree file as run would, says everything that is wrong with it, and starts nothing.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Parameters(paramLabel = "TREE", description = "The tree file, YAML or JSON.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path tree;

    @Override
    public Integer call() throws IOException {
        Terminal terminal = Terminal.standard();
        Home home = parent.home();
        Path cache = Files.createTempDirectory("supervisor-check"); // the home is left as it is
        try (Plugins plugins = Plugins.load(home, cache, terminal)) {
            TreeFile found = TreeFile.read(tree, plugins.types(), home.data());
            terminal.line(
                    "%s is right: runtime %s, %d agents, %d supervisors"
                            .formatted(
                                    tree,
                                    found.runtimeName(),
                                    specs(found.root()).filter(AgentSpec.class::isInstance).count(),
                                    specs(found.root())
                                            .filter(SupervisorConfig.class::isInstance)
                                            .count()));
        } finally {
            delete(cache);
        }
        return ExitCode.OK.code();
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
