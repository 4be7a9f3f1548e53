package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.junit.jupiter.Testcontainers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The archive in a container, with its data folder on a volume that outlives the container. Needs a
 * Docker engine, or one that speaks its language, and no registry.
 */
@Testcontainers(disabledWithoutDocker = true)
class ContainerIT {
    static final String TREE =
            """
            runtime: container
            supervisor:
              id: root
              children:
                - { id: inbox, type: watch, config: { folder: inbox, output: inbox.log, every: 50ms } }
            """;

    private static final String DATA = ContainerImage.HOME + "/data";
    private static final String NAME = "supervisor-it-" + UUID.randomUUID();
    private static final JsonMapper JSON = new JsonMapper();

    private static ImageFromDockerfile image;

    private final List<Supervisor> started = new ArrayList<>();

    @BeforeAll
    static void buildTheImage() throws Exception {
        image = ContainerImage.named(NAME);
        image.get();
        docker().createVolumeCmd().withName(NAME).exec();
    }

    @AfterEach
    void removeContainers() {
        started.forEach(GenericContainer::stop);
    }

    @AfterAll
    static void removeImageAndVolume() {
        docker().removeVolumeCmd(NAME).exec();
        docker().removeImageCmd(image.get()).withForce(true).exec();
    }

    @Test
    void whatRanInAKilledContainerGoesOnInTheNextOneOnItsVolume() throws Exception {
        Supervisor first = start();
        first.drop("a.txt", "b.txt");
        await().atMost(Installed.PATIENCE).until(() -> first.handled().size() == 2);
        String runtimeOfFirst = first.getContainerId();
        docker().killContainerCmd(runtimeOfFirst).withSignal("KILL").exec();
        assertThat(first.awaitExitCode()).as("128 + SIGKILL").isEqualTo(137);

        Supervisor second = start();
        assertThat(second.getContainerId()).isNotEqualTo(runtimeOfFirst);
        second.drop("c.txt");
        await().atMost(Installed.PATIENCE).until(() -> second.handled().size() == 3);
        assertThat(second.handled())
                .as("each file once: the agent went on from what it had saved")
                .containsExactlyInAnyOrder("a.txt", "b.txt", "c.txt");
        JsonNode inbox = second.json("history", "root/inbox", "--json");
        assertThat(inbox.findValuesAsString("event"))
                .as("both lives")
                .containsExactly("child.started", "child.started");
        assertThat(inbox.findValues("run"))
                .extracting(JsonNode::longValue)
                .as("run numbers go on")
                .containsExactly(1L, 2L);
        assertThat(inbox.get(0).get("detail").stringValue()).doesNotContain("restored");
        assertThat(inbox.get(1).get("detail").stringValue())
                .startsWith("restored the checkpoint of run 1, ");

        docker().stopContainerCmd(second.getContainerId()).withTimeout(60).exec();
        assertThat(second.awaitExitCode())
                .as("stopped in order by SIGTERM:%n%s", second.getLogs())
                .isEqualTo(ExitCode.OK.code());
        assertThat(second.getLogs().strip()).endsWith("stopped");
        System.out.printf(
                "container: killed once, stopped once; 3 files handled once each by runs 1 and 2%n");
    }

    private Supervisor start() {
        Supervisor supervisor = new Supervisor();
        started.add(supervisor);
        supervisor.start();
        return supervisor;
    }

    private static DockerClient docker() {
        return DockerClientFactory.lazyClient();
    }

    /** A container that runs the tree. */
    private static final class Supervisor extends GenericContainer<Supervisor> {
        Supervisor() {
            super(image);
            withNetworkMode("none"); // the command line attaches from within
            withCreateContainerCmdModifier(command ->
                    command.getHostConfig()
                            .withBinds(new Bind(NAME, new Volume(DATA), AccessMode.rw)));
            withStartupCheckStrategy(new IsRunningStartupCheckStrategy());
            waitingFor(Wait.forLogMessage(".*up; .*", 1).withStartupTimeout(Installed.PATIENCE));
        }

        ExecResult exec(String... command) throws IOException, InterruptedException {
            ExecResult result = execInContainer(command);
            assertThat(result.getExitCode())
                    .as("%s%n%s", result.getStdout(), result.getStderr())
                    .isZero();
            return result;
        }

        /** What a command of the command line prints, run in the container. */
        JsonNode json(String... args) throws IOException, InterruptedException {
            List<String> command =
                    new ArrayList<>(List.of(ContainerImage.HOME + "/bin/supervisor"));
            command.addAll(List.of(args));
            return JSON.readTree(exec(command.toArray(String[]::new)).getStdout());
        }

        void drop(String... names) throws IOException, InterruptedException {
            for (String name : names) {
                exec("sh", "-c", "echo text >" + DATA + "/inbox/" + name);
            }
        }

        /** The names of the files that the agent has handled, in its order. */
        List<String> handled() throws IOException, InterruptedException {
            String lines =
                    exec(
                                    "sh",
                                    "-c",
                                    "while read -r line; do echo \"$line\"; done <"
                                            + DATA
                                            + "/inbox.log")
                            .getStdout();
            return lines.lines()
                    .map(line -> JSON.readTree(line).get("name").stringValue())
                    .toList();
        }

        int awaitExitCode() {
            String id = getContainerId();
            await().atMost(Installed.PATIENCE)
                    .ignoreExceptionsInstanceOf(DockerException.class)
                    .until(() ->
                            Boolean.FALSE.equals(
                                    docker().inspectContainerCmd(id)
                                            .exec()
                                            .getState()
                                            .getRunning()));
            return docker().inspectContainerCmd(id).exec().getState().getExitCodeLong().intValue();
        }
    }
}
