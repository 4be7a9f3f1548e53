package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.SupervisorId;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The numbers that were given and that no life of a supervisor knows now, so that none is given
 * twice, whatever was restarted or deleted meanwhile. In the order of their paths: what is below
 * one is found without a look at the others. Any thread.
 */
final class RunNumbers {
    /** The newest run at each path, as far as no live child knows it. */
    private final ConcurrentNavigableMap<String, Long> runs;

    /** The highest number of an instance of each pool, from its end to its next life. */
    private final ConcurrentNavigableMap<String, Long> instances = new ConcurrentSkipListMap<>();

    RunNumbers(Map<String, Long> recovered) {
        runs = new ConcurrentSkipListMap<>(recovered);
        recovered.keySet().forEach(this::noteInstance);
    }

    /** Any path that ends in a number may be that of an instance of a pool. */
    void noteInstance(String path) {
        int slash = path.lastIndexOf('/');
        String number = path.substring(slash + 1);
        if (slash > 0 && number.length() < 19 && number.chars().allMatch(Character::isDigit)) {
            instances.merge(path.substring(0, slash), Long.parseLong(number), Math::max);
        }
    }

    /** The newest run of a child before the one that now begins there, 0 if there was none. */
    long lastRun(AgentPid pid) {
        return runs.isEmpty() ? 0 : lastRun(pid.path());
    }

    long lastRun(String path) {
        return runs.getOrDefault(path, 0L);
    }

    /** A child goes on from the newest run, and knows the number itself from now on. */
    void goesOn(AgentPid pid, long last) {
        if (last > 0) {
            runs.remove(pid.path(), last); // unless another life has left a newer one
        }
    }

    /** A child is forgotten, but not the number of its newest run. */
    void remember(AgentPid pid, long run) {
        if (run > 0) {
            runs.merge(pid.path(), run, Math::max);
        }
    }

    /** The highest number that an instance of this pool ever had, 0 if none or no pool. */
    long lastInstance(SupervisorId pool) {
        return instances.getOrDefault(pool.path(), 0L);
    }

    void rememberInstance(SupervisorId pool, long last) {
        instances.merge(pool.path(), last, Math::max);
    }

    /** A child is forgotten for ever, with all below it. */
    void forget(AgentPid pid, boolean hasChildren) {
        String path = pid.path();
        runs.remove(path);
        if (hasChildren) {
            instances.remove(path);
            below(path, runs).clear();
            below(path, instances).clear();
        }
    }

    private static Map<String, Long> below(String path, ConcurrentNavigableMap<String, Long> all) {
        return all.subMap(path + '/', path + (char) ('/' + 1));
    }

    /** How many numbers are remembered. */
    int size() {
        return runs.size() + instances.size();
    }
}
