package ai.terraphim.supervisor.api;

/**
 * An agent with a body of its own that runs until it is done or told to stop. Each run owns one
 * virtual thread.
 *
 * {@snippet :
 * LoopAgent greeter = context -> {
 *     while (!context.awaitStop(Duration.ofSeconds(1))) {
 *         context.log().log(Level.INFO, "hello from run {0}", context.run());
 *     }
 * };
 * }
 */
@FunctionalInterface
public non-sealed interface LoopAgent extends SupervisedAgent {

    /**
     * The agent's work. Returning ends the run with {@link ExitReason.Normal}, throwing ends it
     * with {@link ExitReason.Error}, and {@link AgentExitException} ends it with a reason of the
     * author's choice.
     *
     * <p>When a stop is asked for, the context's waits end at once. A body that is somewhere else
     * then is interrupted a moment later, and abandoned when the shutdown time is over. A body that
     * ends in any orderly way, or by an {@link InterruptedException}, after a stop was asked for
     * has stopped as it should.
     *
     * @param context this run's context
     * @throws Exception to crash
     */
    void run(AgentContext context) throws Exception;
}
