package ai.terraphim.supervisor.distribution;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code message}: what is to become of a parked message. */
@Command(
        name = "message",
        description = "Sends a parked message again, or forgets it.",
        synopsisSubcommandLabel = "(replay | drop)")
final class MessageCommand {

    @Command(
            name = "replay",
            description = "Sends a parked message to its agent again, behind all that wait there.")
    void replay(
            @Mixin Target target,
            @Parameters(paramLabel = "ID", description = "As messages shows it.") long id) {
        target.order(
                connection -> connection.order(runtime -> runtime.replayMessage(id)),
                "message " + id + " sent again");
    }

    @Command(name = "drop", description = "Forgets a parked message.")
    void drop(
            @Mixin Target target,
            @Parameters(paramLabel = "ID", description = "As messages shows it.") long id) {
        target.order(
                connection -> connection.order(runtime -> runtime.dropMessage(id)),
                "message " + id + " dropped");
    }
}
