package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ExitReason;
import org.jspecify.annotations.Nullable;

/**
 * A message that somebody waits for an answer to, on its way and while it is handled. A message
 * that is handled again after a crash goes about as one, too, whether somebody waits or not.
 */
sealed class Ask extends Reply implements Tie permits Once {
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

    /** A message that nobody waits for an answer to. */
    Ask(Object message) {
        this(message, null, false);
    }

    private Ask(Object message, @Nullable AgentCell asker, boolean awaited) {
        this.message = message;
        this.asker = asker;
        this.awaited = awaited;
    }

    /** The id that it was sent with; null if with none. */
    @Nullable String messageId() {
        return null;
    }

    /** Whether somebody waited for an answer when it was sent. */
    final boolean isAwaited() {
        return awaited;
    }

    /** Refuses an answer that must not go to who has asked. */
    final void checkAnswer(Object answer) {
        if (asker != null) {
            MessageTypes.check(answer, asker);
        }
    }

    /** Keeps it for later; false if the run is over. */
    final boolean keep(Extras run) {
        keeper = run;
        return run.tie(this);
    }

    final boolean isKept() {
        return keeper != null;
    }

    /** Whatever comes, nobody waits for it any more. */
    final void forget() {
        Extras run = keeper;
        if (run != null) {
            run.untie(this);
        }
    }

    /** The run that has it is not to answer it, but a later one. */
    final void letGo() {
        forget();
        keeper = null;
    }

    /** It has crashed so many runs that it is not handled again. */
    final void parked(AgentPid by, long id, ExitReason reason) {
        failed(
                new AskFailedException(
                        false,
                        "%s crashed %d times over the message, and it was parked as message %d: %s; mend the agent or the message"
                                .formatted(by, crashes, id, reason),
                        reason));
    }

    /** The run that kept it for later has ended. */
    @Override
    public final void ended(Life life, ExitReason reason) {
        dropped(life.pid(), life.run(), reason);
    }

    /** What whoever sent it may do when it has failed. */
    String again() {
        return "ask again if asking twice does no harm";
    }

    /** The run that has it in hand has ended. */
    final void dropped(AgentPid by, long run, ExitReason reason) {
        failed(
                new AskFailedException(
                        true,
                        "%s run %d ended before it answered: %s; %s"
                                .formatted(by, run, reason, again()),
                        reason));
    }

    /** Its receiver has gone down before it came to it. */
    final void unread(AgentPid by) {
        failed(
                new AskFailedException(
                        true,
                        "%s went down before it read it; start it, and %s".formatted(by, again()),
                        null));
    }

    /** The handler has returned, and neither answered nor kept it. */
    final void unanswered(AgentPid by) {
        failed(
                new AskFailedException(
                        false,
                        "%s handled the %s and did not reply; its handler must call reply or replyLater for each ask"
                                .formatted(by, message.getClass().getName()),
                        null));
    }
}
