package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ExitReason;
import org.jspecify.annotations.Nullable;

/** A message that somebody waits for an answer to, on its way and while it is handled. */
final class Ask extends Reply implements Tie {
    final Object message;
    private final @Nullable AgentCell asker;

    /** Of the run that wants to answer it later, once there is one. */
    private volatile @Nullable Extras keeper;

    /**
     * A question.
     *
     * @param asker null for a client
     */
    Ask(Object message, @Nullable AgentCell asker) {
        this.message = message;
        this.asker = asker;
    }

    /** Refuses an answer that must not go to who has asked. */
    void checkAnswer(Object answer) {
        if (asker != null) {
            MessageTypes.check(answer, asker);
        }
    }

    /** Keeps it for later; false if the run is over. */
    boolean keep(Extras run) {
        keeper = run;
        return run.tie(this);
    }

    boolean isKept() {
        return keeper != null;
    }

    /** Whatever comes, nobody waits for it any more. */
    void forget() {
        Extras run = keeper;
        if (run != null) {
            run.untie(this);
        }
    }

    /** The run that kept it for later has ended. */
    @Override
    public void ended(Life life, ExitReason reason) {
        dropped(life.pid(), life.run(), reason);
    }

    /** The run that has it in hand has ended. */
    void dropped(AgentPid by, long run, ExitReason reason) {
        failed(
                new AskFailedException(
                        true,
                        "%s run %d ended before it answered: %s; ask again if asking twice does no harm"
                                .formatted(by, run, reason),
                        reason));
    }

    /** Its receiver has gone down before it came to it. */
    void unread(AgentPid by) {
        failed(
                new AskFailedException(
                        true,
                        by + " went down before it read the question; start it, then ask again",
                        null));
    }

    /** The handler has returned, and neither answered nor kept it. */
    void unanswered(AgentPid by) {
        failed(
                new AskFailedException(
                        false,
                        "%s handled the %s and did not reply; its handler must call reply or replyLater for each ask"
                                .formatted(by, message.getClass().getName()),
                        null));
    }
}
