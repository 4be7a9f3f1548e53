package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * An agent that was parked is parked after {@code kill -9}, until an operator brings it back; so is
 * a message.
 */
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

    private static final String MESSAGES =
            """
            runtime: parked
            supervisor:
              id: root
              children:
                - { id: choker, type: choker, redeliver: true, poison_after: 1 }
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

    @Test
    void aParkedMessageIsParkedAfterAKillUntilAnOperatorSendsItAgain() throws Exception {
        try (Installed installed = Installed.in(folder)) {
            PluginJar.pack("trouble", TroubleFactory.class, folder.resolve("plugins"));
            Path both =
                    installed.write("both.yaml", MESSAGES + "    - { id: feeder, type: feeder }\n");
            Path tree = installed.write("tree.yaml", MESSAGES);
            Installed.Running first = installed.start(both).awaitUp();
            // Whoever has sent it did not ask to be told, so that the store may be a moment behind.
            await().atMost(Installed.PATIENCE)
                    .until(() ->
                            installed
                                            .run("check-store", "--json")
                                            .succeeded()
                                            .json()
                                            .get("rows")
                                            .get("message")
                                            .intValue()
                                    == 1);
            JsonNode parked = messages(installed);
            first.kill9();

            Installed.Running second = installed.start(tree).awaitUp();
            assertThat(messages(installed)).isEqualTo(parked);
            installed.run("message", "replay", "1").succeeded();
            second.awaitLine("message.parked", "root/choker", "message 2 was parked");
            assertThat(second.term()).isZero();

            installed.start(tree).awaitUp();
            JsonNode again = messages(installed).get(0);
            assertThat(again.get("id").intValue()).isEqualTo(2);
            assertThat(again.get("message").stringValue()).isEqualTo("a bone");
            installed.run("message", "drop", "2").succeeded();
            assertThat(messages(installed)).isEmpty();
        }
    }

    private static JsonNode messages(Installed installed) throws Exception {
        return installed.run("messages", "--json").succeeded().json();
    }

    private static String state(Installed installed, String path) throws Exception {
        JsonNode row = installed.ps().get(path);
        return row.get("state").stringValue();
    }
}
