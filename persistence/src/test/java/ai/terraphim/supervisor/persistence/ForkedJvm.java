package ai.terraphim.supervisor.persistence;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real JVM with the class path of the tests. */
final class ForkedJvm implements AutoCloseable {
    private final Process process;

    private ForkedJvm(Process process) {
        this.process = process;
    }

    static List<String> command(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Small and quick to start.
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Dslf4j.internal.verbosity=ERROR");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    static ForkedJvm start(Class<?> main, String... arguments) throws IOException {
        return start(command(main, arguments));
    }

    static ForkedJvm start(List<String> command) throws IOException {
        return new ForkedJvm(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    Process process() {
        return process;
    }

    BufferedReader output() {
        return process.inputReader();
    }

    /** Sends the signal KILL and waits for the end. */
    void kill() {
        process.toHandle().destroyForcibly(); // the process's own closes its output, too
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
