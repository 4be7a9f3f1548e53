package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.core.Child;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that were given and that no life of a supervisor knows now, so that none is given
 * twice, whatever was restarted or deleted meanwhile. In the order of their paths: what is below
 * one is found without a look at the others. Any thread.
 */
final class RunNumbers {
    /** How many children of one supervisor are remembered one by one that are gone. */
    static final int MAX_GONE = 10_000;

    /** Stands for the path of what the root is a child of. */
    private static final String ABOVE = "";

    /** The newest runs as far as no live child knows them, by supervisor and child. */
    private final ConcurrentNavigableMap<String, Map<String, Long>> runs =
            new ConcurrentSkipListMap<>();

    /** The highest number of an instance of each pool, from its end to its next life. */
    private final ConcurrentNavigableMap<String, Long> instances = new ConcurrentSkipListMap<>();

    /**
     * By supervisor, a number that none of those below it has passed that are remembered no more,
     * each for itself.
     */
    private final Map<String, Long> floors = new ConcurrentHashMap<>();

    RunNumbers(Map<String, Long> recovered) {
        recovered.forEach((path, run) -> {
            noteInstance(path);
            int slash = path.lastIndexOf('/');
            of(slash < 0 ? ABOVE : path.substring(0, slash)).put(path.substring(slash + 1), run);
        });
    }

    /** Where those of a supervisor's children are. */
    private Map<String, Long> of(String supervisor) {
        return runs.computeIfAbsent(supervisor, _ -> new ConcurrentHashMap<>());
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
        return lastRun(pid.supervisor().path(), pid.id());
    }

    /** The newest run of the root in earlier lives of the JVM. */
    long lastRunOfRoot(SupervisorId root) {
        return lastRun(ABOVE, root.path());
    }

    private long lastRun(String supervisor, String id) {
        Map<String, Long> known = runs.isEmpty() ? null : runs.get(supervisor);
        Long last = known == null ? null : known.get(id);
        return last == null ? floor(supervisor) : last;
    }

    /** What was given, at most, to a child of a supervisor that is not remembered. */
    private long floor(String supervisor) {
        long floor = 0;
        if (!floors.isEmpty()) {
            for (int end = supervisor.length();
                    end > 0;
                    end = supervisor.lastIndexOf('/', end - 1)) {
                floor = Math.max(floor, floors.getOrDefault(supervisor.substring(0, end), 0L));
            }
        }
        return floor;
    }

    /** A child goes on from the newest run, and knows the number itself from now on. */
    void goesOn(AgentPid pid, long last) {
        if (last > 0) {
            // unless another life has left a newer one
            of(pid.supervisor().path()).remove(pid.id(), last);
        }
    }

    /**
     * A child is forgotten, but not the number of its newest run; unless very many are: whoever
     * comes then to the place of one of them begins after all of theirs.
     */
    void remember(AgentPid pid, long run) {
        String supervisor = pid.supervisor().path();
        Map<String, Long> gone = of(supervisor);
        remember(gone, pid.id(), run);
        if (gone.size() > MAX_GONE) {
            gone.forEach((id, last) -> {
                AgentPid child = new AgentPid(pid.supervisor(), id);
                long highest = Math.max(last, highestBelow(child.path()));
                floors.merge(supervisor, highest, Math::max); // before nothing else knows it
                forget(child, true);
            });
        }
    }

    private long highestBelow(String path) {
        return Stream.of(
                        runs.getOrDefault(path, Map.of()).values().stream(),
                        below(path, runs).values().stream().flatMap(it -> it.values().stream()),
                        Stream.ofNullable(instances.get(path)),
                        below(path, instances).values().stream(),
                        floors.entrySet().stream()
                                .filter(floor -> isIn(path, floor.getKey()))
                                .map(Map.Entry::getValue))
                .flatMap(it -> it)
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    private static void remember(Map<String, Long> runs, String id, long run) {
        if (run > 0) {
            runs.merge(id, run, Math::max);
        }
    }

    /** As {@link #remember(AgentPid, long)} for all children of a supervisor, from the first on. */
    void remember(SupervisorId supervisor, @Nullable Child first) {
        Map<String, Long> known = of(supervisor.path());
        for (Child child = first; child != null; child = child.next()) {
            remember(known, child.spec().id(), ChildHandle.of(child).newestRun());
        }
    }

    /** The highest number that an instance of this pool ever had, 0 if none or no pool. */
    long lastInstance(SupervisorId pool) {
        return instances.getOrDefault(pool.path(), floor(pool.path()));
    }

    void rememberInstance(SupervisorId pool, long last) {
        instances.merge(pool.path(), last, Math::max);
    }

    /** A child is forgotten for ever, with all below it. */
    void forget(AgentPid pid, boolean hasChildren) {
        String path = pid.path();
        Map<String, Long> siblings = runs.get(pid.supervisor().path());
        if (siblings != null) {
            siblings.remove(pid.id());
        }
        if (hasChildren) {
            runs.remove(path);
            instances.remove(path);
            floors.keySet().removeIf(it -> isIn(path, it));
            below(path, runs).clear();
            below(path, instances).clear();
        }
    }

    private static boolean isIn(String path, String place) {
        return place.equals(path) || place.startsWith(path + '/');
    }

    private static <V> Map<String, V> below(String path, ConcurrentNavigableMap<String, V> all) {
        return all.subMap(path + '/', path + (char) ('/' + 1));
    }

    /** How many numbers are remembered. */
    int size() {
        return runs.values().stream().mapToInt(Map::size).sum() + instances.size();
    }
}
