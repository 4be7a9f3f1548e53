package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.core.Child;
import ai.terraphim.supervisor.runtime.core.Effects;
import ai.terraphim.supervisor.runtime.core.Signal;
import ai.terraphim.supervisor.runtime.core.SupervisorMachine;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to decide, with nothing carried out: a child exits and is started again. Must not
 * depend on the number of siblings, nor on how many restarts the window remembers.
 *
 * <p>Effects go to a proxy, of which there are about six calls in a restart; so these figures are
 * an upper limit.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls boot first
public class StepBenchmark {
    private static final long BETWEEN_CRASHES = Duration.ofMillis(10).toNanos();

    /** Siblings of the child that crashes. */
    @Param({"10", "1000", "100000"})
    int siblings;

    private SupervisorMachine machine;
    private Child child;
    private long runs;
    private long now;

    /** Boots a supervisor. */
    @Setup
    public void boot() {
        List<ChildSpec> specs =
                IntStream.rangeClosed(0, siblings)
                        .<ChildSpec>mapToObj(i -> AgentSpec.of("child" + i, "any"))
                        .toList();
        SupervisorConfig config =
                SupervisorConfig.builder("root")
                        .intensity(new RestartIntensity(1_000_000, Duration.ofHours(1)))
                        .maxChildren(specs.size())
                        .children(specs)
                        .build();
        Effects effects =
                (Effects)
                        Proxy.newProxyInstance(
                                Effects.class.getClassLoader(),
                                new Class<?>[] {Effects.class},
                                (_, effect, _) -> effect.getName().equals("start") ? ++runs : null);
        machine =
                new SupervisorMachine(
                        new SupervisorId("root"),
                        config,
                        List.of(),
                        Set.of(),
                        Map.of(),
                        0,
                        effects);
        machine.on(new Signal.Boot(), now);
        for (Child next = machine.firstChild(); next != null; next = next.next()) {
            machine.on(new Signal.Started(next, next.run(), InitResult.ok()), now);
        }
        child = Objects.requireNonNull(machine.child("child" + siblings / 2));
    }

    /** Its exit, and the success of its start. */
    @Benchmark
    public void restart() {
        now += BETWEEN_CRASHES;
        machine.on(new Signal.Exited(child, child.run(), ExitReason.kill(), List.of()), now);
        machine.on(new Signal.Started(child, child.run(), InitResult.ok()), now);
    }
}
