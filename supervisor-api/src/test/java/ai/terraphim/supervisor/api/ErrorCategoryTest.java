package ai.terraphim.supervisor.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCategoryTest {

    @Test
    void thereAreElevenAndEachSaysSomethingElse() {
        assertThat(Arrays.stream(ErrorCategory.values()).map(ErrorCategory::hint).distinct())
                .hasSize(11)
                .allMatch(hint -> hint.lines().count() == 1);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRecoverableMayBeTriedAgain(ErrorCategory category) {
        assertThat(new SupervisionException(category, true, "x").hint())
                .startsWith("try again later")
                .endsWith(category.hint());
        assertThat(new SupervisionException(category, false, "x").hint())
                .isEqualTo(category.hint());
    }
}
