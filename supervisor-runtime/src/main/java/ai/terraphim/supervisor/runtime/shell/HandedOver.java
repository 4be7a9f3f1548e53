package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.store.KnownStates;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the store has told of agents' states when it was opened, for agents to begin without asking
 * it. Good while the tree starts, of an agent that has saved nothing and was not added since. Any
 * thread.
 */
final class HandedOver {
    /**
     * One object, so that nobody sees the states without those that are outdated.
     *
     * @param outdated of which agents they say nothing any more, by path
     */
    private record Start(KnownStates states, Set<String> outdated) {}

    /** Null once the tree is up: who begins later asks, and the memory is free. */
    private volatile @Nullable Start start;

    HandedOver(KnownStates states) {
        start = new Start(states, ConcurrentHashMap.newKeySet());
    }

    /**
     * What is known now of the agent at a path: perhaps nothing, then the store has to be asked.
     */
    KnownStates of(String path) {
        Start now = start;
        return now == null || now.outdated.contains(path) ? KnownStates.NONE : now.states;
    }

    /** An agent is about to save a state. */
    void saves(AgentPid pid) {
        Start now = start;
        if (now != null) {
            now.outdated.add(pid.path());
        }
    }

    /**
     * A child is new in the tree, with all that its spec says is below it. What an earlier life has
     * left of it may have been deleted since the start.
     */
    void added(AgentPid pid, ChildSpec spec) {
        Start now = start;
        if (now != null) {
            outdate(pid.path(), spec, now.outdated);
        }
    }

    private static void outdate(String path, ChildSpec spec, Set<String> outdated) {
        switch (spec) {
            case AgentSpec _ -> outdated.add(path);
            case SupervisorConfig supervisor ->
                    supervisor
                            .children()
                            .forEach(child -> outdate(path + "/" + child.id(), child, outdated));
        }
    }

    /** The tree is up, or does not start. */
    void drop() {
        start = null;
    }
}
