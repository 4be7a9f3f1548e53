package ai.terraphim.supervisor.runtime.plugin;

import java.util.List;

/**
 * The parent of every plugin's class loader: the JDK and the few packages that host and plugins
 * must agree on. Nothing else of the host can be seen through it, neither classes nor resources, so
 * a plugin may bring any version of any library.
 */
final class SharedClasses extends ClassLoader {
    private static final List<String> PACKAGES =
            List.of("ai.terraphim.supervisor.api.", "org.slf4j.", "org.jspecify.");

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader host;

    SharedClasses(ClassLoader host) {
        super("shared-with-plugins", getPlatformClassLoader());
        this.host = host;
    }

    /** Asked after the JDK; whatever is not shared does not exist. */
    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (PACKAGES.stream().anyMatch(name::startsWith)) {
            return host.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }
}
