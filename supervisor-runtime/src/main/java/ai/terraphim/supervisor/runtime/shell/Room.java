package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * How many agents a runtime has, and whether there is room for more. An agent takes its place when
 * it joins the tree and gives it back when it leaves; a supervisor's own take theirs as it starts.
 * Any thread.
 */
final class Room {
    private final int max;
    private final AtomicInteger taken = new AtomicInteger();

    Room(int max) {
        this.max = max;
    }

    /** Refuses a tree that is too large. */
    void check(SupervisorConfig root) {
        int agents = agentsIn(root);
        if (agents > max) {
            throw new LimitExceededException(
                    "the tree of %s has %d agents, and this runtime's limit is %d; raise maxAgents"
                            .formatted(root.id(), agents, max));
        }
    }

    /** Holds the places for children that are about to be added, until {@link #cancel}. */
    void reserve(SupervisorId supervisor, List<ChildSpec> specs) {
        int wanted = agentsIn(specs);
        int before = taken.getAndUpdate(now -> now > max - wanted ? now : now + wanted);
        if (before > max - wanted) {
            throw new LimitExceededException(
                    "there is no room for %s/%s: this runtime has %d agents, and its limit is %d; stop and delete some, or raise maxAgents"
                            .formatted(
                                    supervisor,
                                    specs.stream()
                                            .map(ChildSpec::id)
                                            .collect(Collectors.joining(", ")),
                                    before,
                                    max));
        }
    }

    /** Gives back what was reserved. */
    void cancel(ChildSpec spec) {
        taken.addAndGet(-agentsIn(spec));
    }

    /** An agent has joined the tree. */
    void occupy() {
        taken.incrementAndGet();
    }

    /** An agent has left the tree. */
    void leave() {
        taken.decrementAndGet();
    }

    /** The template of a pool is no agent. */
    private static int agentsIn(ChildSpec spec) {
        return switch (spec) {
            case AgentSpec _ -> 1;
            case SupervisorConfig pool when pool.strategy() == RestartStrategy.SIMPLE_ONE_FOR_ONE ->
                    0;
            case SupervisorConfig supervisor -> agentsIn(supervisor.children());
        };
    }

    private static int agentsIn(List<ChildSpec> specs) {
        int agents = 0;
        for (ChildSpec spec : specs) {
            agents += agentsIn(spec);
        }
        return agents;
    }
}
