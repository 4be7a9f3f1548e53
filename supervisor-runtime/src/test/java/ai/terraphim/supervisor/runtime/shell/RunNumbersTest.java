package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.SupervisorId;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RunNumbersTest {
    private final RunNumbers numbers =
            new RunNumbers(Map.of("root/pool/1", 3L, "root/pool/17/agent", 5L, "root/agent", 7L));

    @Test
    void whatWasGivenInAnEarlierLifeOfTheJvmIsKnown() {
        assertThat(numbers.lastRun(new AgentPid("root/agent"))).isEqualTo(7);
        assertThat(numbers.lastRun(new AgentPid("root/other"))).isZero();
        assertThat(numbers.lastInstance(new SupervisorId("root/pool"))).isEqualTo(1);
    }

    @Test
    void aNumberThatAnotherLifeHasLeftMeanwhileStays() {
        AgentPid agent = new AgentPid("root/agent");
        numbers.remember(agent, 8);
        numbers.goesOn(agent, 7);
        assertThat(numbers.lastRun(agent)).isEqualTo(8);
        numbers.goesOn(agent, 8);
        assertThat(numbers.lastRun(agent)).isZero();
    }

    @Test
    void nothingIsLeftOfAnInnerPoolThatIsForgotten() {
        int before = numbers.size();
        numbers.remember(new AgentPid("root/pool/2"), 1);
        numbers.rememberInstance(new SupervisorId("root/pool/2"), 9);
        numbers.remember(new AgentPid("root/pool/2/9"), 1);
        numbers.rememberInstance(new SupervisorId("root/pool/2/9"), 4);
        numbers.forget(new AgentPid("root/pool/2"), true);
        assertThat(numbers.size()).isEqualTo(before);
        numbers.forget(new AgentPid("root/pool/1"), true);
        assertThat(numbers.lastRun(new AgentPid("root/pool/17/agent")))
                .as("of a sibling whose path begins with the same letters")
                .isEqualTo(5);
    }

    @Test
    void ofVeryManyThatAreGoneOnlyTheHighestNumberIsRememberedAndNoneIsGivenTwice() {
        AgentPid again = new AgentPid("root/team5");
        for (int i = 0; i <= RunNumbers.MAX_GONE; i++) {
            AgentPid team = new AgentPid("root/team" + i);
            numbers.remember(new AgentPid(team.path() + "/agent"), i % 20);
            numbers.rememberInstance(new SupervisorId(team.path() + "/pool"), 30);
            numbers.remember(team, 1 + i % 10);
        }
        assertThat(numbers.size()).isLessThan(20);
        assertThat(numbers.lastRun(again)).isEqualTo(30);
        assertThat(numbers.lastRun(new AgentPid("root/new"))).isEqualTo(30);
        assertThat(numbers.lastRun(new AgentPid("root/team1/agent"))).isEqualTo(30);
        assertThat(numbers.lastInstance(new SupervisorId("root/team1/pool"))).isEqualTo(30);
        assertThat(numbers.lastRun(new AgentPid("other/new"))).isZero();
        numbers.remember(again, 31);
        assertThat(numbers.lastRun(again)).isEqualTo(31);
    }

    /** Minutes if each end of an instance looked at what is remembered of the others. */
    @Test
    @Timeout(30)
    void toForgetOneDoesNotTakeALookAtAllOthers() {
        int many = 200_000;
        for (int i = 0; i < many; i++) {
            numbers.remember(new AgentPid("root/other" + i % 100 + "/" + i), 1);
        }
        int before = numbers.size();
        for (int i = 0; i < many; i++) {
            AgentPid instance = new AgentPid("root/sessions/" + i);
            numbers.remember(new AgentPid(instance.path() + "/agent"), 1);
            numbers.forget(instance, true);
        }
        assertThat(numbers.size()).isEqualTo(before);
    }
}
