package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** A plugin of one class, with agents that get into every trouble that an operator can look at. */
public final class TroubleFactory implements AgentFactory<NoConfig> {
    static final String PROVIDER = "llm:host/model";

    /** Called by the supervisor that loads the plugin. */
    public TroubleFactory() {}

    @Override
    public Set<String> supportedTypes() {
        return Set.of("deaf", "caller", "choker", "feeder");
    }

    @Override
    public Class<NoConfig> configType() {
        return NoConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, NoConfig config) {
        return switch (spec.type()) {
            case "deaf" -> (LoopAgent) _ -> hearNothing();
            case "caller" -> (LoopAgent) TroubleFactory::call;
            case "choker" ->
                    (MessageAgent)
                            (message, _) -> {
                                throw new IllegalStateException("choked on " + message);
                            };
            default ->
                    (LoopAgent)
                            context -> {
                                context.tell(new AgentPid("root/choker"), "a bone");
                                context.sleep(Duration.ofDays(1));
                            };
        };
    }

    private static void hearNothing() {
        while (true) {
            LockSupport.park();
            var _ = Thread.interrupted();
        }
    }

    /** The very first call fails, and the second one and all after it are answered. */
    private static void call(AgentContext context) throws Exception {
        while (!context.awaitStop(Duration.ofMillis(20))) {
            var _ =
                    context.guarded(
                            PROVIDER,
                            () -> {
                                if (context.run() == 1) {
                                    throw new IOException("503");
                                }
                                return "answer";
                            });
        }
    }
}
