package ai.terraphim.supervisor.plugins.httpprobe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.terraphim.supervisor.api.AgentFactory;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProbeConfigTest {

    @Test
    void theFactoryIsFoundAsAService() {
        for (AgentFactory<?> factory : ServiceLoader.load(AgentFactory.class)) {
            assertThat(factory).isInstanceOf(HttpProbeAgentFactory.class);
            assertThat(factory.supportedTypes()).containsExactly("http-probe");
        }
        assertThat(ServiceLoader.load(AgentFactory.class).stream()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://host/", "/path", "http:///path", "localhost:8080"})
    void aUrlThatIsNotHttpIsRefused(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(URI.create(url), Optional.empty(), "GET", Map.of()))
                .withMessageContaining("url must be as in http://host:port/path")
                .withMessageContaining(url);
    }

    @Test
    void aHeaderThatCannotBeSentIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(HERE, Optional.empty(), "GET", Map.of("Host", "x")))
                .withMessageStartingWith("headers: 'Host: x' cannot be sent");
    }

    @Test
    void aMethodWithASpaceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(HERE, Optional.empty(), "GET IT", Map.of()))
                .withMessage("method must be as in GET or HEAD, was 'GET IT'");
    }

    @Test
    void statusesAreNumbersRangesAndClasses() {
        ExpectedStatus status = ExpectedStatus.of(Optional.of(List.of(204, "300-302", "4xx")));
        assertThat(List.of(204, 300, 302, 400, 499)).allMatch(status::includes);
        assertThat(List.of(200, 203, 205, 303, 399, 500)).noneMatch(status::includes);
        assertThat(status).hasToString("204 or 300-302 or 4xx");
        assertThat(ExpectedStatus.of(Optional.empty())).hasToString("2xx");
        assertThat(ExpectedStatus.of(Optional.of(418))).hasToString("418");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ok", "99", "600", "299-200", "2x", ""})
    void anotherStatusIsRefused(String status) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(HERE, Optional.of(status), "GET", Map.of()))
                .withMessage(
                        "expect_status must be as in 200, 200-299, 2xx or a list of these; was '"
                                + status
                                + "'");
    }

    private static final URI HERE = URI.create("http://localhost/");

    private static HttpProbeConfig config(
            URI url, Optional<Object> status, String method, Map<String, String> headers) {
        return new HttpProbeConfig(
                url,
                Optional.of(Duration.ofSeconds(1)),
                Optional.empty(),
                status,
                Optional.empty(),
                Optional.empty(),
                Optional.of(method),
                Optional.of(headers),
                OptionalInt.empty());
    }
}
