package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import java.time.Duration;
import java.util.List;

/**
 * What the instances at one path do, one after the other.
 *
 * @param starts how the first, second, ... start attempt goes
 * @param rest how all later attempts go
 * @param stop what an instance does when it is asked to stop
 */
public record Script(List<Start> starts, Outcome rest, Stop stop) {

    /** Starts always and stops when asked. */
    public static final Script OBEDIENT =
            new Script(List.of(), Outcome.OK, new Stop.End(ExitReason.shutdown()));

    public enum Outcome {
        OK,
        ERROR,
        CRASH,
        IGNORE
    }

    /**
     * One start attempt.
     *
     * @param outcome how it ends
     * @param calls what is done inside the start callback before it ends
     */
    public record Start(Outcome outcome, List<Call> calls) {

        /** It just starts. */
        public static final Start OK = new Start(Outcome.OK, List.of());

        /** Makes the calls where a call is over when it returns. */
        public void makeCalls() {
            calls.forEach(call -> call.make(() -> {}));
        }
    }

    /** What an agent does when it is asked to stop. */
    public sealed interface Stop {

        /** Ends at once. */
        record End(ExitReason reason) implements Stop {}

        /** Ends as it should, after a while. */
        record Slow(Duration time) implements Stop {}

        /** Never ends by itself. */
        record Hang() implements Stop {}

        /** Does something inside the stop callback, the first time, then ends as it should. */
        record Calling(List<Call> calls) implements Stop {

            /** As {@link Start#makeCalls}. */
            public void makeCalls() {
                calls.forEach(call -> call.make(() -> {}));
            }
        }
    }

    /** Something that a callback does before it ends. */
    public interface Call {
        /**
         * @param then goes on with the callback; called once, at once or in a later step
         */
        void make(Runnable then);
    }

    /** How a start attempt goes, counted from 1. */
    public Start start(int attempt) {
        return attempt <= starts.size() ? starts.get(attempt - 1) : new Start(rest, List.of());
    }
}
