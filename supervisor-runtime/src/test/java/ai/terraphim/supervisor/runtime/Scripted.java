package ai.terraphim.supervisor.runtime;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.TerminateReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Agents of the type {@code scripted} that write down their life and crash, return or hang on
 * command.
 */
final class Scripted implements AgentFactory<NoConfig> {
    final List<String> trace = new CopyOnWriteArrayList<>();
    private final Map<String, LinkedBlockingQueue<Command>> commands = new ConcurrentHashMap<>();
    final Map<String, Integer> failingStarts = new ConcurrentHashMap<>();

    @FunctionalInterface
    interface Command {
        void run(AgentContext context) throws Exception;
    }

    /**
     * Tells the agent with this id to do something in its body; it returns from the body after
     * {@code null}.
     */
    void command(String id, Command command) {
        queue(id).add(command);
    }

    void crash(String id) {
        command(
                id,
                _ -> {
                    throw new IllegalStateException("told to crash");
                });
    }

    private LinkedBlockingQueue<Command> queue(String id) {
        return commands.computeIfAbsent(id, _ -> new LinkedBlockingQueue<>());
    }

    @Override
    public Set<String> supportedTypes() {
        return Set.of("scripted");
    }

    @Override
    public Class<NoConfig> configType() {
        return NoConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, NoConfig config) {
        String id = spec.id();
        return new LoopAgent() {
            private long run;

            @Override
            public InitResult init(InitArgs args) {
                run = args.context().run();
                if (failingStarts.merge(id, -1, Integer::sum) >= 0) {
                    trace.add("fail " + id + "#" + run);
                    throw new IllegalStateException("start of " + id + " fails");
                }
                trace.add("start " + id + "#" + run);
                return InitResult.ok();
            }

            @Override
            public void run(AgentContext context) throws Exception {
                while (!context.stopRequested()) {
                    Command command = queue(id).poll();
                    if (command == null) {
                        context.awaitStop(Duration.ofMillis(2));
                    } else {
                        command.run(context);
                    }
                }
            }

            @Override
            public void stop(AgentContext context) {
                trace.add("stop " + id + "#" + run);
            }

            @Override
            public void terminate(TerminateReason reason) {
                trace.add("terminate " + id + "#" + run + " " + reason.getClass().getSimpleName());
            }
        };
    }

    static AgentSpec agent(String id) {
        return AgentSpec.of(id, "scripted");
    }
}
