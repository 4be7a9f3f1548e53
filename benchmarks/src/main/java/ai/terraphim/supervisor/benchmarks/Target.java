package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.benchmarks.Child.Answer;
import java.time.Duration;

/** Whoever can be sent a message. */
interface Target {
    void tell(Object message);

    /** Asks and waits for the answer, with as little as that takes. */
    default Object ask(Duration atMost) {
        Answer answer = new Answer();
        tell(answer);
        return answer.await(atMost.toNanos());
    }
}
