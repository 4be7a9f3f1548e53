package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.DependenciesMXBean;
import java.util.function.BiConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code dependency}: steers the circuit of what agents depend on. */
@Command(
        name = "dependency",
        description = "Opens the circuit of a dependency, or resets it.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(open | reset)")
final class DependencyCommand {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Command(
            name = "open",
            description = "Opens the circuit until it is reset: nobody calls the dependency.",
            mixinStandardHelpOptions = true)
    void open(
            @Mixin SupervisorCommand.Target target,
            @Parameters(paramLabel = "KEY", description = "Such as llm:host/model.") String key) {
        steer(target, key, "forced open", DependenciesMXBean::forceOpen);
    }

    @Command(
            name = "reset",
            description = "Closes the circuit, and lets go who waits.",
            mixinStandardHelpOptions = true)
    void reset(
            @Mixin SupervisorCommand.Target target,
            @Parameters(paramLabel = "KEY", description = "Such as llm:host/model.") String key) {
        steer(target, key, "closed", DependenciesMXBean::reset);
    }

    private void steer(
            SupervisorCommand.Target target,
            String key,
            String done,
            BiConsumer<DependenciesMXBean, String> verb) {
        try (Connection connection = Connection.open(parent.home(), target.pid)) {
            String steered =
                    connection
                            .askDependencies(dependencies -> {
                                verb.accept(dependencies, key);
                                return key;
                            })
                            .orElseThrow(() ->
                                    new CommandFailure(
                                            ExitCode.REFUSED,
                                            "there is no dependency '%s', nor any other; add it to dependencies: of the tree file"
                                                    .formatted(key)));
            Terminal.standard().line(steered + " " + done);
        }
    }
}
