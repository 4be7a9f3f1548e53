package ai.terraphim.supervisor.runtime.shell;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.runtime.shell.RunPhase.Fenced;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The protocol between a run's thread and those who interrupt and kill, one by one and at once. */
@Timeout(600) // a campaign beside other work takes minutes
class RunPhaseTest {
    private static final int ROUNDS =
            "full".equals(System.getProperty("campaign.size")) ? 1_000_000 : 4_000;

    private static final class Phase extends RunPhase {}

    @Test
    void aThreadThatHasLeftItsCallbackIsForgotten() {
        Phase phase = new Phase();
        assertThat(phase.enter()).isTrue();
        assertThat(phase.thread()).isSameAs(Thread.currentThread());
        assertThat(phase.leave()).isTrue();
        assertThat(phase.thread()).isNull();
        phase.fence();
        assertThat(phase.thread()).as("of a run that was fenced at rest").isNull();
    }

    @Test
    void aPokeInterruptsABodyAndNothingElse() {
        Phase phase = new Phase();
        assertThat(phase.poke()).as("a body may still come").isFalse();
        phase.enter();
        assertThat(phase.poke()).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        phase.leave();
        assertThat(Thread.interrupted()).as("the interrupt ends with its body").isFalse();
        phase.enterLast();
        assertThat(phase.poke()).as("no body will come").isTrue();
        assertThat(Thread.interrupted()).isFalse();
        phase.leave();
        assertThat(phase.end()).isTrue();
        assertThat(phase.poke()).isTrue();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void aFenceIsFinalAndSaysWhereItFoundTheThread() {
        Phase resting = new Phase();
        assertThat(resting.fence()).isEqualTo(Fenced.OUTSIDE);
        assertThat(resting.fence()).isEqualTo(Fenced.TOO_LATE);
        assertThat(resting.enter()).isFalse();
        assertThat(resting.enterLast()).isFalse();
        assertThat(resting.end()).isFalse();
        Phase inLastCalls = new Phase();
        inLastCalls.enterLast();
        assertThat(inLastCalls.fence()).isEqualTo(Fenced.INSIDE);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(inLastCalls.leave()).isFalse();
        Phase ended = new Phase();
        ended.end();
        assertThat(ended.fence()).isEqualTo(Fenced.TOO_LATE);
        assertThat(ended.isFenced()).isFalse();
    }

    /** However a poke and the end of a body meet: every poke that says so has reached a body. */
    @Test
    void noInterruptIsLostAndNoneEscapesFromItsBody() throws Exception {
        Phase phase = new Phase();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> bodies =
                onThread(() -> {
                    int escaped = 0;
                    for (int round = 0; round < ROUNDS; round++) {
                        phase.enter();
                        if (round % 4 == 0) { // this one waits for its interrupt, and must get it
                            while (!Thread.currentThread().isInterrupted()) {
                                LockSupport.park();
                            }
                        }
                        phase.leave();
                        escaped += Thread.interrupted() ? 1 : 0;
                    }
                    over.set(true);
                    return escaped;
                });
        while (!over.get()) {
            phase.poke();
        }
        assertThat(bodies.get()).as("interrupts outside of a body").isZero();
        System.out.printf("run phase: %,d bodies poked, none missed%n", ROUNDS);
    }

    /** However a kill and an end by itself meet, one of them wins. */
    @Test
    void oneOfKillAndEndWins() throws Exception {
        int rounds = ROUNDS / 10;
        Phase[] phases = new Phase[rounds];
        for (int round = 0; round < rounds; round++) {
            phases[round] = new Phase();
        }
        Phaser both = new Phaser(2); // which a fence's late interrupt does not disturb
        CompletableFuture<boolean[]> ends =
                onThread(() -> {
                    boolean[] ended = new boolean[rounds];
                    for (int round = 0; round < rounds; round++) {
                        both.arriveAndAwaitAdvance();
                        ended[round] =
                                phases[round].enter()
                                        && phases[round].leave()
                                        && phases[round].end();
                        Thread.interrupted();
                    }
                    return ended;
                });
        Fenced[] found = new Fenced[rounds];
        for (int round = 0; round < rounds; round++) {
            both.arriveAndAwaitAdvance();
            found[round] = phases[round].fence();
        }
        boolean[] ended = ends.get();
        for (int round = 0; round < rounds; round++) {
            assertThat(ended[round])
                    .as("round %d: fenced %s", round, found[round])
                    .isEqualTo(found[round] == Fenced.TOO_LATE);
        }
    }

    private interface Body<T> {
        T run() throws Exception;
    }

    private static <T> CompletableFuture<T> onThread(Body<T> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        result.complete(body.run());
                    } catch (Throwable t) {
                        result.completeExceptionally(t);
                    }
                });
        return result;
    }
}
