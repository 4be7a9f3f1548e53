package ai.terraphim.supervisor.distribution;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code message}: what is to become of a parked message. */
@Command(
        name = "message",
        description = "Sends a parked message again, or forgets it.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class MessageCommand {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Command(
            name = "replay",
            description = "Sends a parked message to its agent again, behind all that wait there.",
            mixinStandardHelpOptions = true)
    void replay(
            @Mixin SupervisorCommand.Target target,
            @Parameters(paramLabel = "ID", description = "As messages shows it.") long id) {
        try (Connection connection = Connection.open(parent.home(), target.pid)) {
            connection.ask(runtime -> {
                runtime.replayMessage(id);
                return true;
            });
            Terminal.standard().line("message " + id + " sent again");
        }
    }

    @Command(
            name = "drop",
            description = "Forgets a parked message.",
            mixinStandardHelpOptions = true)
    void drop(
            @Mixin SupervisorCommand.Target target,
            @Parameters(paramLabel = "ID", description = "As messages shows it.") long id) {
        try (Connection connection = Connection.open(parent.home(), target.pid)) {
            connection.ask(runtime -> {
                runtime.dropMessage(id);
                return true;
            });
            Terminal.standard().line("message " + id + " dropped");
        }
    }
}
