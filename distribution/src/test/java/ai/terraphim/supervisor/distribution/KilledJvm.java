package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A JVM of its own that is killed with SIGKILL. */
final class KilledJvm {
    private KilledJvm() {}

    /**
     * Starts a JVM, kills it at a random moment, and gives the lines that it has printed.
     *
     * @param early whether some are killed before they say that they are "up"
     * @param folder for its errors, and its first argument
     */
    static List<String> run(
            Random random, boolean early, Path folder, Class<?> main, String... arguments)
            throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName(),
                                folder.toString()));
        command.addAll(List.of(arguments));
        Process target =
                new ProcessBuilder(command)
                        .redirectError(folder.resolve("errors.txt").toFile())
                        .start();
        List<String> lines = new ArrayList<>();
        CountDownLatch up = new CountDownLatch(1);
        Thread reading =
                Thread.ofPlatform()
                        .start(() -> {
                            try (var in = target.inputReader()) {
                                in.lines()
                                        .forEach(line -> {
                                            lines.add(line);
                                            if (line.startsWith("up ")) {
                                                up.countDown();
                                            }
                                        });
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        try {
            if (!early || random.nextInt(5) > 0) { // else while it starts, opens or recovers
                assertThat(up.await(1, TimeUnit.MINUTES)).as("it is up: %s", lines).isTrue();
            }
            boolean ended = target.waitFor(random.nextInt(700), TimeUnit.MILLISECONDS);
            assertThat(ended).as("the target ended by itself: %s", lines).isFalse();
        } finally {
            target.toHandle().destroyForcibly(); // the process's own would close its output, too
            target.onExit().join();
            reading.join();
        }
        return lines;
    }
}
