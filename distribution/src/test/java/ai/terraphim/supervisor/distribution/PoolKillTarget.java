package ai.terraphim.supervisor.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * A pool whose instances count and save what they have counted, and whose owner starts and stops
 * instances all the time; to be killed. What happened is printed, a line for each fact, as soon as
 * the runtime has acknowledged it.
 */
final class PoolKillTarget {
    private static final int INSTANCES = 20;

    /** At each of these counts an instance crashes. */
    private static final int CRASH_AT = 50;

    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private PoolKillTarget() {}

    record Count(long count) {}

    private static final class Counter implements LoopAgent {
        private long count;

        @Override
        public InitResult init(InitArgs args) {
            AgentContext context = args.context();
            count = context.restored(Count.class).map(Count::count).orElse(0L);
            print("begun %s %d %d", context.pid(), context.run(), count);
            return InitResult.ok();
        }

        @Override
        public void run(AgentContext context) throws InterruptedException {
            while (!context.awaitStop(Duration.ofMillis(1))) {
                context.checkpoint(new Count(++count));
                print("counted %s %d %d", context.pid(), context.run(), count);
                if (count % CRASH_AT == 0) {
                    throw new IllegalStateException("as it does now and then");
                }
            }
        }
    }

    public static void main(String[] args) {
        SupervisorRuntime runtime =
                SupervisorRuntime.builder("pool")
                        .factory(AgentFactory.of("counter", NoConfig.class, _ -> new Counter()))
                        .store(SqliteStore.open(Path.of(args[0]), "pool"))
                        .build();
        runtime.start(
                SupervisorConfig.builder("root")
                        .children(
                                SupervisorConfig.builder("pool")
                                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                                        .intensity(
                                                new RestartIntensity(
                                                        100_000, Duration.ofSeconds(1)))
                                        .children(AgentSpec.of("counter", "counter"))
                                        .build())
                        .build());
        AgentSupervisor pool = runtime.supervisor(new SupervisorId("root/pool")).orElseThrow();
        print(
                "up %s",
                pool.children().stream()
                        .map(child -> child.pid().path())
                        .collect(Collectors.joining(" ")));
        while (true) {
            List<SupervisedAgentInfo> there = pool.children();
            if (there.size() < INSTANCES) {
                print("started %s", pool.startInstance(Map.of()));
            } else {
                AgentPid pid = there.get(ThreadLocalRandom.current().nextInt(INSTANCES)).pid();
                print("stopping %s", pid);
                pool.stopAgent(pid);
                print("stopped %s", pid);
            }
        }
    }

    /** One write of the whole line: a kill cannot cut it. */
    private static void print(String format, Object... values) {
        try {
            OUT.write((format.formatted(values) + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            Runtime.getRuntime().halt(2);
        }
    }
}
