package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.List;

/**
 * What a machine wants done, carried out by the shell. No effect waits: outcomes come back as
 * signals, after the call has returned. The second half only tells what has happened.
 */
public interface Effects {

    /**
     * Begin to start a child; answer with {@code Started} or {@code StartFailed}. Returns the
     * number of this run.
     */
    long start(Child child);

    /**
     * Ask a child to stop; answer with {@code Exited}, or with {@code StartFailed} if it has not
     * come up yet.
     *
     * @param requested whether somebody asked for this very child to stop, as against a group or
     *     the whole supervisor
     */
    void stop(Child child, boolean requested);

    /** End a child by force; answer as for {@link #stop}. */
    void kill(Child child);

    /**
     * End a child by force because it is said to have failed, a supervisor only if it is said to
     * have been killed; answer as for {@link #stop}.
     */
    void fail(Child child, ExitReason reason);

    /**
     * The supervisor is gone without clean-up, and nobody waits for the child any more: an agent is
     * killed, a supervisor stops its own children in order, and both end as killed.
     */
    void orphan(Child child);

    /** A random number, at least 0 and less than 1. */
    double random();

    /** Whether a dependency takes no calls now. */
    boolean isOpen(String dependency);

    /**
     * Answer with {@code Resumed} when it is the child's turn after a dependency takes calls again.
     */
    void suspend(Child child, String dependency);

    /** Answer with {@code WaitsOver} after a time, in place of what was asked for before. */
    void wakeAfter(Duration time);

    /** Answer with a signal after a time. A machine has at most one timer of this kind. */
    void startTimer(Signal overdue, Duration after);

    /** Drop the timer; a signal of it that is on its way does no harm. */
    void cancelTimer();

    /**
     * Makes room for children that are about to be added.
     *
     * @throws SupervisionException if there is not enough for all of them
     */
    void admit(List<ChildSpec> specs);

    /** A request has been carried out. */
    void reply(Object ticket, Answer answer);

    /** A request was refused or has failed. */
    void refuse(Object ticket, SupervisionException error);

    /** All children of the configuration are up. */
    void booted();

    /**
     * A child did not start, and those that had started are down again. The machine is finished.
     */
    void bootFailed(ExitReason reason, List<String> causes);

    /** The children are down. The machine is finished. */
    void ended(ExitReason reason, List<String> causes);

    /** Something that readers see of a child has changed. */
    void changed(Child child);

    /** The supervisor goes on with other specs, some of them of new children that are down. */
    void respecified(SupervisorConfig config);

    /**
     * Somebody stops a child; told before it is stopped.
     *
     * @param forGood whether it is to be forgotten then, as against to stay down
     */
    void stoppedByHand(Child child, boolean forGood);

    /** A child that somebody had stopped is started again. */
    void startedAgain(Child child);

    /** A child was added to a running supervisor. */
    void added(Child child);

    /** A child was forgotten. */
    void removed(Child child);

    /** A child has come up; as a restart if the strategy wanted it so. */
    void up(Child child, boolean restart);

    /** A child need not run now. */
    void ignored(Child child);

    /** A start failed, whoever wanted it. */
    void startFailed(Child child, ExitReason reason);

    /**
     * A run has ended. Told when the machine acts on it, which is later than it happened if there
     * was a queue.
     */
    void down(Child child, ExitReason reason);

    /**
     * The strategy is about to be applied to a child that has failed, and the intensity allows it.
     */
    void restarting(Child child, ExitReason reason);

    /** The restart of a child that has failed waits for some time. */
    void backingOff(Child child, Duration time);

    /**
     * A child has failed once too often and is put aside.
     *
     * @param why what was too often
     */
    void putAside(Child child, ExitReason reason, String why);

    /** A child was put aside in an earlier life of the JVM, and still is; told at the boot. */
    void stillPutAside(Child child, Condition.Aside aside);

    /**
     * How a child stands with its restarts has changed, as far as the end of the JVM must not make
     * that good. Not told of an end of the whole supervisor.
     *
     * @param condition how it stands; {@link Condition#CLEAN} if there is nothing to remember
     */
    void conditionChanged(Child child, Condition condition);

    /** The intensity is used up, and the supervisor is about to stop its children and end. */
    void gaveUp(List<String> causes);

    /**
     * The end of a significant child ends the supervisor, which is about to stop its other children
     * and end.
     */
    void autoShutdown(Child child);

    /** What OTP's supervisor would write to its log about a child. */
    void report(Report report, ExitReason reason, Child child);

    /**
     * That instances of a pool ended its stop otherwise than expected, for whatever reason they had
     * in common.
     *
     * @param reason the reason of the first of them
     * @param count how many they are
     */
    void reportPoolStop(ExitReason reason, int count);

    /** The kinds of report; the names are OTP's. */
    enum Report {
        /** A child ended by itself, and that matters. */
        CHILD_TERMINATED,
        /** A start failed at boot or in a restart. */
        START_ERROR,
        /** A child ended a stop otherwise than expected. */
        SHUTDOWN_ERROR,
        /** The supervisor gives up because there were more restarts than its intensity allows. */
        SHUTDOWN
    }
}
