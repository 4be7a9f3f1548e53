package ai.terraphim.supervisor.runtime.plugin;

import java.nio.file.Path;
import org.pf4j.ClassLoadingStrategy;
import org.pf4j.DefaultPluginDescriptor;
import org.pf4j.JarPluginManager;
import org.pf4j.Plugin;
import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginFactory;
import org.pf4j.PluginLoader;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PluginStatusProvider;
import org.pf4j.RuntimeMode;

/**
 * PF4J with what reaches plugins taken in hand: they see {@link SharedClasses} and themselves,
 * their manifest can set nothing but id and version, and they run no code on loading. Not thread
 * safe, as PF4J is not.
 *
 * <p>PF4J's own extension finders are not used: they log a factory that cannot be loaded, where we
 * must report it.
 */
final class IsolatedPluginManager extends JarPluginManager {
    // PF4J calls the factory methods below from its constructor, before any field of this class is
    // set.
    private static final SharedClasses SHARED =
            new SharedClasses(IsolatedPluginManager.class.getClassLoader());

    IsolatedPluginManager(Path folder) {
        super(folder);
    }

    /** Loads a jar that has been checked and returns its class loader. */
    ClassLoader open(Path jar) {
        String id = loadPlugin(jar);
        startPlugin(id);
        return getPluginClassLoader(id);
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
        return new PluginDescriptorFinder() {
            @Override
            public boolean isApplicable(Path jar) {
                return true;
            }

            @Override
            public PluginDescriptor find(Path jar) {
                try {
                    PluginManifest manifest = PluginManifest.read(jar);
                    return new DefaultPluginDescriptor(
                            manifest.id(),
                            "",
                            Plugin.class.getName(),
                            manifest.version(),
                            "*",
                            "",
                            "");
                } catch (PluginFailure e) {
                    throw new PluginRuntimeException(e.text());
                }
            }
        };
    }

    @Override
    protected PluginLoader createPluginLoader() {
        return new PluginLoader() {
            @Override
            public boolean isApplicable(Path jar) {
                return true;
            }

            @Override
            public ClassLoader loadPlugin(Path jar, PluginDescriptor descriptor) {
                // Parent first: a plugin's own copy of a shared package must not come between.
                PluginClassLoader loader =
                        new PluginClassLoader(
                                IsolatedPluginManager.this,
                                descriptor,
                                SHARED,
                                ClassLoadingStrategy.APD);
                loader.addFile(jar.toFile());
                return loader;
            }
        };
    }

    @Override
    protected PluginFactory createPluginFactory() {
        return _ -> new Plugin();
    }

    /** Otherwise files named enabled.txt and disabled.txt would decide. */
    @Override
    protected PluginStatusProvider createPluginStatusProvider() {
        return new PluginStatusProvider() {
            @Override
            public boolean isPluginDisabled(String pluginId) {
                return false;
            }

            @Override
            public void disablePlugin(String pluginId) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void enablePlugin(String pluginId) {
                throw new UnsupportedOperationException();
            }
        };
    }

    /** Otherwise the system property pf4j.mode would decide. */
    @Override
    public RuntimeMode getRuntimeMode() {
        return RuntimeMode.DEPLOYMENT;
    }
}
