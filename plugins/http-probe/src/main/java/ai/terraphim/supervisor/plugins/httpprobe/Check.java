package ai.terraphim.supervisor.plugins.httpprobe;

import java.time.Duration;
import java.util.Optional;

/**
 * What one check found.
 *
 * @param status of the answer, empty if there was none
 * @param latency from sending the request to having read the body, or to the failure
 * @param problem what was not as expected, empty if all was
 */
record Check(Optional<Integer> status, Duration latency, Optional<String> problem) {

    static Check unanswered(Duration latency, String problem) {
        return new Check(Optional.empty(), latency, Optional.of(problem));
    }

    boolean isOk() {
        return problem.isEmpty();
    }
}
