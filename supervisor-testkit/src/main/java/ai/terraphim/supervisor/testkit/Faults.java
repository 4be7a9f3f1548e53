package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What is to go wrong in a simulation, and where. Used by one thread at a time, as everything in a
 * simulation.
 */
final class Faults {
    /** Makes a resting message agent take a step. No agent sees it. */
    record Nudge() {}

    private record Place(AgentPid pid, Step step) {}

    private final Map<Place, Queue<Fault>> planned = new HashMap<>();
    private final Map<AgentPid, Queue<Fault>> immediate = new HashMap<>();
    private final Map<AgentPid, GuardedAgent> newest = new HashMap<>();
    private final Set<Thread> hung = new HashSet<>();
    private FaultPlan plan = (_, _, _) -> Optional.empty();
    private boolean over;

    /** A factory whose agents faults can strike. */
    <C extends Record> AgentFactory<C> guard(AgentFactory<C> factory) {
        return new AgentFactory<>() {
            @Override
            public Set<String> supportedTypes() {
                return factory.supportedTypes();
            }

            @Override
            public Class<C> configType() {
                return factory.configType();
            }

            @Override
            public void validate(AgentSpec spec, C config) {
                factory.validate(spec, config);
            }

            @Override
            public SupervisedAgent create(AgentSpec spec, C config) throws Exception {
                return GuardedAgent.of(Faults.this, factory.create(spec, config));
            }
        };
    }

    // ---- what the test wants

    void plan(FaultPlan plan) {
        this.plan = plan;
    }

    void inject(AgentPid pid, Step step, Fault fault) {
        planned.computeIfAbsent(new Place(pid, step), _ -> new ArrayDeque<>()).add(fault);
    }

    /**
     * A fault for the next step an agent takes; a wait of its context that it is in ends for this.
     *
     * @return whether it handles messages, and may rest until it gets one
     */
    boolean injectAtOnce(AgentPid pid, Fault fault) {
        immediate.computeIfAbsent(pid, _ -> new ArrayDeque<>()).add(fault);
        GuardedAgent agent = newest.get(pid);
        Thread calling = agent == null ? null : agent.calling();
        if (calling != null) {
            calling.interrupt();
        }
        return agent instanceof MessageAgent;
    }

    /** Lets the threads end that hang. */
    void end() {
        over = true;
        hung.forEach(LockSupport::unpark);
    }

    // ---- what the agents ask

    void began(AgentPid pid, GuardedAgent agent) {
        newest.put(pid, agent);
    }

    @Nullable Fault atOnce(AgentPid pid) {
        Queue<Fault> now = immediate.get(pid);
        return now == null ? null : now.poll();
    }

    @Nullable Fault at(AgentPid pid, long run, Step step) {
        Queue<Fault> here = planned.get(new Place(pid, step));
        Fault fault = here == null ? null : here.poll();
        return fault != null ? fault : plan.at(pid, run, step).orElse(null);
    }

    void hang() {
        hung.add(Thread.currentThread());
        while (!over) {
            LockSupport.park(this);
            Thread.interrupted();
        }
    }
}
