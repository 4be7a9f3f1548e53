package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads a whole tree from what its supervisors have published. Waits for nobody and is weakly
 * consistent: two rows may be from slightly different moments.
 */
final class TreeView {
    private final SupervisorRuntime runtime;
    private final Instant now = Instant.now();
    private final Map<AgentPid, List<String>> names;
    private final List<AgentView> rows = new ArrayList<>();

    private TreeView(SupervisorRuntime runtime) {
        this.runtime = runtime;
        this.names =
                runtime.names().entrySet().stream()
                        .collect(
                                Collectors.groupingBy(
                                        Map.Entry::getValue,
                                        Collectors.mapping(
                                                Map.Entry::getKey, Collectors.toList())));
    }

    /** Each supervisor before its children, children in start order. */
    static List<AgentView> of(SupervisorRuntime runtime) {
        TreeView view = new TreeView(runtime);
        runtime.root().ifPresent(root -> view.add(root, view.rootRow(root)));
        return view.rows;
    }

    private void add(AgentSupervisor supervisor, AgentView row) {
        rows.add(row);
        for (SupervisedAgentInfo child : supervisor.children()) {
            Optional<AgentSupervisor> nested =
                    child.kind() == ChildKind.SUPERVISOR
                            ? runtime.supervisor(new SupervisorId(child.pid().path()))
                            : Optional.empty();
            AgentView childRow = row(child, nested);
            nested.ifPresentOrElse(it -> add(it, childRow), () -> rows.add(childRow));
        }
    }

    private AgentView rootRow(AgentSupervisor root) {
        var status = root.status();
        long uptime = Math.max(0, now.toEpochMilli() - runtime.startedAt().toEpochMilli());
        return new AgentView(
                status.id().path(),
                "supervisor",
                "supervisor",
                status.state().word(),
                runtime.rootRun(),
                0,
                uptime,
                "",
                strategy(root),
                List.of(),
                "",
                "");
    }

    private AgentView row(SupervisedAgentInfo child, Optional<AgentSupervisor> nested) {
        return new AgentView(
                child.pid().path(),
                child.kind() == ChildKind.SUPERVISOR ? "supervisor" : "agent",
                child.type(),
                child.status().word(),
                child.run(),
                child.restartCount(),
                child.uptime(now).toMillis(),
                child.lastExit().map(Object::toString).orElse(""),
                nested.map(TreeView::strategy).orElse(""),
                names.getOrDefault(child.pid(), List.of()),
                child.lastHealthCheck().map(report -> words(report.health())).orElse(""),
                child.lastCheckpoint().map(Instant::toString).orElse(""));
    }

    private static String words(Health health) {
        String word = health.isHealthy() ? "healthy" : "unhealthy";
        return health.detail().isEmpty() ? word : word + ": " + health.detail();
    }

    static String strategy(AgentSupervisor supervisor) {
        return supervisor.status().policy().strategy().name().toLowerCase(Locale.ROOT);
    }
}
