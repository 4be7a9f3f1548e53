package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.ExitReason;
import java.time.Duration;

/** What can befall an agent at a {@link Step}. */
public sealed interface Fault {

    /** It throws an {@link InjectedFaultException}. */
    record Crash() implements Fault {}

    /**
     * It ends of its own will.
     *
     * @param reason the reason it gives
     */
    record Exit(ExitReason reason) implements Fault {}

    /**
     * It does not come back, whatever is asked of it: not for a stop, not for an interrupt. Its
     * thread ends with the simulation.
     */
    record Hang() implements Fault {}

    /**
     * It takes some time, and then goes on as if nothing had been.
     *
     * @param time how long; a stop or a kill cuts it short where it would end the context's waits
     */
    record Slow(Duration time) implements Fault {}

    /** It says that it need not run now. At {@link Step#INIT} only; elsewhere nothing happens. */
    record Ignore() implements Fault {}

    /**
     * A crash.
     *
     * @return the fault
     */
    static Fault crash() {
        return new Crash();
    }

    /**
     * An end of the agent's own will.
     *
     * @param reason the reason it gives
     * @return the fault
     */
    static Fault exit(ExitReason reason) {
        return new Exit(reason);
    }

    /**
     * A hang that only giving up the run ends.
     *
     * @return the fault
     */
    static Fault hang() {
        return new Hang();
    }

    /**
     * A delay.
     *
     * @param time how long
     * @return the fault
     */
    static Fault slow(Duration time) {
        return new Slow(time);
    }

    /**
     * A start that is not needed.
     *
     * @return the fault
     */
    static Fault ignore() {
        return new Ignore();
    }
}
