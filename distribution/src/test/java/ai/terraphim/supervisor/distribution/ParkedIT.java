package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An agent that was parked is parked after {@code kill -9}, until an operator brings it back. */
class ParkedIT {
    private static final String TREE =
            """
            runtime: parked
            supervisor:
              id: root
              children:
                - id: flapping
                  type: process
                  budget: { max_restarts: 2, time_window: 1h, on_exhaustion: park }
                  config: { command: [sh, -c, "test -e mended && exec sleep 1000; exit 3"] }
                - { id: sleeper, type: process, config: { command: [sleep, "1000"] } }
            """;

    @TempDir private Path folder;

    @Test
    void aParkedAgentIsParkedAfterAKillUntilAnOperatorBringsItBack() throws Exception {
        try (Installed installed = Installed.in(folder)) {
            Path tree = installed.write("tree.yaml", TREE);
            Installed.Running first = installed.start(tree).awaitUp();
            // The write comes before the fact, and the history is read from the store.
            await().atMost(Installed.PATIENCE)
                    .until(() ->
                            installed
                                    .run("history", "root/flapping")
                                    .succeeded()
                                    .out()
                                    .contains("parked"));
            assertThat(state(installed, "root/flapping")).isEqualTo("parked");
            first.kill9();

            Installed.Running second = installed.start(tree).awaitUp();
            second.awaitLine("parked", "root/flapping", "still, since before the start");
            assertThat(state(installed, "root/flapping")).isEqualTo("parked");
            assertThat(state(installed, "root/sleeper")).isEqualTo("running");
            assertThat(second.term()).isZero();

            Installed.Running third = installed.start(tree).awaitUp();
            assertThat(state(installed, "root/flapping")).as("an orderly end").isEqualTo("parked");
            Files.createFile(installed.data().resolve("mended"));
            installed.run("restart", "root/flapping").succeeded();
            assertThat(state(installed, "root/flapping")).isEqualTo("running");
            third.kill9();

            installed.start(tree).awaitUp();
            assertThat(state(installed, "root/flapping")).isEqualTo("running");
        }
    }

    private static String state(Installed installed, String path) throws Exception {
        JsonNode row = installed.ps().get(path);
        return row.get("state").stringValue();
    }
}
