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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

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
    private final Map<String, Integer> attempts = new HashMap<>();
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

    /** Why a case cannot be played here, though the core alone can. */
    static Optional<String> whyNotPlayed(RecordedCase recorded) {
        Set<String> supervisors = new HashSet<>();
        boolean pool = collect(recorded.supervisor(), "root", supervisors);
        for (JsonNode action : recorded.actions()) {
            if (action.has("spec")) {
                String path =
                        action.get("sup").asString()
                                + "/"
                                + action.get("spec").path("id").asString("");
                pool |= collect(action.get("spec"), path, supervisors);
            }
        }
        if (pool) {
            return Optional.of(
                    "instances of pools have names of their own here, not the recorded ones");
        }
        boolean kills =
                recorded.actions()
                        .valueStream()
                        .anyMatch(action ->
                                action.get("op").asString().equals("exit")
                                        && action.get("reason").asString().equals("kill")
                                        && supervisors.contains(action.get("p").asString()));
        return kills
                ? Optional.of("nobody outside the engine can kill a supervisor")
                : Optional.empty();
    }

    /** Adds the paths of all supervisors; true if one is a pool. */
    private static boolean collect(JsonNode spec, String path, Set<String> supervisors) {
        if (!spec.has("strategy")) {
            return false;
        }
        supervisors.add(path);
        boolean pool = spec.get("strategy").asString("").equals("simple_one_for_one");
        for (JsonNode child : spec.path("children")) {
            pool |= collect(child, path + "/" + child.path("id").asString(""), supervisors);
        }
        return pool;
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

    private boolean isUp(String path) {
        return sim.supervisor(path).isPresent();
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
        String path = said[0] + "/" + said[2];
        String why =
                switch (context) {
                    case "shutdown" -> "max_intensity";
                    case "start_error" ->
                            supervisorPaths.contains(path)
                                    ? failedStart(path)
                                    : word((ExitReason) said[3]);
                    default -> word((ExitReason) said[3]);
                };
        return "%s %s %s %s".formatted(said[0], context, said[2], why);
    }

    private void describe(AgentSupervisor supervisor, long run, List<String> tree) {
        tree.add(
                "%s#%d up [%s]".formatted(supervisor.id(), run, words(supervisor.countChildren())));
        for (SupervisedAgentInfo child : supervisor.children()) {
            String path = child.pid().path();
            if (!(child.status() instanceof AgentStatus.Running)) {
                tree.add(path + " " + state(child));
            } else if (child.kind() == ChildKind.SUPERVISOR) {
                sim.supervisor(path).ifPresent(nested -> describe(nested, child.run(), tree));
            } else {
                tree.add("%s#%d up".formatted(path, child.run()));
            }
        }
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
            return exitSupervisor(new AgentPid(path), reason(word));
        }
        Scripted agent = live.get(path);
        if (agent == null) {
            return "not_running";
        }
        agent.exit(reason(word));
        return "ok";
    }

    private String exitSupervisor(AgentPid pid, ExitReason reason) {
        if (!isUp(pid.path())) {
            return "not_running";
        }
        sim.supervisor(pid.supervisor().path()).orElseThrow().handleAgentExit(pid, reason);
        return "ok";
    }

    private boolean request(JsonNode action, Consumer<String> answer) {
        String path = action.get("sup").asString();
        AgentSupervisor supervisor = sim.supervisor(path).orElse(null);
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
        String id = action.path("id").asString("");
        try {
            answer.accept(
                    switch (action.get("op").asString()) {
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
                        case "which_children" -> "ok " + words(supervisor.whichChildren());
                        case "count_children" -> "ok " + words(supervisor.countChildren());
                        case String op -> throw new IllegalArgumentException("unknown op " + op);
                    });
        } catch (SupervisionException refusal) {
            answer.accept(words(refusal, path));
        }
        return true;
    }

    private String started(String path) {
        return ignored.contains(path) ? "ok_ignored" : "ok#" + attempts.get(path);
    }

    private static String words(List<SupervisedAgentInfo> children) {
        StringJoiner words = new StringJoiner(" ").setEmptyValue("-");
        children.forEach(child -> words.add(child.pid().id() + "=" + state(child)));
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

    private void line(String path, String line) {
        if (line.startsWith("start ")) {
            begin(path.substring(0, path.lastIndexOf('/')));
        }
        events.add(line);
    }

    /** The first sign of a supervisor's start is the start of its first child, or its own end. */
    private void begin(String supervisor) {
        if (!open.add(supervisor)) {
            return;
        }
        int slash = supervisor.lastIndexOf('/');
        if (slash > 0) {
            begin(supervisor.substring(0, slash));
        }
        failedChild.remove(supervisor);
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
        String path = event.path();
        if (!supervisorPaths.contains(path)) {
            return;
        }
        switch (event.kind()) {
            case CHILD_STARTED, CHILD_RESTARTED -> {
                begin(path);
                events.add("start %s#%d ok".formatted(path, event.run()));
                if (path.equals("root")) {
                    end = "running";
                }
            }
            case CHILD_START_FAILED -> {
                begin(path);
                String why = failedStart(path);
                events.add("start %s#%d error %s".formatted(path, event.run(), why));
                open.remove(path);
                failed(path, why);
            }
            case CHILD_EXITED -> {
                String why = told(event.reason());
                events.add("down %s#%d %s".formatted(path, event.run(), why));
                open.remove(path);
                if (path.equals("root")) {
                    end = "down " + why;
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
            path = context.pid().path();
            script = scripts.get(path);
            name = path + "#" + context.run();
            attempts.put(path, (int) context.run());
            JsonNode start = script.path("starts").path((int) context.run() - 1);
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
            line(path, "start " + name + " " + outcome);
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
                line(path, "down " + name + " " + why);
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
