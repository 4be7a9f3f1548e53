package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredChild;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A store for several simulated lives of a JVM that remembers the tree, too: what was added, what
 * was stopped and the run numbers. As a durable store does, it forgets the numbers of those who
 * have left, but not which number of a pool's instances was the last.
 */
final class LastingStore extends SurvivingStore {
    private final Set<String> pools;
    private final Map<String, StoredChild> children = new LinkedHashMap<>();
    private final Map<String, StoredChild> stopped = new LinkedHashMap<>();
    private final Map<String, Long> lastRuns = new HashMap<>();

    /** The highest number of an instance that has left, by pool. */
    private final Map<String, Long> lastInstances = new HashMap<>();

    private long lastSeq;

    /**
     * An empty one.
     *
     * @param pools the paths of all pools, none of them below another
     */
    LastingStore(Set<String> pools) {
        this.pools = Set.copyOf(pools);
    }

    @Override
    public Recovery recover() {
        Recovery known = super.recover();
        known.lastRuns().forEach((path, run) -> lastRuns.merge(path, run, Math::max));
        lastRuns.keySet().removeIf(this::hasLeft);
        Map<String, Long> runs = new HashMap<>(lastRuns);
        lastInstances.forEach((pool, last) -> runs.putIfAbsent(pool + "/" + last, 0L));
        return new Recovery(
                lastSeq,
                runs,
                List.copyOf(children.values()),
                List.copyOf(stopped.values()),
                known.conditions(),
                known.messages(),
                known.states());
    }

    private boolean hasLeft(String path) {
        for (String pool : pools) {
            if (path.startsWith(pool + "/")) {
                String number = path.substring(pool.length() + 1).split("/", 2)[0];
                if (!children.containsKey(pool + "/" + number)) {
                    lastInstances.merge(pool, Long.parseLong(number), Math::max);
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public CompletionStage<Void> append(SupervisionEvent event) {
        lastSeq = Math.max(lastSeq, event.seq());
        if (event.run() > 0) {
            lastRuns.merge(event.path(), event.run(), Math::max);
        }
        return super.append(event);
    }

    @Override
    public CompletionStage<Void> saveChild(StoredChild child) {
        children.put(child.path(), child);
        return super.saveChild(child);
    }

    @Override
    public CompletionStage<Void> saveStop(StoredChild child) {
        stopped.put(child.path(), child);
        return super.saveStop(child);
    }

    @Override
    public CompletionStage<Void> deleteStop(String path) {
        stopped.remove(path);
        return super.deleteStop(path);
    }

    @Override
    public CompletionStage<Void> deleteChild(String path) {
        children.remove(path);
        stopped.remove(path);
        forgetBelow(path);
        return super.deleteChild(path);
    }

    @Override
    public CompletionStage<Void> deleteChildrenBelow(String supervisorPath) {
        forgetBelow(supervisorPath);
        return super.deleteChildrenBelow(supervisorPath);
    }

    private void forgetBelow(String path) {
        children.keySet().removeIf(it -> it.startsWith(path + "/"));
        stopped.keySet().removeIf(it -> it.startsWith(path + "/"));
    }
}
