package ai.terraphim.supervisor.runtime.guard;

import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.DependencyInfo;
import ai.terraphim.supervisor.runtime.config.Dependencies;
import ai.terraphim.supervisor.runtime.host.Time;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The guards of all dependencies of a runtime, by key. Any thread. */
public final class Guards {
    private final Map<String, Guard> guards = new LinkedHashMap<>();

    /**
     * Makes the guards, all closed.
     *
     * @param time the clock that they follow
     * @param dependencies with different keys
     * @param listener hears what becomes of their circuits
     */
    public Guards(Time time, Collection<DependencyConfig> dependencies, Guard.Listener listener) {
        for (DependencyConfig dependency : dependencies) {
            guards.put(dependency.key(), new Guard(dependency, time, listener));
        }
    }

    /** The keys, in the order of the configuration. */
    public Set<String> keys() {
        return guards.keySet();
    }

    /**
     * The guard of a dependency.
     *
     * @param source who wants it, for the error
     * @param path what for
     * @param key of the dependency
     * @throws ConfigurationException if there is none
     */
    public Guard guard(String source, String path, String key) {
        Guard guard = guards.get(key);
        if (guard == null) {
            throw new ConfigurationException(
                    List.of(
                            new Problem(
                                    source, 0, path, Dependencies.unknown(key, guards.keySet()))));
        }
        return guard;
    }

    /** As {@link #guard}, of several. */
    public List<Guard> guards(String source, String path, List<String> keys) {
        return keys.stream().map(key -> guard(source, path, key)).toList();
    }

    /** Whether calls to a dependency are held back; false if it is unknown. */
    public boolean isOpen(String key) {
        Guard guard = guards.get(key);
        return guard != null && guard.isOpen();
    }

    /** How they are now, in the order of the configuration. */
    public List<DependencyInfo> infos() {
        return guards.values().stream().map(Guard::info).toList();
    }
}
