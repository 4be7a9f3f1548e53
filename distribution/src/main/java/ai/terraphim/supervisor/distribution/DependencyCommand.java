package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.DependenciesMXBean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code dependency}: steers the circuit of what agents depend on. */
@Command(
        name = "dependency",
        description = "Opens the circuit of a dependency, or resets it.",
        synopsisSubcommandLabel = "(open | reset)")
final class DependencyCommand {

    @Command(
            name = "open",
            description = "Opens the circuit until it is reset: nobody calls the dependency.")
    void open(
            @Mixin Target target,
            @Parameters(paramLabel = "KEY", description = "Such as llm:host/model.") String key) {
        target.order(
                connection -> connection.orderDependency(key, DependenciesMXBean::forceOpen),
                key + " forced open");
    }

    @Command(name = "reset", description = "Closes the circuit, and lets go who waits.")
    void reset(
            @Mixin Target target,
            @Parameters(paramLabel = "KEY", description = "Such as llm:host/model.") String key) {
        target.order(
                connection -> connection.orderDependency(key, DependenciesMXBean::reset),
                key + " closed");
    }
}
