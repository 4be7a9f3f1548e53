package ai.terraphim.supervisor.runtime.conformance;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Which path of the runtime is which of the scenario. They differ in pools: the runtime numbers the
 * instances of a pool, the scenario calls them by keys.
 */
final class Names {

    /** The keys of the instances that are requested and not there yet, by pool. */
    private final Map<String, Queue<String>> awaited = new HashMap<>();

    /** The scenario's paths of instances by the runtime's, over all lives of their pools. */
    private final Map<String, String> names = new HashMap<>();

    /** The runtime's path of the newest instance of each key, by the scenario's. */
    private final Map<String, String> paths = new HashMap<>();

    static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    static String id(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The next unknown instance of a pool has this key. */
    void await(String pool, String key) {
        awaited.computeIfAbsent(pool, _ -> new ArrayDeque<>()).add(key);
    }

    /** No instance is to have this key, if none has it yet. */
    void awaitNoMore(String pool, String key) {
        awaited.get(pool).remove(key);
    }

    /** The scenario's name of a path of the runtime. */
    String name(String path) {
        if (path.indexOf('/') < 0) {
            return path;
        }
        String parent = name(parent(path));
        String id = id(path);
        boolean isInstance = Character.isDigit(id.charAt(0)); // as no id of a scenario's
        return isInstance
                ? names.computeIfAbsent(path, _ -> nameNext(parent, path))
                : parent + "/" + id;
    }

    private String nameNext(String pool, String path) {
        String name = pool + "/" + awaited.get(pool).remove();
        paths.put(name, path);
        return name;
    }

    /** The runtime's path of what the scenario calls so. */
    String path(String name) {
        if (name.indexOf('/') < 0) {
            return name;
        }
        String instance = paths.get(name);
        return instance == null ? path(parent(name)) + "/" + id(name) : instance;
    }
}
