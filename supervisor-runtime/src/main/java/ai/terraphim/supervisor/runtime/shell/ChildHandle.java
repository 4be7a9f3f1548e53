package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.core.Child;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What the shell ties to a child: who runs it, and what was last published of it. Written by the
 * thread that drains the supervisor's mailbox; {@link #info} is for everybody.
 */
final class ChildHandle {
    final AgentPid pid;
    final Child child;

    /** The agent, over all its runs; null for a nested supervisor. */
    @Nullable AgentCell agent;

    /** The current life of a nested supervisor; null for an agent. */
    @Nullable SupervisorCell nested;

    /**
     * Completes when a child that was added is remembered by the store; null for one of the
     * configuration.
     */
    volatile @Nullable CompletionStage<Void> saved;

    private long restartCount;
    private @Nullable Instant startedAt;
    private @Nullable Instant lastRestart;
    private @Nullable ExitReason lastExit;
    private volatile SupervisedAgentInfo info;

    ChildHandle(AgentPid pid, Child child) {
        this.pid = pid;
        this.child = child;
        this.info = snapshot();
    }

    static ChildHandle of(Child child) {
        if (child.handle() instanceof ChildHandle handle) {
            return handle;
        }
        throw new IllegalStateException(
                "child '" + child.spec().id() + "' was never introduced to the shell");
    }

    SupervisedAgentInfo info() {
        return info;
    }

    void up(Instant at, boolean restart) {
        startedAt = at;
        if (restart) {
            lastRestart = at;
            restartCount++;
        }
    }

    void down(ExitReason reason) {
        startedAt = null;
        lastExit = reason;
    }

    void publish() {
        info = snapshot();
    }

    private SupervisedAgentInfo snapshot() {
        return new SupervisedAgentInfo(
                pid,
                child.spec() instanceof SupervisorConfig ? ChildKind.SUPERVISOR : ChildKind.AGENT,
                child.spec() instanceof AgentSpec spec ? spec.type() : "supervisor",
                status(),
                child.run(),
                restartCount,
                Optional.ofNullable(startedAt),
                Optional.ofNullable(lastRestart),
                Optional.ofNullable(lastExit),
                Optional.empty());
    }

    private AgentStatus status() {
        ExitReason failure = child.failure();
        return switch (child.state()) {
            case DOWN ->
                    failure == null ? new AgentStatus.Stopped() : new AgentStatus.Failed(failure);
            case STARTING -> new AgentStatus.Starting();
            case UP -> new AgentStatus.Running();
            case STOPPING -> new AgentStatus.Stopping();
            case RESTARTING -> new AgentStatus.Restarting();
        };
    }
}
