/**
 * What agent authors and embedding programs see of the supervisor.
 *
 * <p>Start reading at {@link ai.terraphim.supervisor.api.SupervisedAgent}: an agent is either a
 * {@link ai.terraphim.supervisor.api.LoopAgent} with a body that runs until it is told to stop, or
 * a {@link ai.terraphim.supervisor.api.MessageAgent} that handles one message at a time and holds
 * no thread in between. An {@link ai.terraphim.supervisor.api.AgentFactory} makes agents of the
 * types it supports, an {@link ai.terraphim.supervisor.api.AgentSpec} says how one child is to be
 * run, a {@link ai.terraphim.supervisor.api.SupervisorConfig} how a supervisor treats its children,
 * and an {@link ai.terraphim.supervisor.api.AgentSupervisor} is the handle of one that runs.
 *
 * <p>The vocabulary is that of the Erlang/OTP supervisor. Types here are immutable and safe to
 * share between threads unless they say otherwise, and nothing accepts or returns {@code null}
 * where it is not marked.
 */
@NullMarked
package ai.terraphim.supervisor.api;

import org.jspecify.annotations.NullMarked;
