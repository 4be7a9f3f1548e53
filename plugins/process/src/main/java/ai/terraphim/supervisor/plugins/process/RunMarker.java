package ai.terraphim.supervisor.plugins.process;

import ai.terraphim.supervisor.api.AgentContext;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Two variables in the environment of every process of a run. Children inherit them, so on Linux a
 * process is still found when its parent, or the supervisor's JVM, is long gone. A process that
 * clears its environment is not.
 *
 * @param data the real path of the data folder: which supervisor
 * @param path which agent
 * @param run which run
 */
record RunMarker(String data, String path, long run) {
    static final String DATA = "TERRAPHIM_SUPERVISOR_DATA";
    static final String AGENT = "TERRAPHIM_SUPERVISOR_AGENT";

    private static final Path PROC = Path.of("/proc");

    static RunMarker of(AgentContext context) throws IOException {
        return new RunMarker(
                context.dataFolder().toRealPath().toString(), context.pid().path(), context.run());
    }

    /** Whether processes can be found by their environment here. */
    static boolean canBeRead() {
        return Files.isReadable(PROC.resolve("self").resolve("environ"));
    }

    void addTo(Map<String, String> environment) {
        environment.put(DATA, data);
        environment.put(AGENT, path + "#" + run);
    }

    /** The processes of this very run; empty where they cannot be found by their environment. */
    List<ProcessHandle> ofThisRun() {
        return find(agent -> agent.equals(inEnvironment(path + "#" + run)));
    }

    /**
     * The processes of any run of this agent; empty where they cannot be found by their
     * environment.
     */
    List<ProcessHandle> ofAnyRun() {
        String prefix = inEnvironment(path + "#");
        // All digits, for an agent's id may have a # in it, too.
        return find(agent ->
                agent.startsWith(prefix) && agent.substring(prefix.length()).matches("[0-9]+"));
    }

    private List<ProcessHandle> find(Predicate<String> agent) {
        if (!canBeRead()) {
            return List.of();
        }
        List<ProcessHandle> found = new ArrayList<>();
        Set<Long> ourselves = ourselves();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(entry.getFileName().toString());
                // The handle before the environment: it remembers when its process began, so that a
                // pid that is given to
                // another process meanwhile does no harm.
                Optional<ProcessHandle> handle = ProcessHandle.of(pid);
                if (handle.isPresent() && !ourselves.contains(pid) && carries(entry, agent)) {
                    found.add(handle.get());
                }
            }
        } catch (IOException e) {
            return found; // what could be seen
        }
        return found;
    }

    private boolean carries(Path entry, Predicate<String> agent) {
        String environment;
        // Not by a channel: this must work on an interrupted thread.
        try (InputStream in = new FileInputStream(entry.resolve("environ").toFile())) {
            environment = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return false; // gone, or another user's
        }
        boolean ours = false;
        boolean agents = false;
        for (String variable : environment.split("\0", -1)) {
            ours |= variable.equals(DATA + "=" + inEnvironment(data));
            agents |=
                    variable.startsWith(AGENT + "=")
                            && agent.test(variable.substring(AGENT.length() + 1));
        }
        return ours && agents;
    }

    /** How the JDK writes a text into an environment, one character for each byte. */
    private static String inEnvironment(String text) {
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        return new String(text.getBytes(charset), StandardCharsets.ISO_8859_1);
    }

    /** This JVM and its ancestors, which carry a marker when a supervisor runs below an agent. */
    private static Set<Long> ourselves() {
        Set<Long> pids = new HashSet<>();
        Optional<ProcessHandle> process = Optional.of(ProcessHandle.current());
        while (process.isPresent() && pids.add(process.get().pid())) {
            process = process.get().parent();
        }
        return pids;
    }
}
