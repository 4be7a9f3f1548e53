package ai.terraphim.supervisor.distribution;

import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which running supervisor a command is meant for. */
final class Target {

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description =
                    "The supervisor's process; by default the one that runs on the data folder.")
    private @Nullable Long pid;

    Home home() {
        return ((SupervisorCommand) command.root().userObject()).home();
    }

    /** Whether nobody need be asked for the history: none was named, and none runs. */
    boolean isAtRest() {
        return pid == null && StoredHistory.isAtRest(home());
    }

    <T> T ask(Function<Connection, T> question) {
        try (Connection connection = Connection.open(home(), pid)) {
            return question.apply(connection);
        }
    }

    /** Has it do something, and says so when it is done. */
    void order(Consumer<Connection> order, String done) {
        Terminal.standard()
                .line(
                        ask(connection -> {
                            order.accept(connection);
                            return done;
                        }));
    }
}
