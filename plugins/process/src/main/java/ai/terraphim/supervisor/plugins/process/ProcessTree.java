package ai.terraphim.supervisor.plugins.process;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A process and all it has started. When a process ends its children get another parent and are its
 * descendants no longer, so they are found in three ways: as descendants now, as descendants seen
 * before, and by their environment.
 *
 * <p>Safe for any thread, and for an interrupted one.
 */
final class ProcessTree {
    /** How long to try. A process that survives it hangs in the kernel. */
    private static final Duration KILL_TIME = Duration.ofSeconds(5);

    private final Optional<ProcessHandle> root;
    private final Set<ProcessHandle> known = ConcurrentHashMap.newKeySet();
    private final Supplier<? extends Collection<ProcessHandle>> marked;

    ProcessTree(
            Optional<ProcessHandle> root, Supplier<? extends Collection<ProcessHandle>> marked) {
        this.root = root;
        this.marked = marked;
    }

    /** Remembers those who are descendants now, and returns all that are alive. */
    Set<ProcessHandle> alive() {
        Set<ProcessHandle> alive = new LinkedHashSet<>();
        root.ifPresent(alive::add);
        alive.addAll(known);
        alive.addAll(marked.get());
        alive.removeIf(ProcessTree::isGone);
        // A look at descendants reads the whole process table: none for those who are somebody
        // else's.
        Set<ProcessHandle> descendants = new LinkedHashSet<>();
        for (ProcessHandle process : alive) {
            if (!descendants.contains(process)) {
                process.descendants().filter(found -> !isGone(found)).forEach(descendants::add);
            }
        }
        alive.addAll(descendants);
        known.retainAll(alive);
        known.addAll(alive);
        return alive;
    }

    /**
     * Kills them all, and waits until they are gone.
     *
     * @return those that could not be killed
     */
    Set<ProcessHandle> kill() {
        boolean interrupted = Thread.interrupted();
        long began = System.nanoTime();
        long pause = 1_000_000;
        Set<ProcessHandle> alive = alive();
        // Again and again, because one of them may have started another while we looked.
        while (!alive.isEmpty() && System.nanoTime() - began < KILL_TIME.toNanos()) {
            alive.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(pause);
            interrupted |= Thread.interrupted();
            pause = Math.min(2 * pause, 100_000_000);
            alive = alive();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return alive;
    }

    /**
     * A zombie is gone, too: it stays in the process table until its parent asks for it, and some
     * parents never do.
     */
    private static boolean isGone(ProcessHandle process) {
        if (!process.isAlive()) {
            return true;
        }
        try (InputStream in = new FileInputStream("/proc/" + process.pid() + "/stat")) {
            String stat = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            int state = stat.lastIndexOf(')') + 2;
            return state < stat.length() && "ZX".indexOf(stat.charAt(state)) >= 0;
        } catch (IOException e) {
            return !process.isAlive(); // gone this moment, or there is no /proc here
        }
    }
}
