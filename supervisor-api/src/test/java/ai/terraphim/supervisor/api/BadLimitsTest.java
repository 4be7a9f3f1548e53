package ai.terraphim.supervisor.api;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BadLimitsTest {
    private static final Duration SECOND = ofSeconds(1);
    private static final RestartIntensity STRICT = RestartIntensity.strict();

    static Stream<Arguments> limits() {
        return Stream.of(
                bad(
                        () -> Backoff.builder(ofSeconds(-1)).build(),
                        "initial must not be negative, was -1s"),
                bad(
                        () -> Backoff.builder(SECOND).max(ofMillis(1)).build(),
                        "max must be initial or longer, was 0.001s with an initial of 1s"),
                bad(
                        () -> Backoff.builder(SECOND).max(ofDays(366)).build(),
                        "max must be a year (8760h) or shorter, was 8784h"),
                bad(
                        () -> Backoff.builder(SECOND).factor(0.9).build(),
                        "factor must be from 1 to 1000, was 0.9"),
                bad(
                        () -> Backoff.builder(SECOND).factor(Double.NaN).build(),
                        "factor must be from 1 to 1000, was NaN"),
                bad(
                        () -> Backoff.builder(SECOND).jitter(-0.1).build(),
                        "jitter must be from 0 to 1, was -0.1"),
                bad(
                        () -> Backoff.builder(SECOND).jitter(1.1).build(),
                        "jitter must be from 0 to 1, was 1.1"),
                bad(
                        () -> Backoff.builder(SECOND).resetAfter(ZERO).build(),
                        "reset_after must be longer than zero, was 0s"),
                bad(() -> Exhaustion.park(ZERO), "park must be longer than zero, was 0s"),
                bad(
                        () -> Exhaustion.coolDown(ZERO, SECOND),
                        "cool_down must be longer than zero, was 0s"),
                bad(
                        () -> Exhaustion.coolDown(ofSeconds(90), SECOND),
                        "max must be cool_down or longer, was 1s with a cool_down of 1m30s"),
                bad(
                        () -> new RestartBudget(STRICT, ZERO, Exhaustion.ESCALATE),
                        "healthy_after must be longer than zero, was 0s"),
                bad(
                        () -> RestartBudget.of(-1, SECOND, Exhaustion.ESCALATE),
                        "max_restarts must be 0 or more, was -1"),
                bad(() -> Deadlines.DEFAULT.init(ZERO), "init must be longer than zero, was 0s"),
                bad(
                        () -> Deadlines.DEFAULT.message(ofSeconds(-2)),
                        "message must be longer than zero, was -2s"),
                bad(
                        () -> new HealthChecks(ofSeconds(-1), SECOND, SECOND, 1),
                        "start_delay must not be negative, was -1s"),
                bad(() -> HealthChecks.every(ZERO), "interval must be longer than zero, was 0s"),
                bad(
                        () -> new HealthChecks(ZERO, SECOND, ZERO, 1),
                        "timeout must be longer than zero, was 0s"),
                bad(
                        () -> new HealthChecks(ZERO, SECOND, ofSeconds(2), 1),
                        "timeout must not be longer than the interval, was 2s with an interval of 1s"),
                bad(
                        () -> new HealthChecks(ZERO, SECOND, SECOND, 0),
                        "threshold must be 1 or more, was 0"),
                bad(() -> ProgressLimits.within(ZERO), "limit must be longer than zero, was 0s"),
                bad(
                        () -> ProgressLimits.NONE.repetitions(0),
                        "repetitions must be from 1 to 1000, was 0"),
                bad(
                        () -> ProgressLimits.NONE.repetitions(1_001),
                        "repetitions must be from 1 to 1000, was 1001"),
                bad(() -> needs("a", " "), "needs has an empty key; remove it"),
                bad(() -> needs("a", "b", "a"), "needs names 'a' twice; remove one"),
                bad(
                        () -> AgentSpec.builder("a", "t").redeliver(0),
                        "poison_after must be 1 or more, was 0"),
                bad(
                        () -> RestartRules.DEFAULT.with(slow()).checkMortal(STRICT),
                        "with a backoff from 15s to 1m there can never be more than 3 restarts in 30s, so a child that always fails is restarted for ever; lengthen time_window, give the child a budget, or set allow_immortal: true"));
    }

    private static Arguments bad(ThrowingCallable made, String message) {
        return Arguments.of(made, message);
    }

    private static void needs(String... keys) {
        AgentSpec.builder("a", "t").needs(keys);
    }

    private static Backoff slow() {
        return Backoff.builder(ofSeconds(15)).build();
    }

    // The reader of tree files finds the line of what is wrong by the first word of the message.
    @ParameterizedTest(name = "{1}")
    @MethodSource("limits")
    void areRefusedWithTheWordOfTheTreeFileAndWhatWouldBeRight(
            ThrowingCallable made, String message) {
        assertThatIllegalArgumentException().isThrownBy(made).withMessage(message);
    }

    @Test
    void anImmortalChildIsRefusedByItsSupervisorByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pair(AgentSpec.builder("a", "t").backoff(slow()).build()))
                .withMessageStartingWith("supervisor 's', child 'a': with a backoff from 15s");
    }

    @Test
    void aBudgetOfItsOwnOrAWordOfItsAuthorMakesASlowBackoffFine() {
        AgentSpec bounded =
                AgentSpec.builder("a", "t")
                        .backoff(slow())
                        .budget(RestartBudget.of(1, SECOND, Exhaustion.park()))
                        .build();
        AgentSpec meant =
                AgentSpec.builder("a", "t")
                        .backoff(Backoff.builder(ofSeconds(15)).allowImmortal(true).build())
                        .build();
        assertThat(List.of(pair(bounded), pair(meant))).hasSize(2);
    }

    @Test
    void limitsKeepWhatTheyAreNotGiven() {
        assertThat(Deadlines.DEFAULT.message(SECOND))
                .isEqualTo(new Deadlines(Optional.of(ofSeconds(30)), Optional.of(SECOND)));
        assertThat(HealthChecks.every(SECOND))
                .isEqualTo(new HealthChecks(SECOND, SECOND, SECOND, 3));
        assertThat(ProgressLimits.within(SECOND).repetitions(4))
                .isEqualTo(new ProgressLimits(Optional.of(SECOND), OptionalInt.of(4)));
        AgentSpec spec =
                AgentSpec.builder("a", "t")
                        .redeliver(2)
                        .needs("llm")
                        .progress(ProgressLimits.within(SECOND))
                        .health(HealthChecks.DEFAULT)
                        .deadlines(Deadlines.NONE)
                        .build();
        assertThat(spec.safeguards())
                .isEqualTo(
                        new Safeguards(
                                Deadlines.NONE,
                                Optional.of(HealthChecks.DEFAULT),
                                ProgressLimits.within(SECOND),
                                List.of("llm"),
                                OptionalInt.of(2)));
    }

    private static SupervisorConfig pair(AgentSpec child) {
        return SupervisorConfig.builder("s").intensity(STRICT).children(child).build();
    }
}
