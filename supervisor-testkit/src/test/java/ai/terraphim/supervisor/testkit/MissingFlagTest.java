package ai.terraphim.supervisor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What somebody sees who has not opened the JDK to the simulation. */
class MissingFlagTest {

    @Test
    void theErrorSaysWhichFlagIsMissing() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                MissingFlagTest.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(output).contains("start it with --add-opens java.base/java.lang=ALL-UNNAMED");
    }

    public static void main(String[] args) {
        Simulation.seeded(1);
    }
}
