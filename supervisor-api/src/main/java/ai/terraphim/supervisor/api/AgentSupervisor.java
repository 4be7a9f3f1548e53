package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A running supervisor. A handle of it stays valid over the supervisor's own restarts.
 *
 * <p>Any thread may call. {@link #status}, {@link #children}, {@link #child} and {@link
 * #restartHistory} read what was last published and return at once, even while a child hangs. All
 * other operations are requests: they wait in the supervisor's queue for their turn and return when
 * it has carried them out, or fail with a {@link SupervisionException} of category {@link
 * ErrorCategory#COMMUNICATION} when it has not done so within a minute. A child must not call its
 * own supervisor's requests from a callback: that fails at once instead of waiting for itself.
 *
 * <p>A pool ({@link RestartStrategy#SIMPLE_ONE_FOR_ONE}) refuses the operations by child id and
 * {@link #startChild}; its instances are known by their pids.
 *
 * <p>Requests that start a child return when it is up, and fail with a {@link ChildStartException}
 * when it is not; those for a child that starts {@link StartMode#ASYNC} return before that.
 *
 * <p>The operations by child id are OTP's {@code start_child}, {@code terminate_child}, {@code
 * restart_child} and {@code delete_child}.
 */
public interface AgentSupervisor {

    /**
     * Which supervisor this is.
     *
     * @return its place in the tree
     */
    SupervisorId id();

    /**
     * Adds an agent at the end of the children and starts it.
     *
     * @param spec how to run it; its id must be free
     * @return who it is
     * @throws ChildStateException if a child of that id is present
     * @throws ChildStartException if it did not start; then it was not added
     * @throws LimitExceededException if the supervisor has as many children as it may have
     * @throws ConfigurationException if the spec is refused
     */
    AgentPid spawnAgent(AgentSpec spec);

    /**
     * Stops an agent and removes it for good: when this returns, it does not come back after a
     * crash of the JVM either. Fine for an instance of a pool that is gone already.
     *
     * @param pid a child of this supervisor
     * @throws ChildNotFoundException if it has no such child
     * @throws StorageException if it was removed, but the store could not forget it
     */
    void stopAgent(AgentPid pid);

    /**
     * Stops a child if it is up, and starts it again, alone and whatever the strategy. Not counted
     * by the intensity.
     *
     * @param pid a child of this supervisor, agent or nested supervisor
     * @throws ChildNotFoundException if it has no such child
     * @throws ChildStartException if it did not start; then it stays down
     */
    void restartAgent(AgentPid pid);

    /**
     * Adds a child, agent or nested supervisor, at the end of the children and starts it; as {@link
     * #spawnAgent} otherwise.
     *
     * @param spec how to run it
     * @return its place in the tree
     */
    AgentPid startChild(ChildSpec spec);

    /**
     * Starts one more instance of a pool's template. It is named by a number that is never given
     * twice, and disappears when it has ended for good.
     *
     * @param config laid over the template's configuration, key by key; empty for a template that
     *     is a supervisor
     * @return who it is; already gone if its start said that it need not run
     * @throws ChildStateException if this supervisor is no pool
     * @throws ChildStartException if it did not start; then it was not added
     * @throws LimitExceededException if the pool has as many instances as it may have
     * @throws ConfigurationException if the configuration is refused
     */
    AgentPid startInstance(Map<String, ?> config);

    /**
     * Goes on with other specs: strategy, intensity, auto_shutdown, max_children and the children's
     * specs are replaced, in the order of the new configuration. What runs is not touched, and
     * follows its new spec from its next start or stop on. A child that is new is down until it is
     * started; one that is not named any more stays, and comes last. Lasts until this supervisor is
     * restarted by its parent, which begins with the original configuration.
     *
     * @param config with the same id; a pool stays a pool and takes another template
     * @throws ConfigurationException if the configuration is refused
     */
    void changeSpecs(SupervisorConfig config);

    /**
     * Its children, as an ordered query: read when all requests made before have been carried out.
     * {@link #children} answers at once instead.
     *
     * @return in start order; a child that has died shows as running until its supervisor has
     *     handled that
     */
    List<SupervisedAgentInfo> whichChildren();

    /**
     * How many children it has, as an ordered query like {@link #whichChildren}.
     *
     * @return the counts; a child that has died is not active, except that a pool counts an
     *     instance as active until it has handled its end
     */
    ChildCounts countChildren();

    /**
     * Stops a child and keeps its spec, unless it is temporary. It stays down until somebody, or a
     * group restart, starts it. Fine if it is down already.
     *
     * @param id the child's id
     * @throws ChildNotFoundException if there is no such child
     * @throws StorageException if a temporary one was removed, but the store could not forget it
     */
    void terminateChild(String id);

    /**
     * Starts a child that is down.
     *
     * @param id the child's id
     * @throws ChildNotFoundException if there is no such child
     * @throws ChildStateException if it runs or is restarting
     * @throws ChildStartException if it did not start; then it stays down
     */
    void restartChild(String id);

    /**
     * Removes a child that is down.
     *
     * @param id the child's id
     * @throws ChildNotFoundException if there is no such child
     * @throws ChildStateException if it runs or is restarting
     * @throws StorageException if it was removed, but the store could not forget it
     */
    void deleteChild(String id);

    /**
     * Reports that an agent's current run has failed, as seen from outside. If that run is still
     * alive it is fenced and ended; then the supervisor acts as if the agent had ended with that
     * reason by itself. Returns when it has acted.
     *
     * <p>A child that is a supervisor stops its own children in order first, as far as its {@link
     * SupervisorConfig#shutdown() shutdown} gives it time. Reported as {@linkplain ExitReason#kill
     * killed}, or if it is to be killed brutally, it is gone at once and takes its children with
     * it: agents are killed, supervisors among them stop their own children in order, and nobody
     * waits for either.
     *
     * @param pid a child of this supervisor
     * @param reason what happened to it
     * @throws ChildNotFoundException if it has no such child
     */
    void handleAgentExit(AgentPid pid, ExitReason reason);

    /**
     * Reports that one run of an agent has failed, as {@link #handleAgentExit(AgentPid,
     * ExitReason)} otherwise. If another run has taken its place meanwhile, nothing happens.
     *
     * @param pid a child of this supervisor
     * @param run the run that failed, as in {@link SupervisedAgentInfo#run()}
     * @param reason what happened to it
     * @throws ChildNotFoundException if it has no such child
     */
    void handleAgentExit(AgentPid pid, long run, ExitReason reason);

    /**
     * Sends a message to an agent and returns at once.
     *
     * @param pid a {@link MessageAgent} anywhere in this runtime
     * @param message what to send
     * @throws MailboxFullException if its mailbox is full
     * @throws ChildNotFoundException if there is no such message agent
     */
    void tell(AgentPid pid, Object message);

    /**
     * Sends a message that the agent is to handle once, however often it is sent. The message's id
     * is saved in one write with the state that the agent has after it; a message with an id that
     * is part of the agent's state is acknowledged and not handled again. So a sender that repeats
     * a message until it is acknowledged, under the same id, has it handled effectively once, over
     * crashes of the agent and of the JVM. An agent knows the last {@value
     * ai.terraphim.supervisor.api.store.StoredCheckpoint#MAX_HANDLED} ids.
     *
     * <p>The state is what {@link SupervisedAgent#stateToSave} gives when the handler has returned,
     * unless the handler has saved one itself. The pattern is known as the idempotent receiver.
     *
     * @param pid a {@link MessageAgent} anywhere in this runtime, which gives or saves its state
     * @param messageId the same for each repetition, another for each other message; 1 to 200
     *     characters, none of them a control character
     * @param message what to send
     * @return completes when the message has been handled and that is durable, on a thread that it
     *     may block; or fails with an {@link AskFailedException}, and then it is not known whether
     *     the message was handled: send it again
     * @throws MailboxFullException if its mailbox is full
     * @throws ChildNotFoundException if there is no such message agent
     */
    CompletionStage<Void> tellOnce(AgentPid pid, String messageId, Object message);

    /**
     * A reference to an agent, for one that is sent many messages.
     *
     * @param pid a {@link MessageAgent} anywhere in this runtime; it need not be there yet
     * @return what may be kept as long as the runtime is open
     */
    AgentRef ref(AgentPid pid);

    /**
     * Asks an agent and waits for its answer, 30 seconds at most; see {@link #ask(AgentPid, Object,
     * Duration)}.
     *
     * @param pid a {@link MessageAgent} anywhere in this runtime
     * @param message the question
     * @return what the agent gave to {@link AgentContext#reply}
     */
    Object ask(AgentPid pid, Object message);

    /**
     * Asks an agent and waits for its answer. The question is handled like a message; if the run
     * that has it in hand ends, this fails at once with the reason. It fails at once, too, if the
     * agent is down, its mailbox is full, or an agent asks itself. Whether a question that failed
     * was acted on is not known.
     *
     * @param pid a {@link MessageAgent} anywhere in this runtime
     * @param message the question
     * @param timeout how long to wait at most
     * @return what the agent gave to {@link AgentContext#reply}
     * @throws AskFailedException if there was no answer
     * @throws MailboxFullException if its mailbox is full
     * @throws ChildNotFoundException if there is no such message agent, or it is down
     * @throws SupervisionException of category {@link ErrorCategory#COMMUNICATION} if the waiting
     *     thread is interrupted, whose flag stays set, or is the agent's own
     */
    Object ask(AgentPid pid, Object message, Duration timeout);

    /**
     * Says something to an agent that comes before its ordinary messages, and returns at once.
     *
     * @param pid an agent anywhere in this runtime
     * @param message what to say
     * @throws ChildNotFoundException if it is not running
     * @throws MailboxFullException if it has not handled the last 100 system messages
     */
    void send(AgentPid pid, SystemMessage message);

    /**
     * Gives an agent a name, as {@link AgentContext#register} does.
     *
     * @param name at most 200 characters, none of them a control character
     * @param pid an agent or a supervisor anywhere in this runtime, but the root
     * @throws NameTakenException if another one has it
     * @throws ChildNotFoundException if there is no such agent
     * @throws IllegalArgumentException if it is no name
     */
    void register(String name, AgentPid pid);

    /**
     * Makes a name free, whoever has it. Fine if nobody has.
     *
     * @param name the name
     */
    void unregister(String name);

    /**
     * Finds an agent of this runtime by its name.
     *
     * @param name the name
     * @return who has it, whether up or down; empty if nobody has
     */
    Optional<AgentPid> whereIs(String name);

    /**
     * Watches an agent until the end of its current run. Who watches one that is down or unknown is
     * told so at once, with {@linkplain AgentDown#notRunning run 0}.
     *
     * @param pid an agent or a nested supervisor anywhere in this runtime
     * @return the watch
     */
    Monitor monitor(AgentPid pid);

    /**
     * What the supervisor is doing.
     *
     * @return as last published
     * @throws ChildNotFoundException if it was removed from the tree
     */
    SupervisorStatus status();

    /**
     * Its children.
     *
     * @return in start order, as last published; each for itself, so two of them may be from
     *     slightly different moments
     */
    List<SupervisedAgentInfo> children();

    /**
     * One of its children.
     *
     * @param pid its place in the tree
     * @return empty if there is no such child
     */
    Optional<SupervisedAgentInfo> child(AgentPid pid);

    /**
     * The newest restarts that this supervisor decided on, oldest first; at most 100. The store's
     * history has them all.
     *
     * @return the restarts
     */
    List<RestartEntry> restartHistory();

    /**
     * Stops the supervisor: its children in reverse start order, each within its shutdown time,
     * then itself. Returns when it is down. A stop jumps the queue; requests still waiting are
     * refused. A nested supervisor stopped so is down to its parent as if by {@link
     * #terminateChild}.
     */
    void stop();
}
