package ai.terraphim.supervisor.api;

import java.util.Optional;

/**
 * A piece of work that a supervisor starts, watches, restarts and stops.
 *
 * <p>An agent is a {@link LoopAgent} or a {@link MessageAgent}. Each start makes a new object
 * through its {@link AgentFactory}; what must outlive a crash is saved with {@link
 * AgentContext#checkpoint(Record)} and read back with {@link AgentContext#restored(Class)}. The
 * life of one run is
 *
 * <pre>
 *   init -> start -> run | handle ... -> [stop] -> terminate
 * </pre>
 *
 * <p>All of these are called on virtual threads, one call at a time, and may block. {@code init}
 * decides whether the start succeeds: the supervisor starts the next sibling when it has returned.
 * Whatever is thrown after that is a crash: the run ends with {@link ExitReason.Error} and the
 * supervisor acts by its strategy. A crash is data, not an emergency: throw freely, keep state in
 * checkpoints, and let the supervisor decide.
 *
 * <p>The callbacks follow OTP's {@code gen_server}: {@code init}, {@code handle_continue} (here
 * {@code start}) and {@code terminate}.
 */
public sealed interface SupervisedAgent permits LoopAgent, MessageAgent {

    /**
     * Prepares the agent. The start is over, and the next sibling starts, when this returns; a
     * throwable makes it a failed start. Keep it short, and do slow work in {@link #start}.
     *
     * @param args the agent's spec, its context and the state it is to go on from
     * @return {@link InitResult#ok()} in nearly all cases
     * @throws Exception if the agent cannot start now
     */
    default InitResult init(InitArgs args) throws Exception {
        return InitResult.ok();
    }

    /**
     * The version of the layout of this agent's state. Raise it when what an older version has
     * saved cannot be read any more, and override {@link #migrate}. Asked once in each run, before
     * {@code init}.
     *
     * @return 1 by default
     */
    default int stateVersion() {
        return 1;
    }

    /**
     * Makes a state of {@link #stateVersion()} out of one of a lower version; called before {@code
     * init}, which then finds the result. What is stored stays as it is until the agent saves
     * again. A state of a higher version is not offered: the start fails, and nothing is lost.
     *
     * @param older the newest checkpoint
     * @return the whole state, as for {@link AgentContext#checkpoint(Record)}; a {@link Snapshot}
     *     for bytes
     * @throws Exception if there is no way: the start fails
     */
    default Record migrate(StoredState older) throws Exception {
        throw new SupervisionException(
                ErrorCategory.SERIALIZATION,
                false,
                "the saved state has version %d, and %s has version %d and no migrate; override migrate, or run the version that has saved it"
                        .formatted(older.version(), getClass().getName(), stateVersion()),
                null);
    }

    /**
     * The agent's whole state as it is now, for whoever saves it without the agent's asking: {@link
     * Checkpoints#every()}, {@link Checkpoints#onStop()} and {@link SystemMessage.Checkpoint}.
     * Called between messages, in the context's waits, or after {@link #stop}, on the agent's own
     * thread.
     *
     * @return a state as for {@link AgentContext#checkpoint(Record)}, a {@link Snapshot} for bytes;
     *     empty, the default, if there is nothing to save
     * @throws Exception if there is none to be had: reported as a failed checkpoint, and the agent
     *     goes on
     */
    default Optional<? extends Record> state() throws Exception {
        return Optional.empty();
    }

    /**
     * Called once after the supervisor has been told of the successful start, before the body or
     * the first message. What is thrown here is a crash of a running agent, so it is restarted
     * within the intensity.
     *
     * @param context this run's context
     * @throws Exception to crash
     */
    default void start(AgentContext context) throws Exception {}

    /**
     * Called when a stop was asked for and the body or the message in flight has ended because of
     * it: time to say goodbye and to save. What is left of the child's {@link ChildSpec#shutdown()
     * shutdown} time is {@link AgentContext#stopTimeLeft()}; the context's waits work here as
     * always and end early only if the agent is killed. Not called on a crash, nor when the agent
     * is killed.
     *
     * @param context this run's context
     * @throws Exception if stopping fails: it is reported as a shutdown error, and the stop of the
     *     siblings goes on
     */
    default void stop(AgentContext context) throws Exception {}

    /**
     * Called for a {@link SystemMessage}. A message agent handles it before its ordinary messages;
     * a loop agent in the next of its context's waits ({@link AgentContext#sleep sleep}, {@link
     * AgentContext#awaitStop awaitStop}, {@link AgentContext#await await}), on its own thread and
     * not before {@link #start}. What it throws comes out of {@code handle}, or of that wait.
     *
     * <p>By default {@link SystemMessage.Shutdown} ends the run with {@link ExitReason.Shutdown},
     * after which the supervisor acts by the {@linkplain RestartType restart type}: a permanent
     * agent starts again, and {@link AgentSupervisor#terminateChild} is what keeps it down. {@link
     * SystemMessage.Restart} {@linkplain AgentContext#requestRestart() requests a restart}. The
     * others do nothing here; {@link #healthCheck} is called after {@link
     * SystemMessage.HealthCheck} has been handled, whatever was done with it, and {@link #state()}
     * after {@link SystemMessage.Checkpoint}.
     *
     * @param message what the supervisor or an operator says
     * @param context this run's context
     */
    default void handleSystemMessage(SystemMessage message, AgentContext context) {
        switch (message) {
            case SystemMessage.Shutdown _ -> throw new AgentExitException(ExitReason.shutdown());
            case SystemMessage.Restart _ -> context.requestRestart();
            case SystemMessage.HealthCheck _,
                    SystemMessage.Checkpoint _,
                    SystemMessage.StatusUpdate _,
                    SystemMessage.SupervisorMessage _ -> {}
        }
    }

    /**
     * Says how the agent is. Called for a {@link SystemMessage.HealthCheck}, on the same thread and
     * at the same times as {@link #handleSystemMessage}; the answer is {@link
     * SupervisedAgentInfo#lastHealthCheck()}.
     *
     * @param context this run's context
     * @return {@link Health#good()} by default
     * @throws Exception if the check fails: the agent is unhealthy, and its run goes on
     */
    default Health healthCheck(AgentContext context) throws Exception {
        return Health.good();
    }

    /**
     * The last call of a run that was not killed: release what the run has opened. Also called
     * after a crash and after a failed {@code init}, so expect fields that were never set.
     *
     * @param reason why the run ends
     * @throws Exception logged, and otherwise without effect on how the run ended
     */
    default void terminate(TerminateReason reason) throws Exception {}
}
