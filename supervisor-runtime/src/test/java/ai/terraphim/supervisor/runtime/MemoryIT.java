package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent that eats up the memory of a real JVM. */
class MemoryIT {

    @Test
    @Timeout(60)
    void anAgentThatRunsOutOfMemoryIsRestartedAndTheOthersAreStillSupervised() throws Exception {
        Process jvm =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                HungryTree.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jvm.waitFor()).as(said).isZero();
        assertThat(said)
                .contains(
                        "root/hungry run 1 ends by an error of the virtual machine",
                        "hungry: error: OutOfMemoryError: Java heap space",
                        "other: an answer from run 2");
    }
}
