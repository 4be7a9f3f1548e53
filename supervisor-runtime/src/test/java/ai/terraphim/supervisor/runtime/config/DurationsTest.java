package ai.terraphim.supervisor.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({"200ms, PT0.2S", "5s, PT5S", "2m, PT2M", "1h, PT1H", "0s, PT0S", "007s, PT7S"})
    void readsANumberWithItsUnit(String text, Duration duration) {
        assertThat(Durations.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    5                | has no unit, was '5'
                    1.5              | has no unit, was '1.5'
                    -5s              | must not be negative, was '-5s'
                    1.5s             | is not a duration, was '1.5s'
                    5 s              | is not a duration, was '5 s'
                    5S               | is not a duration, was '5S'
                    1d               | is not a duration, was '1d'
                    PT5S             | is not a duration, was 'PT5S'
                    soon             | is not a duration, was 'soon'
                    ''               | is not a duration, was ''
                    9999999999999999s | is not a duration, was '9999999999999999s'
                    """)
    void refusesAnythingElseAndSaysWhatIsRight(String text, String message) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        message
                                + "; write a whole number with its unit, as in 200ms, 5s, 2m or 1h");
    }

    @Test
    void refusesMoreThanAClockCanCount() {
        assertThat(Durations.parse("876000h")).isEqualTo(Duration.ofDays(36_500));
        assertThatThrownBy(() -> Durations.parse("876001h"))
                .hasMessage("must be 876000h (100 years) or less, was '876001h'");
    }
}
