package ai.terraphim.supervisor.runtime.plugin;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads agent types from the jars of a folder, each in a class loader of its own. A jar that cannot
 * be used is reported by name with the reason, and the others are loaded.
 *
 * <p>A plugin is a jar with {@code Plugin-Id}, {@code Plugin-Version} (semantic) and {@code
 * Supervisor-Api-Version} (such as {@code 0.1}) in its manifest, the names of its factory classes
 * in {@code META-INF/services/ai.terraphim.supervisor.api.AgentFactory}, and the libraries it
 * needs. It sees the JDK, the API, SLF4J and JSpecify, and nothing else of the host. It runs with
 * the full rights of the JVM.
 *
 * <p>May be called from any thread. PF4J is not thread safe, so all work, the constructors of the
 * factories included, is done by one thread of this loader.
 */
public final class PluginLoader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PluginLoader.class);

    private final JarCache cache;
    private final IsolatedPluginManager manager;
    private final ExecutorService owner =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform()
                            .name("plugins")
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .factory());

    /** What is loaded, by plugin id. Belongs to the owner's thread. */
    private final Map<String, Loaded> loaded = new LinkedHashMap<>();

    private record Loaded(Path file, AgentTypes types) {}

    /**
     * A loader without plugins.
     *
     * @param cacheFolder where private copies of the jars are kept, made when it is needed; it may
     *     be shared and survive
     */
    public PluginLoader(Path cacheFolder) {
        this.cache = new JarCache(cacheFolder);
        this.manager = new IsolatedPluginManager(cacheFolder);
    }

    /**
     * Loads every {@code *.jar} of a folder in the order of their names, but those whose name
     * begins with a dot, and registers their factories.
     *
     * @param pluginsFolder the folder; if it does not exist there are no plugins
     * @param types where the factories are registered, by plugin id
     * @return one entry for each jar, in the order of their names
     * @throws ConfigurationException if the folder cannot be read
     */
    public List<LoadedPlugin> load(Path pluginsFolder, AgentTypes types) {
        return onOwner(() -> {
            List<LoadedPlugin> plugins = new ArrayList<>();
            for (Path jar : jars(pluginsFolder)) {
                plugins.add(load(jar, types, new Facts()));
            }
            return List.copyOf(plugins);
        });
    }

    /**
     * Forgets the factories of all plugins and closes their class loaders. Stop their agents first.
     * Idempotent.
     */
    @Override
    public void close() {
        if (owner.isShutdown()) {
            return;
        }
        onOwner(() -> {
            List<String> ids = new ArrayList<>(loaded.keySet());
            ids.reversed().forEach(this::unload);
            return ids;
        });
        owner.close();
    }

    private static List<Path> jars(Path folder) {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> isJar(file.getFileName().toString())).sorted().toList();
        } catch (IOException e) {
            throw new ConfigurationException(
                    List.of(
                            new Problem(
                                    folder.toString(),
                                    0,
                                    "",
                                    "cannot be read: " + e + "; name a folder with plugin jars")));
        }
    }

    private static boolean isJar(String name) {
        return name.endsWith(".jar") && !name.startsWith(".");
    }

    /** What is known of a jar so far, for the report. */
    private static final class Facts {
        private String id = "";
        private String version = "";
        private String sha256 = "";
    }

    private LoadedPlugin load(Path jar, AgentTypes types, Facts facts) {
        String failure;
        try {
            open(jar, types, facts);
            return new LoadedPlugin(
                    facts.id,
                    facts.version,
                    jar,
                    facts.sha256,
                    PluginState.LOADED,
                    "",
                    types.types(facts.id));
        } catch (PluginFailure e) {
            failure = e.text();
        } catch (Throwable e) { // of PF4J; what a plugin throws is a PluginFailure already
            failure = "cannot be loaded: " + PluginFailure.describe(e);
        }
        return new LoadedPlugin(
                facts.id, facts.version, jar, facts.sha256, PluginState.FAILED, failure, Set.of());
    }

    private void open(Path jar, AgentTypes types, Facts facts) throws PluginFailure {
        JarCache.Copy copy = copy(jar);
        facts.sha256 = copy.sha256();
        PluginManifest manifest = PluginManifest.read(copy.file());
        facts.id = manifest.id();
        facts.version = manifest.version();
        manifest.check(copy.file());
        Loaded first = loaded.get(manifest.id());
        if (first != null) {
            throw new PluginFailure(
                    "has the Plugin-Id '"
                            + manifest.id()
                            + "' of "
                            + first.file().getFileName()
                            + ", which is loaded; remove one of them");
        }
        loaded.put(manifest.id(), new Loaded(jar, types));
        boolean done = false;
        try {
            register(
                    manager.open(copy.file()),
                    new PluginVersion(manifest.id(), manifest.version(), copy.sha256()),
                    types);
            done = true;
        } finally {
            if (!done) {
                unload(manifest.id());
            }
        }
    }

    private JarCache.Copy copy(Path jar) throws PluginFailure {
        if (!Files.isRegularFile(jar)) {
            throw new PluginFailure("is no file; put the plugin's jar there, or remove it");
        }
        try {
            if (Files.size(jar) == 0) {
                throw new PluginFailure("is empty; put the plugin's jar there again, or remove it");
            }
            return cache.add(jar);
        } catch (IOException e) {
            throw new PluginFailure(
                    "cannot be copied: " + e + "; check permissions and space of both places");
        }
    }

    private static void register(ClassLoader loader, PluginVersion plugin, AgentTypes types)
            throws PluginFailure {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            List<AgentFactory<?>> factories = new ArrayList<>();
            // The raw type is all that a class literal can give.
            for (AgentFactory<?> factory : ServiceLoader.load(AgentFactory.class, loader)) {
                factories.add(factory);
            }
            if (factories.isEmpty()) {
                throw new PluginFailure(
                        "offers no agent types: its "
                                + PluginManifest.SERVICES
                                + " is empty; list the names of its factory classes there");
            }
            factories.forEach(factory -> types.register(factory, plugin));
        } catch (SupervisionException e) {
            throw new PluginFailure(String.valueOf(e.getMessage()));
        } catch (
                Throwable e) { // a plugin's constructors and static initialisers may throw anything
            if (e instanceof PluginFailure failure) {
                throw failure;
            }
            throw new PluginFailure(
                    "its factories cannot be made; mend or update the plugin: "
                            + PluginFailure.describe(e));
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void unload(String id) {
        Loaded plugin = loaded.remove(id);
        if (plugin != null) {
            plugin.types().unregister(id);
        }
        try {
            if (manager.getPlugin(id) != null) {
                manager.unloadPlugin(id);
            }
        } catch (Throwable e) { // one plugin that does not go must not keep the others
            LOG.warn("plugin {} was not unloaded cleanly: {}", id, PluginFailure.describe(e));
        }
    }

    private <T> T onOwner(Callable<T> work) {
        try {
            return owner.submit(work).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SupervisionException(
                    ErrorCategory.SYSTEM,
                    true,
                    "interrupted while plugins were loaded or unloaded; try again",
                    e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case null, default -> throw new AssertionError(e);
            }
        }
    }
}
