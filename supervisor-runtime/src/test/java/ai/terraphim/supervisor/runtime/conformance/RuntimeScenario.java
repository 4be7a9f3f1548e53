package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Plays a case on the real engine: real agents that follow the script, in simulated time. */
final class RuntimeScenario implements Player {
    /** Where the engine reports what OTP's supervisor reports to its own. */
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("ai.terraphim.supervisor");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Simulation sim;
    private final Journal journal = new Journal();
    private final Map<String, Script> scripts = new HashMap<>();
    private final ScenarioReader reader =
            new ScenarioReader(scripts::putIfAbsent, this::call, Gate::around);
    private final List<String> async = new ArrayList<>();
    private @Nullable String limit;
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
            case CHILD_STARTED, CHILD_RESTARTED ->
                    sim.runtime().supervisor(new SupervisorId(event.path())).ifPresent(this::up);
            default -> {}
        }
        journal.told(event);
    }

    private void up(AgentSupervisor supervisor) {
        String path = supervisor.id().path();
        String name = journal.names.name(path);
        if (isPool(supervisor)) {
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
            limit = name + " is a pool, which has no gate to play the script of its start";
        }
    }

    /** The parent tells the end of a supervisor when it comes to it, or never if it is gone. */
    private void watch(AgentPid pid, String name) {
        int attempt = journal.newest(name);
        sim.runtime()
                .supervisor(pid.supervisor())
                .orElseThrow()
                .monitor(pid)
                .down()
                .thenAccept(down -> journal.exited(name, attempt, Words.of(down.reason())));
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
        String[] result = {"no answer"};
        switch (action.get("op").asString()) {
            case "exit" -> result[0] = sim.call(() -> exit(action));
            case "stop" -> result[0] = stop();
            case "advance_ms" -> {
                sim.advance(Duration.ofMillis(action.get("ms").asLong()));
                result[0] = "ok";
            }
            default ->
                    sim.call(() -> {
                        request(action, answer -> result[0] = answer);
                        return result;
                    });
        }
        return taken(result[0]);
    }

    @Override
    public String end() {
        return journal.end();
    }

    @Override
    public Optional<String> limit() {
        return Optional.ofNullable(limit);
    }

    private Step taken(String result) {
        sim.runUntilIdle();
        sim.settle(PATIENCE);
        List<String> tree = new ArrayList<>();
        sim.supervisor("root").ifPresent(root -> describe(root, tree));
        List<String> answers = List.copyOf(async);
        async.clear();
        return new Step(result, journal.takeEvents(), journal.takeReports(), tree, answers);
    }

    private void describe(AgentSupervisor supervisor, List<String> tree) {
        String name = journal.names.name(supervisor.id().path());
        String counts = Words.of(supervisor.countChildren());
        tree.add("%s#%d up [%s]".formatted(name, journal.newest(name), counts));
        for (SupervisedAgentInfo child : inOrder(supervisor, supervisor.children())) {
            String childName = name(child);
            if (!(child.status() instanceof AgentStatus.Running)) {
                tree.add(childName + " " + state(child));
            } else if (child.kind() == ChildKind.SUPERVISOR) {
                sim.supervisor(child.pid().path()).ifPresent(nested -> describe(nested, tree));
            } else {
                tree.add("%s#%d up".formatted(childName, journal.newest(childName)));
            }
        }
    }

    private static boolean isPool(AgentSupervisor supervisor) {
        return supervisor.status().policy().strategy() == RestartStrategy.SIMPLE_ONE_FOR_ONE;
    }

    /** A pool's instances are sorted by key, other children are in start order. */
    private List<SupervisedAgentInfo> inOrder(
            AgentSupervisor supervisor, List<SupervisedAgentInfo> children) {
        return isPool(supervisor)
                ? children.stream().sorted(Comparator.comparing(this::name)).toList()
                : children;
    }

    private String name(SupervisedAgentInfo child) {
        return journal.names.name(child.pid().path());
    }

    private static String state(SupervisedAgentInfo child) {
        return switch (child.status()) {
            case AgentStatus.Running _, AgentStatus.Stopping _ -> "up";
            case AgentStatus.Restarting _, AgentStatus.Starting _ -> "restarting";
            default -> "down";
        };
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
        int place = async.size(); // answers are listed in the order of the requests
        async.add(op + " no answer");
        Thread[] client = new Thread[1];
        sim.run(
                "client",
                () -> {
                    client[0] = Thread.currentThread();
                    request(action, answer -> async.set(place, op + " " + answer));
                });
        while (client[0] == null || client[0].getState() == Thread.State.RUNNABLE) {
            Thread.yield(); // until it waits for its answer, or has it
        }
    }

    private String exit(JsonNode action) {
        String name = action.get("p").asString();
        ExitReason reason = Words.reason(action.get("reason").asString());
        ScriptedAgent agent = journal.agent(name);
        if (agent != null) {
            agent.exit(reason);
            return "ok";
        }
        return sim.runtime()
                .supervisor(new SupervisorId(journal.names.path(name)))
                .map(supervisor -> {
                    Nested.exit(supervisor, reason);
                    return "ok";
                })
                .orElse("not_running");
    }

    private void exitAndAwait(JsonNode action) {
        String name = action.get("p").asString();
        ScriptedAgent agent = journal.agent(name);
        int attempt = journal.newest(name);
        exit(action);
        while (agent == null ? journal.isUp(name, attempt) : !agent.isDead()) {
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

    private void request(JsonNode action, Consumer<String> answer) {
        String name = action.get("sup").asString();
        ChildSpec spec = null;
        boolean refused = false;
        if (action.has("spec")) {
            try {
                spec = reader.child(action.get("spec"), name);
            } catch (IllegalArgumentException e) {
                refused = true;
            }
        }
        AgentSupervisor supervisor = sim.supervisor(journal.names.path(name)).orElse(null);
        if (supervisor == null) {
            answer.accept("noproc");
        } else if (refused) {
            answer.accept("invalid_spec");
        } else {
            answer.accept(answer(supervisor, name, action, spec));
        }
    }

    private String answer(
            AgentSupervisor supervisor, String name, JsonNode action, @Nullable ChildSpec spec) {
        try {
            return request(supervisor, name, action, spec);
        } catch (ChildStartException failed) {
            String id = action.path("key").asString(action.path("id").asString(""));
            String child = name + "/" + (spec == null ? id : spec.id());
            return "start_failed " + journal.whyNot(child, failed.reason());
        } catch (SupervisionException refusal) {
            return Words.of(refusal);
        }
    }

    private String request(
            AgentSupervisor supervisor, String name, JsonNode action, @Nullable ChildSpec spec) {
        String id = action.path("id").asString("");
        String key = action.path("key").asString("");
        switch (action.get("op").asString()) {
            case "start_child" -> {
                if (spec == null) {
                    return startInstance(supervisor, name, action);
                }
                return started(supervisor.startChild(spec));
            }
            case "restart_child" -> {
                supervisor.restartChild(id);
                return started(supervisor.id().child(id));
            }
            case "terminate_child" -> {
                if (key.isEmpty()) {
                    supervisor.terminateChild(id);
                } else {
                    supervisor.stopAgent(new AgentPid(journal.names.path(name + "/" + key)));
                }
                return "ok";
            }
            case "delete_child" -> {
                supervisor.deleteChild(id);
                return "ok";
            }
            case "which_children" -> {
                return "ok " + words(supervisor);
            }
            case "count_children" -> {
                return "ok " + Words.of(supervisor.countChildren());
            }
            case String op -> throw new IllegalArgumentException("unknown op " + op);
        }
    }

    private String startInstance(AgentSupervisor pool, String name, JsonNode action) {
        String key = action.get("key").asString();
        reader.instance(name, action);
        journal.names.await(name, key);
        try {
            return started(pool.startInstance(Map.of()));
        } finally {
            journal.names.awaitNoMore(name, key); // if the request was refused
        }
    }

    private String started(AgentPid pid) {
        return journal.answer(journal.names.name(pid.path()));
    }

    private String words(AgentSupervisor supervisor) {
        StringJoiner words = new StringJoiner(" ").setEmptyValue("-");
        for (SupervisedAgentInfo child : inOrder(supervisor, supervisor.whichChildren())) {
            boolean nameless = isPool(supervisor) && state(child).equals("restarting");
            words.add((nameless ? "_" : Names.id(name(child))) + "=" + state(child));
        }
        return words.toString();
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
            SupervisorId parent = new SupervisorId(Names.parent(path));
            Nested.ignoreStart(sim.runtime().supervisor(parent).orElseThrow(), Names.id(path));
        }
    }
}
