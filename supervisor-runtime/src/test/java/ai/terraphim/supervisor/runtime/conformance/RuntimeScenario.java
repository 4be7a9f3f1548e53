package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.core.Script;
import ai.terraphim.supervisor.runtime.shell.Nested;
import ai.terraphim.supervisor.testkit.Simulation;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Plays a case on the real engine: real agents that follow the script, in simulated time. */
final class RuntimeScenario implements Player {
    /** Where the engine reports what OTP's supervisor reports to its own. */
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("ai.terraphim.supervisor");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int TOO_MANY_YIELDS = 100_000;

    private final Simulation sim;
    private final Journal journal = new Journal();
    private final Map<String, Script> scripts = new HashMap<>();
    private final ScenarioReader reader =
            new ScenarioReader(scripts::putIfAbsent, this::call, Gate::around);
    private final Answers async = new Answers();
    private final TreeView view;
    private final Client client;
    private @Nullable String poolLimit;
    private final AppenderBase<ILoggingEvent> log =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    if (event.getMessage().equals("{} {} {} {}")) {
                        reported(event.getArgumentArray());
                    }
                }
            };

    RuntimeScenario(long seed) {
        sim = Simulation.seeded(seed);
        view = new TreeView(sim, journal);
        client = new Client(sim, reader, journal, view);
        sim.onEvent(this::told);
        log.start();
        LOG.setLevel(Level.DEBUG);
        LOG.addAppender(log);
    }

    @Override
    public void close() {
        sim.close();
        LOG.detachAppender(log);
    }

    private void told(SupervisionEvent event) {
        switch (event.kind()) {
            case CHILD_STARTED, CHILD_RESTARTED -> supervisor(event.path()).ifPresent(this::up);
            default -> {}
        }
        journal.told(event);
    }

    private void up(AgentSupervisor supervisor) {
        String path = supervisor.id().path();
        String name = journal.names.name(path);
        if (TreeView.isPool(supervisor)) {
            poolUp(name);
        }
        if (!name.equals("root")) {
            watch(new AgentPid(path), name);
        }
    }

    /** A pool has no gates. */
    private void poolUp(String name) {
        int attempt = journal.attempt(name);
        journal.boots(name, attempt);
        journal.booted(name);
        if (!scripts.get(name).start(attempt).equals(Script.Start.OK)) {
            poolLimit = name + " is a pool, which has no gate to play the script of its start";
        }
    }

    /** The parent tells the end of a supervisor when it comes to it, or never if it is gone. */
    private void watch(AgentPid pid, String name) {
        int attempt = journal.newest(name);
        supervisor(pid.supervisor().path())
                .orElseThrow()
                .monitor(pid)
                .down()
                .thenAccept(down -> journal.exited(name, attempt, Words.of(down.reason())));
    }

    private Optional<AgentSupervisor> supervisor(String path) {
        return sim.runtime().supervisor(new SupervisorId(path));
    }

    private void reported(Object[] said) {
        journal.reported(
                said[0].toString(),
                Words.of((Enum<?>) said[1]),
                said[2].toString(),
                (ExitReason) said[3]);
    }

    // ---- steps

    @Override
    public Step boot(JsonNode supervisor) {
        SupervisorConfig config;
        try {
            config = reader.root(supervisor);
        } catch (IllegalArgumentException refused) {
            return Step.REFUSED;
        }
        try {
            sim.start(config, new Factory());
            return taken("ok");
        } catch (SupervisionException failed) {
            sim.runUntilIdle();
            return taken("error " + journal.whyNot("root", ExitReason.error(failed)));
        }
    }

    @Override
    public Step perform(JsonNode action) {
        return taken(
                switch (action.get("op").asString()) {
                    case "exit" -> sim.call(() -> exit(action));
                    case "stop" -> stop();
                    case "advance_ms" -> {
                        sim.advance(Duration.ofMillis(action.get("ms").asLong()));
                        yield "ok";
                    }
                    default -> sim.call(() -> client.ask(action));
                });
    }

    @Override
    public String end() {
        return journal.end();
    }

    @Override
    public Optional<String> limit() {
        return reader.limit().or(() -> Optional.ofNullable(poolLimit));
    }

    private Step taken(String result) {
        sim.runUntilIdle();
        sim.settle(PATIENCE);
        return new Step(
                result, journal.takeEvents(), journal.takeReports(), view.lines(), async.take());
    }

    // ---- actions

    /** An action of a callback, on the callback's thread. */
    private Script.Call call(JsonNode action) {
        return then -> {
            carryOut(action);
            then.run();
        };
    }

    private void carryOut(JsonNode action) {
        String op = action.get("op").asString();
        if (op.equals("exit")) {
            exitAndAwait(action);
            return;
        }
        Consumer<String> answer = async.expect(op);
        Thread[] asking = new Thread[1];
        sim.run(
                "client",
                () -> {
                    asking[0] = Thread.currentThread();
                    answer.accept(client.ask(action));
                });
        // until it waits for its answer, or has it
        await(() -> asking[0] != null && asking[0].getState() != Thread.State.RUNNABLE, action);
    }

    private String exit(JsonNode action) {
        String name = action.get("p").asString();
        ExitReason reason = Words.reason(action.get("reason").asString());
        ScriptedAgent agent = journal.agent(name);
        AgentSupervisor supervisor = supervisor(journal.names.path(name)).orElse(null);
        if (agent != null) {
            agent.exit(reason);
        } else if (supervisor != null) {
            Nested.exit(supervisor, reason);
        } else {
            return "not_running";
        }
        return "ok";
    }

    private void exitAndAwait(JsonNode action) {
        String name = action.get("p").asString();
        ScriptedAgent agent = journal.agent(name);
        int attempt = journal.newest(name);
        exit(action);
        await(() -> agent == null ? !journal.isUp(name, attempt) : agent.isDead(), action);
    }

    /** Lets other threads run inside a callback. */
    private static void await(BooleanSupplier end, JsonNode action) {
        for (int yields = 0; !end.getAsBoolean(); yields++) {
            if (yields == TOO_MANY_YIELDS) {
                throw new IllegalStateException("a callback waits for ever for " + action);
            }
            Thread.yield();
        }
    }

    private String stop() {
        return sim.supervisor("root")
                .map(root -> {
                    root.stop();
                    return "ok";
                })
                .orElse("not_running");
    }

    // ---- agents

    private final class Factory implements AgentFactory<NoConfig> {
        private final Set<String> everStopped = new HashSet<>();

        @Override
        public Set<String> supportedTypes() {
            return Set.of(ScriptedAgent.TYPE, Gate.TYPE);
        }

        @Override
        public Class<NoConfig> configType() {
            return NoConfig.class;
        }

        @Override
        public SupervisedAgent create(AgentSpec spec, NoConfig config) {
            return spec.type().equals(Gate.TYPE)
                    ? new Gate(journal, scripts::get, this::ignore)
                    : new ScriptedAgent(journal, scripts::get, everStopped);
        }

        private void ignore(String name) {
            String path = journal.names.path(name);
            Nested.ignoreStart(supervisor(Names.parent(path)).orElseThrow(), Names.id(path));
        }
    }
}
