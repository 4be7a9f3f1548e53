package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.config.AgentTypes;
import ai.terraphim.supervisor.runtime.plugin.LoadedPlugin;
import ai.terraphim.supervisor.runtime.plugin.PluginLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The plugins of a home and the agent types they bring. */
final class Plugins implements AutoCloseable {
    private final PluginLoader loader;
    private final AgentTypes types = new AgentTypes();

    private Plugins(PluginLoader loader) {
        this.loader = loader;
    }

    /**
     * Loads every jar of a home's plugins folder, and says what came of it. A broken one is named,
     * and the others are loaded.
     *
     * @param home the installation
     * @param cache where private copies of the jars are kept
     */
    static Plugins load(Home home, Path cache, Terminal terminal) {
        Plugins plugins = new Plugins(new PluginLoader(cache));
        try {
            List<LoadedPlugin> found = plugins.loader.load(home.plugins(), plugins.types);
            plugins.tell(found, home, terminal);
            return plugins;
        } catch (RuntimeException e) {
            plugins.close();
            throw e;
        }
    }

    AgentTypes types() {
        return types;
    }

    @Override
    public void close() {
        loader.close();
    }

    private void tell(List<LoadedPlugin> found, Home home, Terminal terminal) {
        if (types.types().isEmpty()) {
            terminal.line(
                    terminal.yellow(
                            "no agent types: there is no plugin that works in " + home.plugins()));
        } else {
            terminal.line(
                    "agent types  "
                            + types.types().stream().sorted().collect(Collectors.joining(", ")));
        }
        for (LoadedPlugin plugin : found) {
            switch (plugin.state()) {
                case LOADED -> {}
                case FAILED ->
                        terminal.line(
                                terminal.red(
                                        "plugin %s left out: %s"
                                                .formatted(
                                                        plugin.file().getFileName(),
                                                        plugin.failure())));
            }
        }
    }
}
