package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import org.jspecify.annotations.Nullable;

/** Spares a sender the search for the receiver at each message. */
final class Ref implements AgentRef {
    private final Engine engine;
    private final AgentPid pid;
    private final @Nullable RunContext sender;

    /** Where the last message went. Threads that meet here find it twice, which does no harm. */
    private @Nullable AgentCell known;

    /**
     * A reference that knows no way yet.
     *
     * @param sender null for a client
     */
    Ref(Engine engine, AgentPid pid, @Nullable RunContext sender) {
        this.engine = engine;
        this.pid = pid;
        this.sender = sender;
    }

    @Override
    public AgentPid pid() {
        return pid;
    }

    @Override
    public void tell(Object message) {
        if (sender != null) {
            sender.checkFence("send a message");
        }
        AgentCell agent = known;
        if (agent == null || !agent.isOpen()) {
            agent = engine.agent(pid);
            known = agent;
        }
        engine.deliver(pid, agent, message);
    }

    @Override
    public String toString() {
        return pid.toString();
    }
}
