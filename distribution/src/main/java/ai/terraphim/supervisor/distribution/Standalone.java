package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.Termination;
import ai.terraphim.supervisor.persistence.Owner;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.config.TreeFile;
import ai.terraphim.supervisor.runtime.jmx.JmxPublisher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole supervisor in its own JVM, from the tree file to the exit code.
 *
 * <p>What may be refused is looked at before anything is started: the plugins, the tree, the owner
 * of the data folder. From there on, whatever happens, the tree is stopped in order and everything
 * is closed.
 */
final class Standalone {
    /** How the line begins that says that the tree is up. */
    static final String UP = "up";

    private static final Logger LOG = LoggerFactory.getLogger(Standalone.class);

    private final Home home;
    private final Terminal terminal;
    private final AtomicBoolean stopping = new AtomicBoolean();

    Standalone(Home home, Terminal terminal) {
        this.home = home;
        this.terminal = terminal;
    }

    ExitCode run(Path treeFile, boolean fresh) throws IOException {
        SqliteStore.owner(home.data()).ifPresent(this::refuse);
        Path cache = home.data().resolve("plugin-cache");
        try (Plugins plugins = Plugins.load(home, cache, terminal)) {
            TreeFile tree = TreeFile.read(treeFile, plugins.types(), home.data());
            tree.warnings()
                    .forEach(warning -> {
                        terminal.line(terminal.yellow("warning: " + warning));
                        LOG.warn("{}", warning);
                    });
            SqliteStore store = SqliteStore.open(home.data(), tree.runtimeName(), tree.store());
            try {
                new Leftovers(home.data()).end(line -> terminal.line(terminal.yellow(line)));
            } catch (IOException | RuntimeException e) {
                store.close();
                throw e;
            }
            return run(plugins, tree, store, fresh);
        }
    }

    private ExitCode run(Plugins plugins, TreeFile tree, SqliteStore store, boolean fresh) {
        SupervisorRuntime.Builder builder = SupervisorRuntime.builder(tree.runtimeName());
        tree.dependencies().forEach(builder::dependency);
        SupervisorRuntime runtime =
                builder.types(plugins.types())
                        .store(store)
                        .fresh(fresh)
                        .onStoreFailure(tree.onStoreFailure())
                        .dataFolder(home.data())
                        .listener(
                                new EventPrinter(
                                        terminal, ZoneId.systemDefault(), longestPath(tree.root())))
                        .listener(new EventLogger())
                        .listener(event -> sayWhenUp(event, tree.root().id()))
                        .build();
        // for an end that is no signal, such as System.exit in a plugin: no process may outlive us
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(runtime::close));
        Signals.handle(name -> onSignal(runtime, name));
        Termination end;
        try (runtime;
                JmxPublisher _ = JmxPublisher.publish(runtime)) {
            terminal.line(
                    "%s  process %d  data %s"
                            .formatted(
                                    terminal.bold(tree.runtimeName()),
                                    ProcessHandle.current().pid(),
                                    home.data()));
            runtime.start(tree.root());
            end = runtime.termination().join();
        } catch (SupervisionException e) {
            if (stopping.get()) { // in the middle of the start
                return stopped();
            }
            if (e.category() != ErrorCategory.STARTUP) {
                throw e;
            }
            throw new CommandFailure(
                    ExitCode.NOT_STARTED,
                    "%s; what had started was stopped again, and %s may say more"
                            .formatted(e.getMessage(), home.logs().resolve("supervisor.log")),
                    e);
        }
        if (end.gaveUp()) {
            throw new CommandFailure(
                    ExitCode.GAVE_UP,
                    "the root gave up, and everything was stopped in order; why:\n  "
                            + String.join("\n  because ", end.causes()));
        }
        return stopped();
    }

    private static int longestPath(ChildSpec spec) {
        int below =
                switch (spec) {
                    case AgentSpec _ -> 0;
                    case SupervisorConfig supervisor ->
                            supervisor.children().stream()
                                    .mapToInt(child -> 1 + longestPath(child))
                                    .max()
                                    .orElse(0);
                };
        return spec.id().length() + below;
    }

    /** As the store would, but before plugins are loaded beside those of the other supervisor. */
    private void refuse(Owner owner) {
        throw new CommandFailure(
                ExitCode.STORE,
                "the data folder %s is in use by %s; stop that one first, or choose another home with --home"
                        .formatted(home.data(), owner));
    }

    private void sayWhenUp(SupervisionEvent event, String root) {
        if (event.kind() == EventKind.CHILD_STARTED && event.path().equals(root)) {
            terminal.line(UP + "; Ctrl-C stops it, 'supervisor tree' in another terminal shows it");
        }
    }

    private ExitCode stopped() {
        terminal.line("stopped");
        return ExitCode.OK;
    }

    private void onSignal(SupervisorRuntime runtime, String name) {
        if (stopping.compareAndSet(false, true)) {
            terminal.line("stopping (SIG" + name + ")");
            runtime.close();
        } else {
            terminal.line("killed (second SIG" + name + ")");
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            Runtime.getRuntime().halt(130);
        }
    }
}
