package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.FencedException;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.api.TerminateReason;
import ai.terraphim.supervisor.testkit.Simulation;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Plays a case on the real engine: real agents that follow the script, in simulated time. Agents
 * write down their own starts and ends, those of supervisors are told by the runtime.
 */
final class RuntimeScenario implements Player, AutoCloseable {
    /** Where the engine reports what OTP's supervisor reports to its own. */
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("ai.terraphim.supervisor");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Simulation sim;
    private final Map<String, JsonNode> scripts = new HashMap<>();
    private final Set<String> stoppedBefore = new HashSet<>();
    private final Set<String> supervisorPaths = new HashSet<>();

    /** How often a start was attempted, by the scenario's path. */
    private final Map<String, Integer> attempts = new HashMap<>();

    /** The same at the moment when a path of the runtime was first seen, by that path. */
    private final Map<String, Integer> attemptsBefore = new HashMap<>();

    /** The one child of each pool. */
    private final Map<String, JsonNode> templates = new HashMap<>();

    /** The keys of the instances that are requested and not there yet, by pool. */
    private final Map<String, Queue<String>> nextKeys = new HashMap<>();

    /** The scenario's paths of instances, by the runtime's, over all lives of their pool. */
    private final Map<String, String> names = new HashMap<>();

    /** The runtime's path of the newest instance of each key, by the scenario's path. */
    private final Map<String, String> instances = new HashMap<>();

    private final Map<String, Scripted> live = new HashMap<>();

    /** Agents whose newest start said that they need not run. */
    private final Set<String> ignored = new HashSet<>();

    /** Supervisors whose start has begun, and which are not down again. */
    private final Set<String> open = new HashSet<>();

    /** The child whose start has failed last, and why, by supervisor. */
    private final Map<String, String> failedChild = new HashMap<>();

    private final List<String> events = new ArrayList<>();
    private final List<String> async = new ArrayList<>();
    private final List<String> reports = new ArrayList<>();

