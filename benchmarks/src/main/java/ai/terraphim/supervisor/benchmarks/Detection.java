package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * How soon an agent that hangs in its message is found, and how soon its replacement is up, both
 * counted from the moment at which its time was over. A hang that is found by a health check has to
 * wait for the next check first, up to 100 ms.
 */
final class Detection {
    private static final Duration LIMIT = Duration.ofMillis(100);
    private static final AgentPid AGENT = new AgentPid("root/agent");

    /** One way to hang and to be found: with a detector, in a wait that a stop ends or not. */
    private record Case(
            String name,
            boolean isDeaf,
            EventKind found,
            UnaryOperator<AgentSpec.Builder> limits) {}

    private static final List<Case> CASES =
            List.of(
                    new Case("message", false, EventKind.CHILD_OVERDUE, Detection::message),
                    new Case("deaf", true, EventKind.CHILD_OVERDUE, Detection::message),
                    new Case(
                            "progress",
                            false,
                            EventKind.CHILD_OVERDUE,
                            spec -> spec.progress(ProgressLimits.within(LIMIT))),
                    new Case(
                            "health",
                            false,
                            EventKind.CHILD_UNHEALTHY,
                            spec -> spec.health(new HealthChecks(Duration.ZERO, LIMIT, LIMIT, 1))));

    private Detection() {}

    public static void main(String[] args) throws InterruptedException {
        run(50, new Report("ours-message", System.out));
    }

    private static AgentSpec.Builder message(AgentSpec.Builder spec) {
        return spec.deadlines(Deadlines.DEFAULT.message(LIMIT));
    }

    static void run(int rounds, Report report) throws InterruptedException {
        for (Case it : CASES) {
            long[] detected = new long[rounds];
            long[] replaced = new long[rounds];
            for (int i = -1; i < rounds; i++) { // the first warms up
                long[] took = measure(it);
                if (i >= 0) {
                    detected[i] = took[0];
                    replaced[i] = took[1];
                }
            }
            report.percentiles("detect." + it.name, detected, 1);
            report.percentiles("replace." + it.name, replaced, 1);
        }
    }

    private static long[] measure(Case it) throws InterruptedException {
        BlockingQueue<SupervisionEvent> events = new LinkedBlockingQueue<>();
        BlockingQueue<Instant> begun = new LinkedBlockingQueue<>();
        MessageAgent agent = (_, context) -> hang(it.isDeaf, begun, context);
        try (var runtime =
                SupervisorRuntime.builder("detection")
                        .listener(events::add)
                        .factory(AgentFactory.of("agent", () -> agent))
                        .build()) {
            AgentSupervisor root =
                    runtime.start(
                            SupervisorConfig.builder("root")
                                    .intensity(new RestartIntensity(10, Duration.ofMinutes(1)))
                                    .children(
                                            it.limits
                                                    .apply(AgentSpec.builder("agent", "agent"))
                                                    .build())
                                    .build());
            root.tell(AGENT, "hang");
            Instant over = begun.take().plus(LIMIT);
            return new long[] {
                Duration.between(over, await(events, it.found)).toNanos(),
                Duration.between(over, await(events, EventKind.CHILD_RESTARTED)).toNanos()
            };
        }
    }

    private static void hang(boolean isDeaf, BlockingQueue<Instant> begun, AgentContext context)
            throws InterruptedException {
        begun.add(Instant.now());
        if (!isDeaf) {
            context.sleep(Duration.ofMinutes(1));
        }
        Instant end = Instant.now().plusSeconds(3);
        while (Instant.now().isBefore(end)) {
            LockSupport.parkNanos(1_000_000); // returns at once when interrupted, and goes on
        }
    }

    private static Instant await(BlockingQueue<SupervisionEvent> events, EventKind kind)
            throws InterruptedException {
        while (true) {
            SupervisionEvent event = events.take();
            if (event.kind() == kind) {
                return event.at();
            }
        }
    }
}
