package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.persistence.StoreBackup;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code backup}: copies the database of a home, whether or not a supervisor runs on it. */
@Command(
        name = "backup",
        description = {
            "Copies the database into one file, also while a supervisor runs.",
            "The file holds all that was acknowledged when the copy began, and appears when it is complete."
        })
final class BackupCommand implements Runnable {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Parameters(paramLabel = "FILE", description = "The file to make; there must be none.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Override
    public void run() {
        StoreBackup.backup(parent.home().data(), file);
        Terminal.standard().line("backed up to " + file.toAbsolutePath());
    }
}
