package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Optional;

/**
 * How long an agent's callbacks may take. One that takes longer ends the run with {@link
 * ExitReason.Timeout}, and the stack of its thread goes into the history: the agent's waits end at
 * once, then its thread is interrupted, then the run is fenced and its thread abandoned. How long a
 * stop may take is {@link ChildSpec#shutdown()}.
 *
 * <p>All these clocks stand still while the agent waits in {@link AgentContext#guarded}, in {@code
 * init} too; and as long as it waits there, so do those who wait for its start.
 *
 * @param init for {@link SupervisedAgent#init}; empty for no limit, 30 seconds by default
 * @param message for {@link MessageAgent#handle} of one message; empty, the default, for no limit
 */
public record Deadlines(Optional<Duration> init, Optional<Duration> message) {

    /** Thirty seconds for {@code init} and no limit for a message. */
    public static final Deadlines DEFAULT =
            new Deadlines(Optional.of(Duration.ofSeconds(30)), Optional.empty());

    /** No limits, as in OTP. */
    public static final Deadlines NONE = new Deadlines(Optional.empty(), Optional.empty());

    /** Checks that each is longer than zero. */
    public Deadlines {
        init.ifPresent(time -> Durations.checkPositive("init", time));
        message.ifPresent(time -> Durations.checkPositive("message", time));
    }

    /**
     * The same with another limit for {@code init}.
     *
     * @param time longer than zero
     * @return a copy
     */
    public Deadlines init(Duration time) {
        return new Deadlines(Optional.of(time), message);
    }

    /**
     * The same with a limit for one message.
     *
     * @param time longer than zero
     * @return a copy
     */
    public Deadlines message(Duration time) {
        return new Deadlines(init, Optional.of(time));
    }
}
