package ai.terraphim.supervisor.persistence;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Tells which places are in the tree, or come back to it: those that are configured, those of
 * children that were added and are remembered, running or not, and those that are configured in
 * these.
 */
final class Places {
    private Places() {}

    /**
     * Leaves those that are nowhere. What a row says that is damaged is not known, and so its place
     * and all below are taken for places of the tree.
     *
     * @param tree what is configured; null if that is not known, and then what is configured is
     *     left, too
     */
    static void removeKnown(
            Handle handle, @Nullable SupervisorConfig tree, NavigableSet<String> places) {
        removeConfigured(tree, places);
        Set<String> seen = new HashSet<>();
        for (String place : List.copyOf(places)) {
            // who has seen a place has seen what is above it
            for (String at = place; !at.isEmpty() && seen.add(at); at = above(at)) {
                removeAdded(handle, at, places);
            }
        }
    }

    /** Leaves those that are not configured, which takes no query; all if the tree is not known. */
    static void removeConfigured(@Nullable SupervisorConfig tree, NavigableSet<String> places) {
        if (tree != null) {
            removeConfigured(tree.id(), tree, places);
        }
    }

    /** The place of its supervisor; empty for the root. */
    static String above(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private static void removeConfigured(String path, ChildSpec spec, NavigableSet<String> places) {
        places.remove(path);
        if (spec instanceof SupervisorConfig supervisor
                && !supervisor.isPool()) { // whose template has no place
            Set<String> ids = new HashSet<>();
            for (String place : below(path, places)) {
                int begin = path.length() + 1;
                int end = place.indexOf('/', begin);
                ids.add(end < 0 ? place.substring(begin) : place.substring(begin, end));
            }
            if (ids.isEmpty()) {
                return;
            }
            for (ChildSpec child : supervisor.children()) {
                if (ids.contains(child.id())) {
                    removeConfigured(path + "/" + child.id(), child, places);
                }
            }
        }
    }

    private static void removeAdded(Handle handle, String path, NavigableSet<String> places) {
        handle.createQuery("SELECT * FROM child WHERE path = :path")
                .bind("path", path)
                .map((results, _) -> {
                    Row row = Row.of(results);
                    return Table.CHILD.checksum(row) == row.number("checksum")
                            ? row.text("spec")
                            : "";
                })
                .findOne()
                .ifPresent(spec -> {
                    try {
                        removeConfigured(path, SpecJson.read(spec), places);
                    } catch (IllegalArgumentException _) {
                        places.remove(path);
                        below(path, places).clear();
                    }
                });
    }

    private static Set<String> below(String path, NavigableSet<String> places) {
        Subtree subtree = new Subtree(path);
        return places.subSet(subtree.from(), true, subtree.to(), false);
    }
}