    private final AppenderBase<ILoggingEvent> log =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    if (event.getMessage().equals("{} {} {} {}")) {
                        reports.add(report(event.getArgumentArray()));
                    }
                }
            };
    private @Nullable AgentSupervisor root;
    private String end = "not_started";

    RuntimeScenario(long seed) {
        sim = Simulation.seeded(seed);
        sim.onEvent(this::told);
        log.start();
        LOG.setLevel(Level.DEBUG);

        LOG.addAppender(log);
    }

    @Override
    public Step boot(JsonNode supervisor) {
        String result = "ok";
        try {
            SupervisorConfig config = supervisor(supervisor, "root");
            root = sim.start(config, new Factory());
        } catch (IllegalArgumentException | NullPointerException refused) {
            return new Step(
                    "error invalid",
                    List.of("init root#1", "start root#1 error invalid"),
                    List.of(),
                    List.of(),
                    List.of());
        } catch (SupervisionException failed) {
            sim.runUntilIdle();
            result = "error " + failedStart("root");
        }
        return taken(result);
    }

    @Override
    public Step perform(JsonNode action) {
        String[] result = {"no answer"};
        switch (action.get("op").asString()) {
            case "exit" -> result[0] = exit(action);
            case "stop" -> {
                boolean runs = isUp("root");
                if (root != null) {
                    root.stop();
                }
                result[0] = runs ? "ok" : "not_running";
            }
            case "advance_ms" -> {
                sim.advance(Duration.ofMillis(action.get("ms").asLong()));
                result[0] = "ok";
            }
            default -> sim.call(() -> request(action, answer -> result[0] = answer));
        }
        return taken(result[0]);
    }

    @Override
    public String end() {
        return end;
    }

    @Override
    public void close() {
        sim.close();
        LOG.detachAppender(log);
    }

    private boolean isUp(String name) {
        return supervisor(name).isPresent();
    }

    private Optional<AgentSupervisor> supervisor(String name) {
        return sim.supervisor(path(name));
    }

    // ---- names

    /** The scenario's path of what the runtime has at a path. */
    private String name(String path) {
        int slash = path.lastIndexOf('/');
        if (slash < 0) {
            return path;
        }
        String supervisor = name(path.substring(0, slash));
        if (!templates.containsKey(supervisor)) {
            return supervisor + path.substring(slash);
        }
        return names.computeIfAbsent(
                path,
                _ -> {
                    String name = supervisor + "/" + nextKeys.get(supervisor).remove();
                    instances.put(name, path);
                    return name;
                });
    }

    /** The runtime's path of what the scenario calls so. */
    private String path(String name) {
        int slash = name.lastIndexOf('/');
        if (slash < 0) {
            return name;
        }
        String supervisor = name.substring(0, slash);
        return templates.containsKey(supervisor)
                ? instances.getOrDefault(name, path(supervisor) + "/unknown")
                : path(supervisor) + name.substring(slash);
    }

    /** The scenario counts the runs of a key on from one instance to the next. */
    private long number(String path, long run) {
        return attemptsBefore(path) + run;
    }

    private int attemptsBefore(String path) {
        return attemptsBefore.computeIfAbsent(path, _ -> attempts.getOrDefault(name(path), 0));
    }

    private Step taken(String result) {
        sim.runUntilIdle();
        sim.settle(PATIENCE);
        List<String> tree = new ArrayList<>();
        sim.supervisor("root")
                .ifPresent(supervisor -> describe(supervisor, attempts.get("root"), tree));
        Step step = new Step(result, List.copyOf(events), takeReports(), tree, List.copyOf(async));
        events.clear();
        async.clear();
        return step;
    }

    private List<String> takeReports() {
        List<String> taken = List.copyOf(reports);
        reports.clear();
        return taken;
    }

    private String report(Object[] said) {
        String context = said[1].toString().toLowerCase(Locale.ROOT);
        String supervisor = name(said[0].toString());
        String path = name(said[0] + "/" + said[2]);
        String why =
                switch (context) {
                    case "shutdown" -> "max_intensity";
                    case "start_error" ->
                            supervisorPaths.contains(path)
                                    ? failedStart(path)
                                    : word((ExitReason) said[3]);
                    default -> word((ExitReason) said[3]);
                };
        return "%s %s %s %s".formatted(supervisor, context, id(path), why);
    }

    private void describe(AgentSupervisor supervisor, long run, List<String> tree) {
        String name = name(supervisor.id().path());
        tree.add("%s#%d up [%s]".formatted(name, run, words(supervisor.countChildren())));
        for (SupervisedAgentInfo child : inOrder(name, supervisor.children())) {
            String path = child.pid().path();
            long number = number(path, child.run());
            if (!(child.status() instanceof AgentStatus.Running)) {
                tree.add(name(path) + " " + state(child));
            } else if (child.kind() == ChildKind.SUPERVISOR) {
                sim.supervisor(path).ifPresent(nested -> describe(nested, number, tree));
            } else {
                tree.add("%s#%d up".formatted(name(path), number));
            }
        }
    }

    /** A pool's instances are sorted by key, other children are in start order. */
    private List<SupervisedAgentInfo> inOrder(String parent, List<SupervisedAgentInfo> children) {
        return templates.containsKey(parent)
                ? children.stream().sorted(Comparator.comparing(this::name)).toList()
                : children;
    }

    private String name(SupervisedAgentInfo child) {
        return name(child.pid().path());
    }

    private static String id(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String state(SupervisedAgentInfo child) {
        return switch (child.status()) {
            case AgentStatus.Running _, AgentStatus.Stopping _ -> "up";
            case AgentStatus.Restarting _, AgentStatus.Starting _ -> "restarting";
            default -> "down";
        };
    }

    private static String words(ChildCounts counts) {
        return "%d,%d,%d,%d"
                .formatted(counts.specs(), counts.active(), counts.supervisors(), counts.workers());
    }

    // ---- actions

    private String exit(JsonNode action) {
        String path = action.get("p").asString();
        String word = action.get("reason").asString();
        if (supervisorPaths.contains(path)) {
            return exitSupervisor(path, reason(word));
        }
        Scripted agent = live.get(path);
        if (agent == null) {
            return "not_running";
        }
        agent.exit(reason(word));
        return "ok";
    }

    private String exitSupervisor(String name, ExitReason reason) {
        if (!isUp(name)) {
            return "not_running";
        }
        AgentPid pid = new AgentPid(path(name));
        sim.supervisor(pid.supervisor().path()).orElseThrow().handleAgentExit(pid, reason);
        return "ok";
    }

    private boolean request(JsonNode action, Consumer<String> answer) {
        String path = action.get("sup").asString();
        AgentSupervisor supervisor = supervisor(path).orElse(null);
        ChildSpec spec = null;
        if (action.has("spec")) {
            try {
                spec = child(action.get("spec"), path);
            } catch (IllegalArgumentException | NullPointerException refused) {
                answer.accept(supervisor == null ? "noproc" : "invalid_spec");
                return true;
            }
        }
        if (supervisor == null) {
            answer.accept("noproc");
            return true;
        }
        try {
            answer.accept(
                    action.has("key")
                            ? onInstance(supervisor, path, action)
                            : onChild(supervisor, path, action, spec));
        } catch (SupervisionException refusal) {
            answer.accept(words(refusal, path));
        }
        return true;
    }

    private String onChild(
            AgentSupervisor supervisor, String name, JsonNode action, @Nullable ChildSpec spec) {
        String id = action.path("id").asString("");
        return switch (action.get("op").asString()) {
            case "start_child" -> started(supervisor.startChild(spec).path());
            case "restart_child" -> {
                supervisor.restartChild(id);
                yield started(supervisor.id().child(id).path());
            }
            case "terminate_child" -> {
                supervisor.terminateChild(id);
                yield "ok";
            }
            case "delete_child" -> {
                supervisor.deleteChild(id);
                yield "ok";
            }
            case "which_children" -> "ok " + words(name, supervisor.whichChildren());
            case "count_children" -> "ok " + words(supervisor.countChildren());
            case String op -> throw new IllegalArgumentException("unknown op " + op);
        };
    }

    private String onInstance(AgentSupervisor pool, String name, JsonNode action) {
        String key = action.get("key").asString();
        return switch (action.get("op").asString()) {
            case "start_child" -> {
                bindInstance(name, key, action);
                Queue<String> waiting = nextKeys.computeIfAbsent(name, _ -> new ArrayDeque<>());
                waiting.add(key);
                try {
                    yield started(pool.startInstance(Map.of()).path());
                } finally {
                    waiting.remove(key); // if the request was refused, no instance took it
                }
            }
            case "terminate_child" -> {
                pool.stopAgent(new AgentPid(path(name + "/" + key)));
                yield "ok";
            }
            case String op -> throw new IllegalArgumentException("unknown op " + op);
        };
    }

    private String started(String path) {
        String name = name(path);
        return ignored.contains(name) ? "ok_ignored" : "ok#" + attempts.get(name);
    }

    private String words(String parent, List<SupervisedAgentInfo> children) {
        StringJoiner words = new StringJoiner(" ").setEmptyValue("-");
        boolean pool = templates.containsKey(parent);
        for (SupervisedAgentInfo child : inOrder(parent, children)) {
            boolean nameless = pool && state(child).equals("restarting");
            words.add((nameless ? "_" : id(name(child))) + "=" + state(child));
        }
        return words.toString();
    }

    private String words(SupervisionException refusal, String supervisor) {
        return switch (refusal) {
            case ChildStartException failed -> "start_failed " + failedWhy(supervisor, failed);
            case ChildStateException state -> state.conflict().name().toLowerCase(Locale.ROOT);
            case ChildNotFoundException _ -> "not_found";
            case SupervisorStoppedException _ -> "sup_exited";
            default -> refusal.toString();
        };
    }

    private String failedWhy(String supervisor, ChildStartException failed) {
        String why = failedChild.getOrDefault(supervisor, "");
        return why.isEmpty() ? word(failed.reason()) : why.substring(why.indexOf(':') + 1);
    }

    // ---- what happens

    /** The first sign of a supervisor's start is the start of its first child, or its own end. */
    private void begin(String path) {
        String supervisor = name(path);
        if (!open.add(supervisor)) {
            return;
        }
        int slash = path.lastIndexOf('/');
        if (slash > 0) {
            begin(path.substring(0, slash));
        }
        failedChild.remove(supervisor);
        attemptsBefore(path);
        events.add("init %s#%d".formatted(supervisor, attempts.merge(supervisor, 1, Integer::sum)));
    }

    private void failed(String path, String why) {
        int slash = path.lastIndexOf('/');
        if (slash > 0) {
            failedChild.put(
                    path.substring(0, slash), "%s:%s".formatted(path.substring(slash + 1), why));
        }
    }

    private String failedStart(String supervisor) {
        return "child_failed:" + failedChild.get(supervisor);
    }

    private void told(SupervisionEvent event) {
        String path = name(event.path());
        if (!supervisorPaths.contains(path)) {
            return;
        }
        long number = number(event.path(), event.run());
        switch (event.kind()) {
            case CHILD_STARTED, CHILD_RESTARTED -> {
                begin(event.path());
                events.add("start %s#%d ok".formatted(path, number));
                if (path.equals("root")) {
                    end = "running";
                }
            }
            case CHILD_START_FAILED -> {
                begin(event.path());
                String why = failedStart(path);
                events.add("start %s#%d error %s".formatted(path, number, why));
                open.remove(path);
                failed(path, why);
            }
            case CHILD_EXITED -> {
                String why = told(event.reason());
                events.add("down %s#%d %s".formatted(path, number, why));
                open.remove(path);
                if (path.equals("root")) {
                    end = "down " + why;
                }
            }
            case CHILD_SHUTDOWN_ERROR -> {
                if (event.run() == 0) { // of instances of this pool, otherwise see report()
                    String count = event.detail().replace(" instances", "");
                    String why = told(event.reason());
                    reports.add("%s shutdown_error *%s %s".formatted(path, count, why));
                }
            }
            default -> {}
        }
    }

    private static String told(String reason) {
        return switch (reason) {
            case "shutdown: term" -> "shutdown_term";
            case "error: error", "error: IllegalStateException: error" -> "error";
            default -> reason;
        };
    }

    private static String word(ExitReason reason) {
        return told(reason.toString());
    }

    // ---- the agents

    private final class Factory implements AgentFactory<NoConfig> {
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
            return new Scripted();
        }
    }

    /** One run of an agent that does as its script says. */
    private final class Scripted implements LoopAgent {
        private String path = "";
        private JsonNode script;
        private String name = "";
        private AgentContext context;
        private @Nullable Thread thread;
        private @Nullable ExitReason reason;
        private boolean up;

        @Override
        public InitResult init(InitArgs args) {
            context = args.context();
            thread = Thread.currentThread();
            path = name(context.pid().path());
            script = scripts.get(path);
            int number = (int) number(context.pid().path(), context.run());
            name = path + "#" + number;
            attempts.put(path, number);
            JsonNode start = script.path("starts").path(number - 1);
            String outcome =
                    start.isMissingNode()
                            ? script.path("starts_rest").asString("ok")
                            : start.isObject() ? start.get("r").asString() : start.asString();
            ignored.remove(path);
            if (outcome.equals("ignore")) {
                ignored.add(path);
            } else if (outcome.equals("ok")) {
                up = true;
                live.put(path, this);
            }
            begin(context.pid().supervisor().path());
            events.add("start " + name + " " + outcome);
            carryOut(start.path("calls"));
            return switch (outcome) {
                case "ok" -> InitResult.ok();
                case "ignore" -> InitResult.ignore();
                default -> {
                    failed(path, "error");
                    throw new IllegalStateException("error");
                }
            };
        }

        @Override
        public void run(AgentContext unused) {
            thread = Thread.currentThread();
            while (reason == null && !context.stopRequested()) {
                LockSupport.park(this);
            }
            if (reason != null) {
                throw new AgentExitException(reason);
            }
            diedIfFenced();
        }

        /** Whether its end is known to its supervisor, which comes a moment after its last call. */
        boolean isDead() {
            return !up && thread.getState() != Thread.State.RUNNABLE;
        }

        void exit(ExitReason with) {
            reason = with;
            LockSupport.unpark(thread);
        }

        @Override
        public void stop(AgentContext unused) throws InterruptedException {
            try {
                stopAsScripted(script.path("on_stop"));
            } finally {
                diedIfFenced();
            }
        }

        private void stopAsScripted(JsonNode how) throws InterruptedException {
            if (how.has("calls")) {
                if (stoppedBefore.add(path)) {
                    carryOut(how.get("calls"));
                }
            } else if (how.has("slow_ms")) {
                context.sleep(Duration.ofMillis(how.get("slow_ms").asLong()));
            } else if (how.asString("ok").equals("hang")) {
                while (!isFenced()) {
                    LockSupport.park(this);
                }
            } else if (!how.asString("ok").equals("ok")) {
                reason = reason(how.asString());
                throw new AgentExitException(reason);
            }
        }

        @Override
        public void terminate(TerminateReason unused) {
            down(reason == null ? "shutdown" : word(reason));
        }

        private void diedIfFenced() {
            if (isFenced()) {
                down("killed");
            }
        }

        private boolean isFenced() {
            try {
                context.tell(new AgentPid("nobody/there"), "are we alive?");
                return false;
            } catch (FencedException e) {
                return true;
            } catch (ChildNotFoundException e) {
                return false;
            }
        }

        private void down(String why) {
            if (up) {
                up = false;
                live.remove(path, this);
                events.add("down " + name + " " + why);
            }
        }
    }

    private void carryOut(JsonNode calls) {
        for (JsonNode call : calls) {
            String op = call.get("op").asString();
            if (op.equals("exit")) {
                String path = call.get("p").asString();
                Scripted agent = live.get(path);
                exit(call);
                while (agent != null && !agent.isDead()) {
                    Thread.yield();
                }
            } else {
                int place = async.size();
                async.add(op + " no answer");
                Thread[] client = new Thread[1];
                sim.run(
                        "client",
                        () -> {
                            client[0] = Thread.currentThread();
                            request(call, answer -> async.set(place, op + " " + answer));
                        });
                while (client[0] == null || client[0].getState() == Thread.State.RUNNABLE) {
                    Thread.yield(); // until it waits for its answer, or has it
                }
            }
        }
    }

    // ---- reading the scenario

    private ChildSpec child(JsonNode node, String parent) {
        String path = parent + "/" + (node.has("id") ? node.get("id").asString() : "");
        return node.has("strategy") ? supervisor(node, path) : agent(node, path);
    }

    /** The scripts of an instance, and of all below it, are the template's but for its own. */
    private void bindInstance(String pool, String key, JsonNode action) {
        ObjectNode node = (ObjectNode) templates.get(pool).deepCopy();
        node.put("id", key);
        for (String field : List.of("starts", "starts_rest", "on_stop")) {
            if (action.has(field)) {
                node.set(field, action.get(field));
            }
        }
        child(node, pool);
    }

    private AgentSpec agent(JsonNode node, String path) {
        scripts.putIfAbsent(path, node);
        AgentSpec.Builder agent = AgentSpec.builder(node.get("id").asString(), "scripted");
        if (node.has("restart")) {
            agent.restart(word(RestartType.class, node.get("restart")));
        }
        if (node.has("shutdown")) {
            agent.shutdown(shutdown(node.get("shutdown")));
        }
        return agent.significant(node.path("significant").asBoolean(false)).build();
    }

    private SupervisorConfig supervisor(JsonNode node, String path) {
        List<ChildSpec> children = new ArrayList<>();
        for (JsonNode child : node.path("children")) {
            children.add(child(child, path));
        }
        if (word(RestartStrategy.class, node.get("strategy")) == RestartStrategy.SIMPLE_ONE_FOR_ONE
                && !children.isEmpty()) {
            templates.put(path, node.get("children").get(0));
        }
        SupervisorConfig.Builder supervisor =
                SupervisorConfig.builder(path.equals("root") ? "root" : node.get("id").asString())
                        .strategy(word(RestartStrategy.class, node.get("strategy")))
                        .intensity(
                                new RestartIntensity(
                                        node.path("intensity").asInt(1),
                                        Duration.ofSeconds(node.path("period_s").asLong(5))))
                        .significant(node.path("significant").asBoolean(false))
                        .maxChildren(Integer.MAX_VALUE)
                        .children(children);
        if (node.has("auto_shutdown")) {
            supervisor.autoShutdown(word(AutoShutdown.class, node.get("auto_shutdown")));
        }
        if (node.has("restart")) {
            supervisor.restart(word(RestartType.class, node.get("restart")));
        }
        if (node.has("shutdown")) {
            supervisor.shutdown(shutdown(node.get("shutdown")));
        }
        supervisorPaths.add(path);
        return supervisor.build();
    }

    private static <E extends Enum<E>> E word(Class<E> type, JsonNode node) {
        return Enum.valueOf(type, node.asString().toUpperCase(Locale.ROOT));
    }

    private static Shutdown shutdown(JsonNode node) {
        if (node.isNumber()) {
            return Shutdown.within(Duration.ofMillis(node.asLong()));
        }
        return switch (node.asString()) {
            case "brutal_kill" -> Shutdown.brutalKill();
            case "infinity" -> Shutdown.infinity();
            default -> throw new IllegalArgumentException("shutdown " + node);
        };
    }

    private static ExitReason reason(String word) {
        return switch (word) {
            case "normal" -> ExitReason.normal();
            case "shutdown" -> ExitReason.shutdown();
            case "shutdown_term" -> ExitReason.shutdown("term");
            case "kill" -> ExitReason.kill();
            case "error" -> ExitReason.error("error");
            default -> throw new IllegalArgumentException("reason " + word);
        };
    }
}
