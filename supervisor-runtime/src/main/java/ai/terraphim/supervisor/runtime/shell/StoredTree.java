package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.runtime.core.Condition;
import ai.terraphim.supervisor.runtime.host.Time;
import ai.terraphim.supervisor.runtime.observe.Events;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What earlier lives of the JVM have left of the tree. Each supervisor takes its part once, for its
 * first life in this one; a child that has another spec now is as new. Any thread.
 */
final class StoredTree {
    private static final Logger LOG = LoggerFactory.getLogger("ai.terraphim.supervisor");
    private static final int MOST_NAMED = 10;

    private final StateStore store;
    private final ConditionWriter writer;
    private final Time time;

    /** By the paths of their supervisors, as the next two are. */
    private final Map<String, List<StoredChild>> added;

    private final Map<String, List<StoredChild>> stopped;
    private final Map<String, List<StoredCondition>> conditions;

    /**
     * Of which children the condition has changed since it was saved, and what is wrong with it.
     */
    private final Map<String, String> rejected;

    /** What a fresh start leaves alone. */
    private final List<String> ignored;

    StoredTree(
            Recovery recovery, boolean fresh, StateStore store, ConditionWriter writer, Time time) {
        this.store = store;
        this.writer = writer;
        this.time = time;
        Recovery left = fresh ? Recovery.NOTHING : recovery;
        added = bySupervisor(left.children(), StoredChild::supervisor);
        stopped = bySupervisor(left.stopped(), StoredChild::supervisor);
        conditions = bySupervisor(left.conditions().valid(), it -> it.child().supervisor());
        rejected = left.conditions().rejected();
        ignored = fresh ? names(recovery) : List.of();
    }

    private static List<String> names(Recovery recovery) {
        return Stream.of(
                        recovery.children().stream().map(child -> child.path() + " (added)"),
                        recovery.stopped().stream().map(child -> child.path() + " (stopped)"),
                        recovery.conditions().valid().stream().map(StoredTree::name))
                .flatMap(it -> it)
                .toList();
    }

    private static String name(StoredCondition condition) {
        String how = condition.aside().map(aside -> aside.kind().word()).orElse("restarts counted");
        return "%s (%s)".formatted(condition.path(), how);
    }

    private static <T> Map<String, List<T>> bySupervisor(
            List<T> stored, Function<T, SupervisorId> supervisor) {
        Map<String, List<T>> map = new ConcurrentHashMap<>();
        for (T each : stored) {
            map.computeIfAbsent(supervisor.apply(each).path(), _ -> new ArrayList<>()).add(each);
        }
        return map;
    }

    /**
     * Leaves out what was added in an earlier life and cannot be made any more. It stays stored,
     * and so does that it was stopped, and how it stood with its restarts. Before the start.
     *
     * @param check throws if a spec cannot be made
     */
    void leaveOut(Consumer<ChildSpec> check) {
        added.forEach((supervisor, children) ->
                children.removeIf(child -> {
                    try {
                        check.accept(child.spec());
                        return false;
                    } catch (SupervisionException e) {
                        LOG.error(
                                "{} was added in an earlier run and cannot be started now: {}",
                                child.path(),
                                e.getMessage());
                        String path = child.path();
                        stopped.getOrDefault(supervisor, new ArrayList<>())
                                .removeIf(stop -> stop.path().equals(path));
                        conditions
                                .getOrDefault(supervisor, new ArrayList<>())
                                .removeIf(condition -> condition.path().equals(path));
                        return true;
                    }
                }));
    }

    /** Tells what is not used of it, and why, and forgets what is damaged. */
    void tell(Events events, String root, long run) {
        if (!ignored.isEmpty()) {
            events.tell(
                    time.now(),
                    root,
                    run,
                    EventKind.FRESH_START,
                    "%d stored changes of the tree are ignored and kept: %s%s"
                            .formatted(
                                    ignored.size(),
                                    ignored.stream()
                                            .limit(MOST_NAMED)
                                            .collect(Collectors.joining(", ")),
                                    ignored.size() > MOST_NAMED ? ", ..." : ""),
                    String.join("\n", ignored));
        }
        rejected.forEach((path, why) -> {
            events.tell(time.now(), path, 0, EventKind.CONDITION_REJECTED, why, "");
            writer.delete(path);
        });
    }

    /** The children that were added to a supervisor. What the configuration says of one wins. */
    List<ChildSpec> added(SupervisorId id, SupervisorConfig config) {
        List<StoredChild> mine = added.remove(id.path());
        if (mine == null) {
            return List.of();
        }
        Set<String> configured =
                config.children().stream().map(ChildSpec::id).collect(Collectors.toSet());
        return mine.stream()
                .map(StoredChild::spec)
                .filter(spec -> !configured.contains(spec.id()))
                .toList();
    }

    /** The ids of the children that were stopped by hand, and are left down. */
    Set<String> stopped(SupervisorId id, SupervisorConfig config, List<ChildSpec> added) {
        List<StoredChild> mine = stopped.remove(id.path());
        if (mine == null) {
            return Set.of();
        }
        Set<ChildSpec> specs = specs(config, added);
        Set<String> found = new HashSet<>();
        for (StoredChild child : mine) {
            if (specs.contains(child.spec())) {
                found.add(child.spec().id());
            } else {
                var _ = store.deleteStop(child.path());
            }
        }
        return found;
    }

    /** How children stood with their restarts, by their ids. */
    Map<String, Condition> conditions(
            SupervisorId id, SupervisorConfig config, List<ChildSpec> added) {
        List<StoredCondition> mine = conditions.remove(id.path());
        if (mine == null) {
            return Map.of();
        }
        Set<ChildSpec> specs = specs(config, added);
        Instant now = time.now();
        long nanos = time.nanoTime();
        Map<String, Condition> found = new HashMap<>();
        for (StoredCondition condition : mine) {
            StoredChild child = condition.child();
            if (specs.contains(child.spec())) {
                Condition left = ConditionWriter.restored(condition, now, nanos);
                found.put(child.spec().id(), left);
                if (ConditionWriter.liesAhead(condition, now)) { // else at the next start, too
                    writer.save(child, left, () -> false);
                }
            } else {
                writer.delete(condition.path());
            }
        }
        return found;
    }

    private static Set<ChildSpec> specs(SupervisorConfig config, List<ChildSpec> added) {
        Set<ChildSpec> specs = new HashSet<>(config.children());
        specs.addAll(added);
        return specs;
    }
}
