package ai.terraphim.supervisor.api;

/**
 * Where the answer to one question goes. An agent takes it by {@link AgentContext#replyLater} when
 * it cannot answer yet, and may use it from any thread while its run lasts.
 */
public interface ReplyTo {

    /**
     * Answers. Only the first answer counts; one that nobody waits for any more is dropped.
     *
     * @param answer what whoever asked is to get
     * @throws FencedException if the run that took the question has ended
     */
    void reply(Object answer);
}
