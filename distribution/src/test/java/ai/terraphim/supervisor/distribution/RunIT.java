package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.runtime.jmx.MBeanNames;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Trees of real processes, run by the unpacked archive and seen and steered from outside. */
class RunIT {
    private static final String TREE =
            """
            runtime: it
            supervisor:
              id: root
              children:
                - { id: one, type: process, config: { command: [sleep, "1000"] } }
                - id: group
                  strategy: rest_for_one
                  children:
                    - { id: two, type: process, config: { command: [sh, -c, "sleep 1001 & sleep 1002"] } }
                    - { id: inbox, type: watch, config: { folder: inbox, output: inbox.log } }
            """;

    @TempDir private Path folder;
    private Installed installed;
    private Path tree;

    @BeforeEach
    void install() throws Exception {
        installed = Installed.in(folder);
        tree = installed.write("tree.yaml", TREE);
    }

    @AfterEach
    void close() throws Exception {
        installed.close();
    }

    @Test
    void aTreeIsRunShownSteeredAndStopped() throws Exception {
        Installed.Running running = installed.start(tree).awaitUp();
        running.awaitLine("started", "root/one", "run 1")
                .awaitLine("started", "root/group/inbox", "run 1");

        Map<String, JsonNode> rows = installed.ps();
        assertThat(rows.keySet())
                .containsExactly(
                        "root", "root/one", "root/group", "root/group/two", "root/group/inbox");
        JsonNode one = rows.get("root/one");
        assertThat(one.get("kind").stringValue()).isEqualTo("agent");
        assertThat(one.get("type").stringValue()).isEqualTo("process");
        assertThat(one.get("state").stringValue()).isEqualTo("running");
        assertThat(one.get("run").longValue()).isEqualTo(1);
        assertThat(one.get("restarts").longValue()).isZero();
        assertThat(one.get("uptimeMs").longValue()).isPositive();
        assertThat(one.has("lastExit")).isTrue();
        assertThat(rows.get("root/group").get("kind").stringValue()).isEqualTo("supervisor");

        assertThat(
                        installed
                                .run(
                                        "spawn",
                                        "root/group",
                                        "{\"id\": \"three\", \"type\": \"process\", \"config\": {\"command\": [\"sleep\", \"1003\"]}}")
                                .succeeded()
                                .out())
                .isEqualTo("root/group/three\n");
        running.awaitLine("started", "root/group/three", "run 1");
        assertThat(
                        installed
                                .run(
                                        "spawn",
                                        "root/group",
                                        "{\"id\": \"three\", \"type\": \"watch\"}")
                                .failedWith(ExitCode.REFUSED)
                                .err())
                .startsWith("supervisor: ");

        installed.run("stop", "root/one").succeeded();
        assertThat(installed.ps().get("root/one").get("state").stringValue()).isEqualTo("stopped");
        installed.run("restart", "root/one").succeeded();
        JsonNode again = installed.ps().get("root/one");
        assertThat(again.get("state").stringValue()).isEqualTo("running");
        assertThat(again.get("run").longValue()).isEqualTo(2);

        installed.run("delete", "root/group/three").failedWith(ExitCode.REFUSED);
        installed.run("stop", "root/group/three").succeeded();
        installed.run("delete", "root/group/three").succeeded();
        assertThat(installed.ps()).doesNotContainKey("root/group/three");

        assertThat(installed.run("stop", "root").failedWith(ExitCode.REFUSED).err())
                .contains("shutdown");
        assertThat(installed.run("stop", "root/nobody").failedWith(ExitCode.REFUSED).err())
                .contains("nobody");

        JsonNode nested = installed.run("tree", "--json").succeeded().json();
        assertThat(nested.get("path").stringValue()).isEqualTo("root");
        assertThat(nested.get("children").get(1).get("children").get(0).get("path").stringValue())
                .isEqualTo("root/group/two");
        assertThat(installed.run("tree").succeeded().out())
                .contains("root/group".substring(5), "two", "run 2");

        assertThat(installed.run("messages").succeeded().out()).startsWith("ID");
        assertThat(installed.run("messages", "--json").succeeded().json()).isEmpty();
        for (String verb : List.of("replay", "drop")) {
            assertThat(installed.run("message", verb, "7").failedWith(ExitCode.REFUSED).err())
                    .contains("there is no parked message 7");
        }

        assertThat(installed.run("orphans").succeeded().out())
                .startsWith("PATH")
                .contains("root/group/three");
        installed.run("orphans", "--delete", "root/group/three").succeeded();
        assertThat(installed.run("orphans", "--json").succeeded().json()).isEmpty();
        assertThat(
                        installed
                                .run("orphans", "--delete", "root/x")
                                .failedWith(ExitCode.REFUSED)
                                .err())
                .contains("there is no orphan root/x");
        assertThat(installed.run("store").succeeded().out()).startsWith("database");
        JsonNode store = installed.run("store", "--json").succeeded().json();
        assertThat(store.get("walSize").longValue()).isPositive();
        assertThat(store.get("checkpointFailures").longValue()).isZero();

        assertThat(installed.run("dependencies").succeeded().out())
                .startsWith("KEY")
                .hasLineCount(1);
        assertThat(installed.run("dependencies", "--json").succeeded().json()).isEmpty();
        for (String verb : List.of("open", "reset")) {
            assertThat(installed.run("dependency", verb, "db").failedWith(ExitCode.REFUSED).err())
                    .contains("there is no dependency 'db', nor any other");
        }

        JsonNode events = installed.run("history", "root/one", "--json").succeeded().json();
        assertThat(words(events)).containsExactly("child.started", "child.exited", "child.started");
        events.get(0).properties().forEach(it -> assertThat(it.getKey()).isNotBlank());
        assertThat(events.get(0).propertyNames())
                .containsExactly("seq", "at", "path", "run", "event", "reason", "detail");
        assertThat(
                        words(
                                installed
                                        .run("history", "--json", "--since", "0", "--limit", "1")
                                        .succeeded()
                                        .json()))
                .hasSize(1);

        assertThat(installed.marked()).isNotEmpty();
        installed.run("shutdown").succeeded();
        assertThat(running.awaitEnd()).isZero();
        running.awaitLine("stopped");
        assertThat(installed.marked()).isEmpty();
    }

