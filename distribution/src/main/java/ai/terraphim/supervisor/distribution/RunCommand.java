package ai.terraphim.supervisor.distribution;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code run}: starts a tree and stays until it ends. */
@Command(
        name = "run",
        description = {
            "Starts a tree and stays until it ends.",
            "Ctrl-C or SIGTERM stop it in order, each child within its shutdown time; the exit code is then 0. A second"
                    + " Ctrl-C kills at once."
        })
final class RunCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Parameters(paramLabel = "TREE", description = "The tree file, YAML or JSON.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path tree;

    @Option(
            names = "--fresh",
            description =
                    "Start the tree as the file has it: children added at run time do not come back, and stopped ones"
                            + " start. Nothing is deleted, and agents find their states.")
    private boolean fresh;

    @Override
    public Integer call() throws IOException {
        Home home = parent.home();
        home.prepare();
        Logging.start(home);
        return new Standalone(home, Terminal.standard()).run(tree, fresh).code();
    }
}
