package ai.terraphim.supervisor.plugins.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.terraphim.supervisor.api.AgentFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ProcessConfigTest {

    @Test
    void theFactoryIsFoundAsAService() {
        for (AgentFactory<?> factory : ServiceLoader.load(AgentFactory.class)) {
            assertThat(factory).isInstanceOf(ProcessAgentFactory.class);
            assertThat(factory.supportedTypes()).containsExactly("process");
        }
        assertThat(ServiceLoader.load(AgentFactory.class).stream()).hasSize(1);
    }

    @Test
    void anEmptyCommandIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(List.of(), Map.of(), List.of()))
                .withMessageContaining("command must begin with the program");
    }

    @Test
    void theVariablesOfTheSupervisorAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(List.of("true"), Map.of(RunMarker.DATA, "x"), List.of()))
                .withMessageContaining("remove it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(List.of("true"), Map.of("A=B", "x"), List.of()))
                .withMessageContaining("'A=B'");
    }

    @Test
    void anExitCodeThatCannotBeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(List.of("true"), Map.of(), List.of(0, 256)))
                .withMessage("normal_exit_codes must be from 0 to 255, one was 256");
    }

    @Test
    void aSilenceLimitOfZeroIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ProcessConfig(
                                List.of("true"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(Duration.ZERO),
                                Optional.empty(),
                                OptionalLong.empty(),
                                OptionalInt.empty()))
                .withMessage("silence_limit must be longer than zero, was 0s");
    }

    private static ProcessConfig config(
            List<String> command, Map<String, String> env, List<Integer> codes) {
        return new ProcessConfig(
                command,
                Optional.of(env),
                Optional.empty(),
                Optional.of(codes),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalInt.empty());
    }
}
