package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Agents in trouble, seen and helped from the command line; one supervisor for all of them. */
class TroubleIT {
    private static final String TREE =
            """
            runtime: trouble
            dependencies:
              %s: {}
            supervisor:
              id: root
              children:
                - { id: deaf, type: deaf, shutdown: 100ms }
                - { id: caller, type: caller }
                - { id: choker, type: choker, redeliver: true, poison_after: 1 }
                - { id: feeder, type: feeder }
            """
                    .formatted(TroubleFactory.PROVIDER);

    @TempDir private static Path folder;
    private static Installed installed;
    private static Installed.Running running;

    @BeforeAll
    static void start() throws Exception {
        installed = Installed.in(folder);
        PluginJar.pack("trouble", TroubleFactory.class, folder.resolve("plugins"));
        running = installed.start(installed.write("tree.yaml", TREE)).awaitUp();
    }

    @AfterAll
    static void close() {
        installed.close();
    }

    @Test
    void anAbandonedThreadIsListedUntilTheEndWithItsAgentItsAgeAndWhereItIs() throws Exception {
        assertThat(installed.run("threads").succeeded().out()).isEmpty();
        assertThat(installed.run("threads", "--json").succeeded().json()).isEmpty();
        assertThat(installed.run("threads", "root/deaf").succeeded().out())
                .startsWith("root/deaf run 1\n")
                .contains("TroubleFactory.hearNothing");

        Instant before = Instant.now();
        installed.run("stop", "root/deaf").succeeded();
        installed.run("restart", "root/deaf").succeeded();
        running.awaitLine("abandoned", "root/deaf", "run 1");

        assertThat(installed.run("threads").succeeded().out())
                .containsPattern("^root/deaf run 1, abandoned \\d+m?s ago\n")
                .contains("TroubleFactory.hearNothing")
                .doesNotContain("run 2");
        JsonNode threads = installed.run("threads", "--json").succeeded().json();
        assertThat(threads).hasSize(1);
        JsonNode thread = threads.get(0);
        assertThat(thread.propertyNames()).containsExactly("path", "run", "since", "stack");
        assertThat(thread.get("path").stringValue()).isEqualTo("root/deaf");
        assertThat(thread.get("run").longValue()).isEqualTo(1);
        assertThat(Instant.parse(thread.get("since").stringValue()))
                .isBetween(before, Instant.now());
        assertThat(thread.get("stack").stringValue()).contains("TroubleFactory.hearNothing");

        JsonNode alive = installed.run("threads", "root/deaf", "--json").succeeded().json().get(0);
        assertThat(alive.get("run").longValue()).isEqualTo(2);
        assertThat(alive.get("since").isNull()).isTrue();
        assertThat(installed.run("threads", "root/nobody").failedWith(ExitCode.REFUSED).err())
                .startsWith("supervisor: there is no agent or supervisor root/nobody; ");
    }

    @Test
    void aDependencyIsShownOpenedAndReset() throws Exception {
        running.awaitLine("restarted", "root/caller", "run 2");
        JsonNode closed = dependency();
        assertThat(closed.propertyNames())
                .containsExactly(
                        "key",
                        "state",
                        "since",
                        "failureRate",
                        "calls",
                        "failures",
                        "suspensions",
                        "inFlight",
                        "suspended",
                        "waiting",
                        "lastFailure");
        assertThat(closed.get("key").stringValue()).isEqualTo(TroubleFactory.PROVIDER);
        assertThat(closed.get("state").stringValue()).isEqualTo("closed");
        assertThat(closed.get("failures").longValue()).isEqualTo(1);
        assertThat(closed.get("lastFailure").stringValue()).isEqualTo("IOException: 503");

        assertThat(steer("open").succeeded().out())
                .isEqualTo(TroubleFactory.PROVIDER + " forced open\n");
        running.awaitLine("suspended", "root/caller");
        JsonNode open = dependency();
        assertThat(open.get("state").stringValue()).isEqualTo("forced_open");
        assertThat(open.get("suspended").intValue()).isEqualTo(1);
        assertThat(installed.ps().get("root/caller").get("state").stringValue())
                .isEqualTo("suspended");
        List<String> table = installed.run("dependencies").succeeded().out().lines().toList();
        assertThat(table).hasSize(2);
        assertThat(table.getFirst()).matches("KEY +STATE +SINCE .* LAST FAILURE");
        assertThat(table.getLast())
                .matches(
                        TroubleFactory.PROVIDER
                                + " +forced_open +\\d{4}-\\d\\d-.* IOException: 503");

        assertThat(steer("reset").succeeded().out())
                .isEqualTo(TroubleFactory.PROVIDER + " closed\n");
        running.awaitLine("resumed", "root/caller");
        JsonNode reset = dependency();
        assertThat(reset.get("state").stringValue()).isEqualTo("closed");
        assertThat(reset.get("suspended").intValue()).isZero();
        assertThat(reset.get("suspensions").longValue()).isEqualTo(1);
        await().atMost(Installed.PATIENCE)
                .until(() -> dependency().get("calls").longValue() > open.get("calls").longValue());
    }

    @Test
    void anUnknownDependencyIsRefusedWithTheOneThatMayBeMeant() throws Exception {
        for (String verb : List.of("open", "reset")) {
            assertThat(
                            installed
                                    .run("dependency", verb, "llm:host/modell")
                                    .failedWith(ExitCode.REFUSED)
                                    .err())
                    .startsWith("supervisor: ")
                    .contains("there is no dependency 'llm:host/modell'")
                    .contains("did you mean '" + TroubleFactory.PROVIDER + "'?")
                    .hasLineCount(1);
        }
    }

    @Test
    void aParkedMessageIsShownReplayedAndDropped() throws Exception {
        running.awaitLine("message.parked", "root/choker", "run 1");
        JsonNode parked = parkedMessage();
        assertThat(parked.propertyNames())
                .containsExactly("id", "path", "parkedAt", "crashes", "message", "reason", "stack");
        assertThat(parked.get("path").stringValue()).isEqualTo("root/choker");
        assertThat(parked.get("message").stringValue()).isEqualTo("a bone");
        assertThat(parked.get("crashes").intValue()).isEqualTo(1);
        assertThat(parked.get("reason").stringValue()).contains("choked on a bone");
        assertThat(parked.get("stack").stringValue()).contains("TroubleFactory");
        List<String> table = installed.run("messages").succeeded().out().lines().toList();
        assertThat(table).hasSize(2);
        assertThat(table.getFirst()).matches("ID +AT +PATH +CRASHES +REASON +MESSAGE");
        assertThat(table.getLast()).matches("\\d+ .* root/choker +1 .*choked on a bone +a bone");

        String id = parked.get("id").asString();
        assertThat(installed.run("message", "replay", id).succeeded().out())
                .isEqualTo("message " + id + " sent again\n");
        running.awaitLine("message.parked", "root/choker", "run 2");
        String again = parkedMessage().get("id").asString();
        assertThat(installed.run("message", "drop", again).succeeded().out())
                .isEqualTo("message " + again + " dropped\n");
        assertThat(installed.run("messages", "--json").succeeded().json()).isEmpty();
    }

    private static Installed.Result steer(String verb) throws Exception {
        return installed.run("dependency", verb, TroubleFactory.PROVIDER);
    }

    private static JsonNode dependency() throws Exception {
        JsonNode all = installed.run("dependencies", "--json").succeeded().json();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private static JsonNode parkedMessage() throws Exception {
        JsonNode all = installed.run("messages", "--json").succeeded().json();
        assertThat(all).hasSize(1);
        return all.get(0);
    }
}
