package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ExitReason;
import org.jspecify.annotations.Nullable;

/**
 * A message that somebody waits for an answer to, on its way and while it is handled. A message
 * that is handled again after a crash goes about as one, too, whether somebody waits or not.
 */
final class Ask extends Reply implements Tie {
    final Object message;
    private final @Nullable AgentCell asker;
    private final boolean awaited;

    /** How many runs it has crashed. For the consumer of the mailbox. */
    int crashes;

    /** Of the run that wants to answer it later, once there is one. */
    private volatile @Nullable Extras keeper;

    /**
     * A question.
     *
     * @param asker null for a client
     */
    Ask(Object message, @Nullable AgentCell asker) {
        this(message, asker, true);
    }

    private Ask(Object message, @Nullable AgentCell asker, boolean awaited) {
        this.message = message;
        this.asker = asker;
        this.awaited = awaited;
    }

    /** A message that nobody waits for an answer to. */
    static Ask told(Object message) {
        return new Ask(message, null, false);
    }

    /** Whether somebody waited for an answer when it was sent. */
    boolean isAwaited() {
        return awaited;
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

    /** The run that has it is not to answer it, but a later one. */
    void letGo() {
        forget();
        keeper = null;
    }

    /** It has crashed so many runs that it is not handled again. */
    void parked(AgentPid by, long id, ExitReason reason) {
        failed(
                new AskFailedException(
                        false,
                        "%s crashed %d times over the question, and it was parked as message %d: %s; mend the agent or the question"
                                .formatted(by, crashes, id, reason),
                        reason));
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
