package ai.terraphim.supervisor.plugins.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.terraphim.supervisor.api.AgentFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WatchConfigTest {

    @Test
    void theFactoryIsFoundAsAService() {
        for (AgentFactory<?> factory : ServiceLoader.load(AgentFactory.class)) {
            assertThat(factory).isInstanceOf(WatchAgentFactory.class);
            assertThat(factory.supportedTypes()).containsExactly("watch");
        }
        assertThat(ServiceLoader.load(AgentFactory.class).stream()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"inbox, inbox/out.log", "inbox, ./inbox/../inbox/out.log", "., out.log"})
    void anOutputInTheWatchedFolderIsRefused(String folder, String output) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(folder, output, Optional.empty()))
                .withMessageContaining("is in the watched folder");
    }

    @Test
    void anOutputBesideOrBelowTheWatchedFolderIsFine() {
        assertThat(config("inbox", "inbox.log", Optional.empty())).isNotNull();
        assertThat(config("inbox", "inbox/done/out.log", Optional.of("*.{csv,txt}"))).isNotNull();
    }

    @Test
    void aBrokenGlobIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config("inbox", "out.log", Optional.of("[a")))
                .withMessageStartingWith("include must be a glob as in *.csv");
    }

    @Test
    void anIntervalOfZeroIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new WatchConfig(
                                Path.of("inbox"),
                                Path.of("out.log"),
                                Optional.of(Duration.ZERO),
                                Optional.empty()))
                .withMessageContaining("every must be longer than zero");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "a \"quoted\" \\ name",
                "line\nfeed\tand\u0000nul",
                "grüße \uD83D\uDE00"
            })
    void everyNameSurvivesJson(String name) {
        assertThat(Json.unquote(Json.quote(name), 0)).isEqualTo(name);
        assertThat(Json.quote(name)).doesNotContain("\n");
    }

    private static WatchConfig config(String folder, String output, Optional<String> include) {
        return new WatchConfig(Path.of(folder), Path.of(output), Optional.empty(), include);
    }
}