    @Test
    void anyJmxClientCanReadAndSteer() throws Exception {
        Installed.Running running = installed.start(tree).awaitUp();
        VirtualMachine vm = VirtualMachine.attach(Long.toString(running.pid()));
        String url = vm.startLocalManagementAgent();
        vm.detach();
        try (JMXConnector connector = connect(url)) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            assertThat(server.queryNames(new ObjectName(MBeanNames.DOMAIN + ":*"), null))
                    .extracting(ObjectName::toString)
                    .containsExactlyInAnyOrder(
                            "ai.terraphim.supervisor:runtime=it",
                            "ai.terraphim.supervisor:runtime=it,component=persistence",
                            "ai.terraphim.supervisor:runtime=it,s0=root",
                            "ai.terraphim.supervisor:runtime=it,s0=root,s1=group");
            ObjectName group =
                    new ObjectName("ai.terraphim.supervisor:runtime=it,s0=root,s1=group");
            assertThat(server.getAttribute(group, "Strategy")).isEqualTo("rest_for_one");
            assertThat(server.getAttribute(group, "ChildrenByState"))
                    .isInstanceOf(TabularData.class);
            server.invoke(
                    group,
                    "restartChild",
                    new Object[] {"two"},
                    new String[] {String.class.getName()});
            CompositeData two =
                    (CompositeData)
                            server.invoke(
                                    new ObjectName("ai.terraphim.supervisor:runtime=it"),
                                    "describe",
                                    new Object[] {"root/group/two"},
                                    new String[] {String.class.getName()});
            assertThat(two.get("run")).isEqualTo(2L);
        }
        assertThat(running.term()).isZero();
    }

    @Test
    void aTermSignalStopsEverythingInOrderAndLeavesNoProcess() throws Exception {
        Installed.Running running = installed.start(tree).awaitUp();
        await().atMost(Installed.PATIENCE).until(() -> installed.marked().size() >= 4);
        List<ProcessHandle> processes = installed.marked();
        assertThat(running.term()).isZero();
        assertThat(processes).noneMatch(Leftovers::runs);
        assertThat(installed.marked()).isEmpty();
        List<String> exits =
                running.lines().stream().filter(line -> line.contains("exited")).toList();
        assertThat(exits).hasSize(5);
        assertThat(exits.getFirst()).contains("root/group/inbox");
        assertThat(running.lines().getLast()).isEqualTo("stopped");
        assertThat(installed.run("ps").failedWith(ExitCode.NO_RUNTIME).err())
                .contains("no supervisor runs");
    }

    @Test
    void aKilledChildIsBackAndSaidToBe() throws Exception {
        Installed.Running running = installed.start(tree).awaitUp();
        ProcessHandle sleeper = child(running, "sleep 1000");
        sleeper.destroyForcibly();
        running.awaitLine("exited", "root/one", "run 1", "137")
                .awaitLine("restarted", "root/one", "run 2");
        JsonNode row = installed.ps().get("root/one");
        assertThat(row.get("restarts").longValue()).isEqualTo(1);
        assertThat(row.get("lastExit").stringValue()).contains("137");
    }

    @Test
    void afterKill9TheSameCommandResumesAndNoOldProcessIsAlive() throws Exception {
        Installed.Running first = installed.start(tree).awaitUp();
        installed
                .run(
                        "spawn",
                        "root/group",
                        "{\"id\": \"three\", \"type\": \"process\", \"config\": {\"command\": [\"sleep\", \"1003\"]}}")
                .succeeded();
        List<ProcessHandle> old = installed.marked();
        assertThat(old).hasSizeGreaterThanOrEqualTo(4);
        first.kill9();
        assertThat(old).as("orphans").anyMatch(Leftovers::runs);
        assertThat(installed.run("ps").failedWith(ExitCode.NO_RUNTIME).err())
                .contains("no supervisor runs");

        Installed.Running second = installed.start(tree).awaitUp();
        assertThat(old).noneMatch(Leftovers::runs);
        second.awaitLine("ended process", "left by an earlier run")
                .awaitLine("started", "root/one", "run 2");
        Map<String, JsonNode> rows = installed.ps();
        assertThat(rows.get("root/one").get("run").longValue()).isEqualTo(2);
        assertThat(rows.get("root").get("run").longValue()).isEqualTo(2);
        assertThat(rows.get("root/group/three").get("state").stringValue())
                .as("a child added at run time")
                .isEqualTo("running");
        assertThat(words(installed.run("history", "root/one", "--json").succeeded().json()))
                .containsExactly("child.started", "child.started");
        assertThat(second.term()).isZero();
        assertThat(installed.marked()).isEmpty();
    }

    @Test
    void aSecondSupervisorOnTheSameDataFolderIsRefused() throws Exception {
        Installed.Running first = installed.start(tree).awaitUp();
        List<ProcessHandle> before = installed.marked();
        Installed.Result second = installed.run("run", tree.toString()).failedWith(ExitCode.STORE);
        assertThat(second.err()).contains(Long.toString(first.pid()));
        assertThat(installed.marked()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(installed.ps().get("root/one").get("run").longValue()).isEqualTo(1);
    }

    @Test
    void aProcessWhosePortIsTakenShowsItsLastOutputAndTheRootGivesUp() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path web =
                    installed.write(
                            "web.yaml",
                            """
                            runtime: web
                            supervisor:
                              id: root
                              intensity: { max_restarts: 1, time_window: 60s }
                              children:
                                - { id: sleeper, type: process, config: { command: [sleep, "1000"] } }
                                - { id: web, type: process, config: { command: ["${java.home}/bin/jwebserver", "-p", "%d"] } }
                            """
                                    .formatted(taken.getLocalPort()));
            Installed.Running running = installed.start(web);
            assertThat(running.awaitEnd()).isEqualTo(ExitCode.GAVE_UP.code());
            running.awaitLine("exited", "root/web", "run 1", "Address already in use");
            running.awaitLine("exited", "root/web", "run 2", "Address already in use");
            running.awaitLine("the root gave up").awaitLine("because", "root/web");
            assertThat(installed.marked()).isEmpty();

            JsonNode events = installed.run("history", "root/web", "--json").succeeded().json();
            assertThat(words(events))
                    .as("the history at rest")
                    .containsExactly(
                            "child.started", "child.exited", "child.restarted", "child.exited");
            assertThat(events.get(1).get("reason").stringValue())
                    .contains("Address already in use");
        }
    }

    @Test
    void aTreeThatDoesNotStartLeavesNothingBehind() throws Exception {
        Path bad =
                installed.write(
                        "bad.yaml",
                        """
                        runtime: bad
                        supervisor:
                          id: root
                          children:
                            - { id: sleeper, type: process, config: { command: [sleep, "1000"] } }
                            - { id: nothing, type: process, config: { command: [/no/such/program] } }
                        """);
        Installed.Running running = installed.start(bad);
        assertThat(running.awaitEnd()).isEqualTo(ExitCode.NOT_STARTED.code());
        running.awaitLine("supervisor: ", "root/nothing", "/no/such/program");
        assertThat(installed.marked()).isEmpty();
    }

    @Test
    void agentsLogToTheLogFileAndNotToTheConsole() throws Exception {
        Path talker =
                installed.write(
                        "talker.yaml",
                        """
                        runtime: talker
                        supervisor:
                          id: root
                          children:
                            - { id: talker, type: process, config: { command: [sh, -c, "echo hear me; sleep 1000"] } }
                        """);
        Installed.Running running = installed.start(talker).awaitUp();
        Path log = installed.home().resolve("logs/supervisor.log");
        await().atMost(Installed.PATIENCE).until(() -> Files.readString(log).contains("hear me"));
        assertThat(running.term()).isZero();
        assertThat(String.join("\n", running.lines()))
                .doesNotContain("hear me")
                .doesNotContain("\u001b");
    }

    @Test
    void aBrokenPluginIsNamedAndTheTreeRuns() throws Exception {
        installed.write("plugins/notes.jar", "this is no jar");
        Installed.Running running = installed.start(tree).awaitUp();
        running.awaitLine("notes.jar");
        assertThat(running.term()).isZero();
    }

    @SuppressWarnings("BanJNDI") // to our own child process
    private static JMXConnector connect(String url) throws IOException {
        return JMXConnectorFactory.connect(new JMXServiceURL(url));
    }

    private static ProcessHandle child(Installed.Running running, String commandLine) {
        return running.process()
                .descendants()
                .filter(it -> it.info().commandLine().orElse("").endsWith(commandLine))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> words(JsonNode events) {
        List<String> words = new ArrayList<>();
        events.forEach(event -> words.add(event.get("event").stringValue()));
        return words;
    }
}
