package ai.terraphim.supervisor.distribution;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Ends the processes that an earlier run of a data folder left behind when its JVM was killed.
 *
 * <p>On Linux a process is known by the marker in its environment, which its own children inherit:
 * {@value #MARKER} with the data folder. A program that detaches <em>and</em> clears its
 * environment is not found; that needs a container. Elsewhere environments cannot be read, and the
 * agents themselves end what their checkpoint names.
 *
 * <p>To be called by the owner of the data folder before it starts anything: then every marked
 * process is an old one.
 */
final class Leftovers {
    /** The environment variable that the agent type {@code process} gives to what it starts. */
    static final String MARKER = "TERRAPHIM_SUPERVISOR_DATA";

    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final int MOST_ROUNDS = 10;

    private static final Path PROC = Path.of("/proc");

    private final String mark;

    Leftovers(Path dataFolder) throws IOException {
        this.mark = inEnvironment(MARKER + "=" + dataFolder.toRealPath());
    }

    /**
     * Ends them: asked first, killed after two seconds. Looks again until there are none, because a
     * process may fork while it is being ended.
     *
     * @param tell is given a line for each
     * @return how many there were
     */
    int end(Consumer<String> tell) {
        Set<ProcessHandle> seen = new HashSet<>();
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Set<ProcessHandle> processes = find();
            if (processes.isEmpty()) {
                break;
            }
            for (ProcessHandle process : processes) {
                if (seen.add(process)) {
                    tell.accept(
                            "ended process %d, left by an earlier run: %s"
                                    .formatted(process.pid(), commandOf(process)));
                }
            }
            end(processes);
        }
        return seen.size();
    }

    private static void end(Set<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroy);
        if (!awaitEnd(processes)) {
            processes.forEach(ProcessHandle::destroyForcibly);
            awaitEnd(processes);
        }
    }

    /**
     * Whether all have ended within the grace. They are nobody's children, so there is nothing to
     * wait on.
     */
    private static boolean awaitEnd(Set<ProcessHandle> processes) {
        long deadline = System.nanoTime() + GRACE.toNanos();
        while (processes.stream().anyMatch(Leftovers::runs)) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
        return true;
    }

    /**
     * Whether a process can still do anything. One that has ended but was not waited for by its
     * parent, such as the first process of a container that is no init, counts as alive to the JDK.
     */
    static boolean runs(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat =
                    Files.readString(
                            PROC.resolve(process.pid() + "/stat"), StandardCharsets.ISO_8859_1);
            return !stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException _) { // ended just now, or no /proc here
            return process.isAlive();
        }
    }

    private Set<ProcessHandle> find() {
        Set<ProcessHandle> found = new LinkedHashSet<>();
        if (!Files.isDirectory(PROC)) {
            return found;
        }
        Set<Long> ours = ancestry();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                Optional<ProcessHandle> process =
                        ProcessHandle.of(Long.parseLong(entry.getFileName().toString()))
                                .filter(it -> !ours.contains(it.pid()));
                if (process.isPresent() && isMarked(entry)) {
                    // its children first lose their parent and then cannot be found through it
                    process.get()
                            .descendants()
                            .filter(it -> !ours.contains(it.pid()))
                            .forEach(found::add);
                    found.add(process.get());
                }
            }
        } catch (IOException _) { // no /proc that can be read: as on a system without one
            return found;
        }
        return found;
    }

    private boolean isMarked(Path entry) {
        try {
            byte[] environment = Files.readAllBytes(entry.resolve("environ"));
            return Stream.of(new String(environment, StandardCharsets.ISO_8859_1).split("\0", -1))
                    .anyMatch(mark::equals);
        } catch (IOException _) { // it has ended meanwhile, or is another user's
            return false;
        }
    }

    /** How the JDK writes a text into an environment, with one character for each byte. */
    private static String inEnvironment(String text) {
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        return new String(text.getBytes(charset), StandardCharsets.ISO_8859_1);
    }

    /**
     * This process and those above it: a supervisor may have been started by an agent of an older
     * one.
     */
    private static Set<Long> ancestry() {
        Set<Long> pids = new HashSet<>();
        Optional<ProcessHandle> process = Optional.of(ProcessHandle.current());
        while (process.isPresent() && pids.add(process.get().pid())) {
            process = process.get().parent();
        }
        return pids;
    }

    private static String commandOf(ProcessHandle process) {
        return process.info().commandLine().orElse("(its command line cannot be read)");
    }
}
