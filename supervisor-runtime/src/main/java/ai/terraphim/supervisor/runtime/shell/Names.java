package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.NameTakenException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Who has which name. A name belongs to a pid for as long as that is in the tree. Any thread;
 * looking a name up waits for nobody.
 */
final class Names {
    private static final int MAX_LENGTH = 200;

    private final Predicate<AgentPid> isInTree;
    private final Map<String, AgentPid> holders = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** The names of each pid that has any. Guarded by the lock. */
    private final Map<AgentPid, Set<String>> names = new HashMap<>();

    Names(Predicate<AgentPid> isInTree) {
        this.isInTree = isInTree;
    }

    Optional<AgentPid> whereIs(String name) {
        return Optional.ofNullable(holders.get(name));
    }

    void register(String name, AgentPid pid) {
        check(name);
        lock.lock();
        try {
            AgentPid holder = holders.get(name);
            if (holder != null && !holder.equals(pid)) {
                throw new NameTakenException(name, pid, holder);
            }
            // under the lock, and removed from the tree before it is released: no name stays behind
            if (!isInTree.test(pid)) {
                throw new ChildNotFoundException(
                        "there is no agent %s to have the name '%s'; spawn it first"
                                .formatted(pid, name));
            }
            holders.put(name, pid);
            names.computeIfAbsent(pid, _ -> new HashSet<>()).add(name);
        } finally {
            lock.unlock();
        }
    }

    /** Makes a name free if whoever has it fits. */
    void unregister(String name, Predicate<AgentPid> holder) {
        lock.lock();
        try {
            AgentPid pid = holders.get(name);
            if (pid != null && holder.test(pid)) {
                holders.remove(name);
                names.computeIfPresent(
                        pid,
                        (_, known) -> {
                            known.remove(name);
                            return known.isEmpty() ? null : known;
                        });
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes all names of a pid free that has just left the tree. */
    void release(AgentPid pid) {
        lock.lock();
        try {
            Set<String> known = names.remove(pid);
            if (known != null) {
                known.forEach(holders::remove);
            }
        } finally {
            lock.unlock();
        }
    }

    /** All names with who has them, in alphabetical order. */
    SortedMap<String, AgentPid> all() {
        return new TreeMap<>(holders);
    }

    private static void check(String name) {
        if (name.isBlank()
                || name.length() > MAX_LENGTH
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "a name has 1 to %d characters, none of them a control character; '%s' is none"
                            .formatted(
                                    MAX_LENGTH,
                                    name.substring(0, Math.min(MAX_LENGTH, name.length()))
                                            .replaceAll("\\p{Cntrl}", "?")));
        }
    }
}
