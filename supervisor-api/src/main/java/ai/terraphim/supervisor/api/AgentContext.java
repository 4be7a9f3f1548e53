package ai.terraphim.supervisor.api;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * What one run of an agent knows of itself and may ask of its runtime.
 *
 * <p>Its waits ({@link #sleep}, {@link #awaitStop}, {@link #await}) and its clock ({@link #now})
 * are the only ones an agent needs. They are woken by a stop, and a simulation can replace them, so
 * an agent that uses no others can be tested with hours of virtual time in milliseconds.
 *
 * <p>A context belongs to its run and not to the agent: once a run was killed or abandoned it is
 * <em>fenced</em>, and its context refuses every effect with a {@link FencedException}, whatever
 * thread still holds it. Waits are for the agent's own thread; the other methods may be called from
 * any thread.
 */
public interface AgentContext {

    /**
     * Who this agent is. The same over all its runs.
     *
     * @return the agent's pid
     */
    AgentPid pid();

    /**
     * Who supervises it.
     *
     * @return the id of the supervisor that this agent is a child of
     */
    SupervisorId supervisorId();

    /**
     * Which run this is: 1 for the first, one more for each start since, over restarts of the JVM
     * as well.
     *
     * @return this run's number
     */
    long run();

    /**
     * The folder that relative paths in an agent's configuration are relative to.
     *
     * @return an absolute path; in the standalone distribution the installation's data folder
     */
    Path dataFolder();

    /**
     * A logger named after the agent's path. Use it instead of a logging library of your own.
     *
     * @return the logger of this agent
     */
    System.Logger log();

    /**
     * The time.
     *
     * @return now, by the clock of the runtime
     */
    Instant now();

    /**
     * Whether a stop was asked for, or the run was killed. A long computation looks here from time
     * to time.
     *
     * @return true once the agent should come to an end
     */
    boolean stopRequested();

    /**
     * How much of the child's shutdown time is left.
     *
     * @return empty if no stop was asked for or the time is unlimited, otherwise the time until the
     *     agent is killed, zero if that time has come
     */
    Optional<Duration> stopTimeLeft();

    /**
     * Waits.
     *
     * @param duration how long
     * @throws InterruptedException if a stop is asked for meanwhile, or was asked for before
     *     (except in {@link SupervisedAgent#stop stop} and {@link SupervisedAgent#terminate
     *     terminate}), or the run is killed; let it pass and the agent has stopped as it should
     */
    void sleep(Duration duration) throws InterruptedException;

    /**
     * Waits until a stop is asked for, or the time is over: the condition of a loop agent's loop.
     *
     * @param duration how long to wait at most
     * @return true if the agent should come to an end
     */
    boolean awaitStop(Duration duration);

    /**
     * Waits for work that goes on elsewhere, such as an HTTP request sent asynchronously or the
     * exit of a process. The work itself is not cancelled when the wait ends early.
     *
     * @param <T> what the work gives
     * @param work the work
     * @param timeout how long to wait at most
     * @return what the work gave
     * @throws ExecutionException with the cause for which the work failed
     * @throws TimeoutException if the time is over first
     * @throws InterruptedException as in {@link #sleep}
     */
    <T> T await(CompletionStage<T> work, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException;

    /**
     * Calls something outside the tree through the guard that all agents of the runtime share.
     *
     * {@snippet :
     * String answer = context.guarded("llm:host/model", () -> client.complete(prompt));
     * }
     *
     * <p>While the dependency's circuit is open, or its rate limit or bulkhead is used up, this
     * waits, and the agent's clocks stand still; then it makes the call, on this thread. What the
     * call throws comes out of here and counts as a failure of the dependency; an agent that lets
     * it through, or wraps it, ends with {@link ExitReason.Dependency}, and is not restarted while
     * the circuit is open. Calls that end because the agent is to end (by an interrupt, a
     * cancellation, an {@link AgentExitException} or a fence) say nothing about the dependency and
     * do not count.
     *
     * <p>Give the call a timeout of its own: one that never returns keeps its place.
     *
     * @param <T> what the call gives
     * @param key a dependency of the runtime's configuration
     * @param call the call; may block
     * @return what the call gave
     * @throws ConfigurationException if the runtime has no such dependency
     * @throws FencedException if this run is no longer the agent's current one
     * @throws InterruptedException as in {@link #sleep}, while it waits
     * @throws Exception what the call throws
     */
    <T> T guarded(String key, Callable<T> call) throws Exception;

    /**
     * The newest state that this agent saved in an earlier run, or earlier in this one.
     *
     * @param <S> the record type that was given to {@link #checkpoint(Record)}
     * @param type its class
     * @return the state, empty if none was ever saved
     * @throws SupervisionException of category {@link ErrorCategory#SERIALIZATION} if the stored
     *     state does not fit the type
     */
    <S extends Record> Optional<S> restored(Class<S> type);

    /**
     * Saves the agent's state and returns when it is durable: a later run goes on from here even if
     * the JVM is killed the moment after. Written as JSON. The newest checkpoint wins.
     *
     * @param state the whole state, not a difference
     * @throws StorageException if it could not be saved; the agent may go on, and try again
     * @throws FencedException if this run is no longer the agent's current one
     * @throws InterruptedException if the run is killed meanwhile. A stop does not interrupt a
     *     checkpoint.
     */
    void checkpoint(Record state) throws InterruptedException;

    /**
     * Saves the agent's state without waiting for the disk; otherwise as {@link
     * #checkpoint(Record)}. What was asked for first is saved first.
     *
     * @param state the whole state, or a {@link Snapshot}
     * @return completes when the state is durable, on a thread that it may block, or fails with a
     *     {@link StorageException}
     * @throws FencedException if this run is no longer the agent's current one
     */
    CompletionStage<Void> checkpointAsync(Record state);

    /**
     * Saves a state that the agent has encoded itself; otherwise as {@link #checkpoint(Record)}.
     *
     * @param state the whole state
     * @throws InterruptedException if the run is killed meanwhile
     */
    void checkpoint(Snapshot state) throws InterruptedException;

    /**
     * Sends a message to another agent of the same runtime and returns at once. Delivery is at most
     * once: a message to an agent that is down is dropped and counted.
     *
     * @param to the receiver; it must be a {@link MessageAgent}
     * @param message of a JDK or API type if the receiver comes from another plugin
     * @throws MailboxFullException if the receiver's mailbox is full
     * @throws ChildNotFoundException if there is no such message agent
     * @throws MessageTypeException if the message is of a class of another plugin than the
     *     receiver's
     */
    void tell(AgentPid to, Object message);

    /**
     * Sends a message that the receiver is to handle once, however often it is sent; as {@link
     * AgentSupervisor#tellOnce}.
     *
     * @param to the receiver; it must be a {@link MessageAgent} that gives or saves its state
     * @param messageId the same for each repetition, another for each other message
     * @param message of a JDK or API type if the receiver comes from another plugin
     * @return completes when the message has been handled and that is durable; wait for it with
     *     {@link #await}, and send the message again if that fails
     * @throws MailboxFullException if the receiver's mailbox is full
     * @throws ChildNotFoundException if there is no such message agent
     */
    CompletionStage<Void> tellOnce(AgentPid to, String messageId, Object message);

    /**
     * The id of the message that is being handled: what makes a call to others, such as a payment,
     * the same call when it is repeated.
     *
     * @return empty if it was sent without one
     */
    Optional<String> messageId();

    /**
     * A reference to another agent, for one that is sent many messages.
     *
     * @param to the receiver; it need not be there yet
     * @return what this run may use as long as it is its agent's current one
     */
    AgentRef ref(AgentPid to);

    /**
     * Asks another agent and waits for its answer, 30 seconds at most; see {@link #ask(AgentPid,
     * Object, Duration)}.
     *
     * @param to the receiver; it must be a {@link MessageAgent}
     * @param message the question
     * @return what the receiver gave to {@link #reply}
     * @throws InterruptedException as in {@link #sleep}
     */
    Object ask(AgentPid to, Object message) throws InterruptedException;

    /**
     * Asks another agent and waits for its answer; as {@link AgentSupervisor#ask(AgentPid, Object,
     * Duration)}, and the wait ends when this agent is stopped. Two agents that ask each other wait
     * until the time is over.
     *
     * @param to the receiver; it must be a {@link MessageAgent}
     * @param message the question
     * @param timeout how long to wait at most
     * @return what the receiver gave to {@link #reply}
     * @throws AskFailedException if there was no answer
     * @throws InterruptedException as in {@link #sleep}
     */
    Object ask(AgentPid to, Object message, Duration timeout) throws InterruptedException;

    /**
     * Answers the message that is being handled. Only the first answer counts, and if nobody waits
     * for one, because the message was told or whoever asked has given up, it is dropped. A handler
     * that returns from a question without an answer, and without having called {@link
     * #replyLater}, makes the question fail at once.
     *
     * @param answer what whoever asked is to get; of a JDK or API type if that is an agent of
     *     another plugin
     * @throws FencedException if this run is no longer the agent's current one
     * @throws MessageTypeException if the answer is of a class of another plugin than that agent's
     */
    void reply(Object answer);

    /**
     * Which attempt at the message that is being handled this is. From the second on, one before
     * may have done a part of the work.
     *
     * @return one more than the runs that the message has crashed: 1, unless messages are
     *     {@linkplain Safeguards#redeliver() handled again}
     */
    int attempt();

    /**
     * Takes the message that is being handled along, to be answered after the handler has returned.
     * If this run ends first, the question fails.
     *
     * @return where the answer goes
     * @throws FencedException if this run is no longer the agent's current one
     */
    ReplyTo replyLater();

    /**
     * Gives this agent a name by which others of the same runtime find it. The name belongs to the
     * pid: it stays over the agent's restarts, and is free again when the agent is removed or its
     * supervisor ends. So register in {@link SupervisedAgent#init}; to register a name again that
     * the agent has is fine. An agent may have several.
     *
     * @param name at most 200 characters, none of them a control character
     * @throws NameTakenException if another agent has it
     * @throws IllegalArgumentException if it is no name
     * @throws FencedException if this run is no longer the agent's current one
     */
    void register(String name);

    /**
     * Gives a name of this agent up. Fine if it does not have it.
     *
     * @param name the name
     * @throws FencedException if this run is no longer the agent's current one
     */
    void unregister(String name);

    /**
     * Finds an agent by its name.
     *
     * @param name the name
     * @return who has it, whether up or down; empty if nobody has
     */
    Optional<AgentPid> whereIs(String name);

    /**
     * Watches an agent until the end of its current run, or of this one. A message agent is told by
     * an {@link AgentDown} message, for which there is always room in its mailbox; {@link
     * Monitor#down()} is for loop agents. Who watches an agent that is down or unknown is told so
     * at once, with {@linkplain AgentDown#notRunning run 0}. To watch oneself tells nothing.
     *
     * @param pid an agent or a nested supervisor of the same runtime
     * @return the watch
     * @throws FencedException if this run is no longer the agent's current one
     */
    Monitor monitor(AgentPid pid);

    /**
     * Ties the current run of another agent to this one: if one of the two ends other than in an
     * orderly way, the other is ended with the same reason, as if it had failed by itself. It is
     * ended as by a kill, without any more calls, and then its supervisor acts by its restart type;
     * the new run is not linked.
     *
     * <p>The {@linkplain ExitReason#isOrderly() reason} alone decides. A stop by the supervisor is
     * orderly if the agent ends within its shutdown time, and concerns nobody else; an agent that
     * was killed, because it did not or for {@link Shutdown.BrutalKill}, takes the linked ones with
     * it. This is OTP's {@code link}, where an orderly end other than {@code normal} would reach
     * across as well. To link twice is to link once, and to link oneself nothing.
     *
     * @param pid an agent of the same runtime
     * @throws ChildNotFoundException if it is not running
     * @throws FencedException if this run is no longer the agent's current one
     */
    void link(AgentPid pid);

    /**
     * Unties what {@link #link} has tied, whichever of the two had done it. Fine if nothing was.
     *
     * @param pid the other agent
     */
    void unlink(AgentPid pid);

    /**
     * Reports that the agent has come further, by a word for where it is: {@code "page 17 of 40"}.
     * What follows from it is said by the agent's {@link ProgressLimits}: a marker that is not
     * among the last ones starts the clock again, and one that comes too often ends the run. The
     * last ones are those of the whole run, so let a marker of a message agent say which message it
     * belongs to. Without limits this does nothing and costs next to nothing.
     *
     * @param marker its first 200 characters count
     * @throws FencedException if this run is no longer the agent's current one
     */
    void progress(String marker);

    /**
     * Asks the supervisor to restart this agent when its turn comes, as by {@link
     * AgentSupervisor#restartAgent}, and returns at once: the run goes on until it is stopped.
     *
     * @throws FencedException if this run is no longer the agent's current one
     */
    void requestRestart();
}
