package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.store.StateStore;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Counts what can be reached from an engine: how many elements are in the collections that a field
 * of a class holds, how many stages wait for the futures there, and how many objects there are of
 * each class of ours. It knows no field by its name, so that a new one is counted, too.
 *
 * <p>Stores, agents and threads are not looked into.
 */
final class Census {
    private static final String RUNTIME = "ai.terraphim.supervisor.runtime.";
    private static final String API = "ai.terraphim.supervisor.api.";

    /** What is filled by and by and then has a bound of its own. */
    private static final Set<String> BOUNDED = Set.of("RecentRestarts", "StoredCheckpoint");

    private final SortedMap<String, Long> counts = new TreeMap<>();
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Reached> toVisit = new ArrayDeque<>();

    /** An object, and the first field of ours on the way to it. */
    private record Reached(Object object, String by) {}

    private Census() {}

    /** Of all that can be reached from here, while no other thread runs. */
    static Census of(Object... roots) {
        Census census = new Census();
        for (Object root : roots) {
            census.reach(root, "root");
        }
        for (Reached next; (next = census.toVisit.poll()) != null; ) {
            census.visit(next.object(), next.by());
        }
        return census;
    }

    /** How many there are of what, in the order of the names. */
    SortedMap<String, Long> counts() {
        return Collections.unmodifiableSortedMap(counts);
    }

    /**
     * What there is more of than in another census.
     *
     * @param slack how much more is no matter
     * @param bounds up to which number it is no matter either
     */
    SortedMap<String, String> moreThan(Census before, long slack, Map<String, Long> bounds) {
        SortedMap<String, String> more = new TreeMap<>();
        counts.forEach((what, count) -> {
            long then = before.counts.getOrDefault(what, 0L);
            if (count > Math.max(then + slack, bounds.getOrDefault(what, 0L))) {
                more.put(what, then + " -> " + count);
            }
        });
        return more;
    }

    private void reach(@Nullable Object object, String by) {
        if (object != null && seen.add(object)) {
            toVisit.add(new Reached(object, by));
        }
    }

    private void visit(Object object, String by) {
        switch (object) {
            case StateStore _, Thread _ -> {}
            case Object bounded when BOUNDED.contains(name(bounded.getClass())) -> {}
            case Map<?, ?> map when isOfJdk(map) -> {
                count(by, map.size());
                map.forEach((key, value) -> {
                    reach(key, by);
                    reach(value, by);
                });
            }
            case Collection<?> all when isOfJdk(all) -> {
                count(by, all.size());
                all.forEach(it -> reach(it, by));
            }
            case Object[] all -> {
                count(by, Arrays.stream(all).filter(it -> it != null).count());
                for (Object it : all) {
                    reach(it, by);
                }
            }
            case CompletableFuture<?> future -> {
                count(by + ", who waits for it", future.getNumberOfDependents());
                if (future.state() == CompletableFuture.State.SUCCESS) {
                    reach(future.resultNow(), by);
                }
            }
            case AtomicReference<?> reference -> reach(reference.get(), by);
            case Optional<?> optional -> reach(optional.orElse(null), by);
            default -> {
                if (isOurs(object.getClass())) {
                    count("objects " + name(object.getClass()), 1);
                    visitFields(object);
                }
            }
        }
    }

    private void visitFields(Object object) {
        for (Class<?> type = object.getClass(); isOurs(type); type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    try {
                        reach(field.get(object), name(type) + "." + field.getName());
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }
    }

    private void count(String what, long more) {
        counts.merge(what, more, Long::sum);
    }

    private static boolean isOfJdk(Object object) {
        return object.getClass().getName().startsWith("java.");
    }

    private static boolean isOurs(Class<?> type) {
        String name = type.getName();
        return name.startsWith(RUNTIME)
                || name.startsWith(API)
                || name.startsWith(SimulatedHost.class.getName());
    }

    /** Without the package, and one name for all lambdas of a class. */
    private static String name(Class<?> type) {
        String name = type.getName();
        int lambda = name.indexOf("$$Lambda");
        String known = lambda < 0 ? name : name.substring(0, lambda) + " lambda";
        return known.substring(known.lastIndexOf('.') + 1);
    }
}
