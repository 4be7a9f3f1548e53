package ai.terraphim.supervisor.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recording of the JDK's flight recorder shows what supervisors and agents did. */
class FlightRecorderTest {

    record State(int value) {}

    /** Saves its state at each start and waits. */
    private static final class Saver implements LoopAgent {
        @Override
        public InitResult init(InitArgs args) throws InterruptedException {
            args.context().checkpoint(new State(1));
            return InitResult.ok();
        }

        @Override
        public void run(AgentContext context) {
            context.awaitStop(Duration.ofDays(1));
        }
    }

    @Test
    void exitsRestartsEscalationsAndCheckpointsAreRecorded(@TempDir Path folder)
            throws IOException {
        Path file = folder.resolve("tree.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            crashTwice();
            recording.dump(file);
        }
        List<RecordedEvent> events =
                RecordingFile.readAllEvents(file).stream()
                        .filter(event ->
                                event.getEventType()
                                        .getName()
                                        .startsWith("ai.terraphim.supervisor."))
                        .filter(event -> event.getString("path").startsWith("recorded"))
                        .toList();
        assertThat(events)
                .extracting(FlightRecorderTest::line)
                .contains(
                        "Checkpoint recorded/a#1",
                        "ChildExit recorded/a#1",
                        "Checkpoint recorded/a#2",
                        "ChildRestart recorded/a#2",
                        "ChildExit recorded/a#2",
                        "Escalation recorded#0");
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().endsWith("ChildExit"))
                .extracting(event -> event.getString("reason"))
                .contains("error: it looks wrong");
    }

    private static void crashTwice() {
        try (var runtime =
                SupervisorRuntime.builder("flight")
                        .factory(AgentFactory.of("saver", Saver::new))
                        .build()) {
            AgentSupervisor root =
                    runtime.start(
                            SupervisorConfig.builder("recorded")
                                    .intensity(new RestartIntensity(1, Duration.ofMinutes(1)))
                                    .build());
            AgentPid agent = root.spawnAgent(AgentSpec.of("a", "saver"));
            root.handleAgentExit(agent, ExitReason.error("it looks wrong"));
            root.handleAgentExit(agent, ExitReason.error("it looks wrong")); // one too many
            runtime.termination().join();
        }
    }

    private static String line(RecordedEvent event) {
        return "%s %s#%d"
                .formatted(
                        event.getEventType().getName().replaceFirst(".*\\.", ""),
                        event.getString("path"),
                        event.getLong("run"));
    }
}
