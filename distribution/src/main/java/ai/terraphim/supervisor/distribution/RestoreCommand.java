package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.persistence.StoreBackup;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code restore}: puts a backup in the place of the database of a home. */
@Command(
        name = "restore",
        description = {
            "Puts a backup in the place of the database; no supervisor may run.",
            "What was there is kept beside it under another name."
        })
final class RestoreCommand implements Runnable {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Parameters(paramLabel = "FILE", description = "What backup has made.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Override
    public void run() {
        Terminal terminal = Terminal.standard();
        Path data = parent.home().data();
        StoreBackup.restore(file, data)
                .ifPresent(kept -> terminal.line("what was there is kept as " + kept));
        terminal.line("restored %s to %s".formatted(file.toAbsolutePath(), data));
    }
}
