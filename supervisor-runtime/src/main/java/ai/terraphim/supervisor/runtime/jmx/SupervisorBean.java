package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SupervisorStatus;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A supervisor's MBean. Any thread may call; attributes are read from what it has published. */
final class SupervisorBean implements SupervisorMXBean {
    private static final int LINES = 200;

    private final SupervisorRuntime runtime;
    private final SupervisorId id;

    SupervisorBean(SupervisorRuntime runtime, SupervisorId id) {
        this.runtime = runtime;
        this.id = id;
    }

    @Override
    public String getPath() {
        return id.path();
    }

    @Override
    public String getStrategy() {
        return Wire.answer(() -> TreeView.strategy(supervisor()));
    }

    @Override
    public String getState() {
        return status().state().word();
    }

    @Override
    public int getMaxRestarts() {
        return status().policy().intensity().maxRestarts();
    }

    @Override
    public long getTimeWindow() {
        return status().policy().intensity().timeWindow().toMillis();
    }

    @Override
    public int getRestartsInPeriod() {
        return status().restartsInPeriod();
    }

    @Override
    public int getChildCount() {
        return status().childCount();
    }

    @Override
    public Map<String, Integer> getChildrenByState() {
        return children().stream()
                .collect(Collectors.toMap(child -> child.status().word(), _ -> 1, Integer::sum));
    }

    @Override
    public String getChildrenText() {
        List<SupervisedAgentInfo> children = children();
        String lines =
                children.stream()
                        .limit(LINES)
                        .map(SupervisorBean::line)
                        .collect(Collectors.joining("\n"));
        int more = children.size() - LINES;
        return more > 0 ? lines + "\n... and " + more + " more" : lines;
    }

    @Override
    public String startChild(String specJson) {
        return Wire.answer(() -> RuntimeBean.spawnIn(runtime, id.path(), specJson).path());
    }

    @Override
    public void stopChild(String id) {
        Wire.run(() -> {
            AgentSupervisor supervisor = supervisor();
            if (RuntimeBean.isPool(supervisor)) {
                supervisor.stopAgent(this.id.child(id));
            } else {
                supervisor.terminateChild(id);
            }
        });
    }

    @Override
    public void restartChild(String id) {
        Wire.run(() -> supervisor().restartAgent(this.id.child(id)));
    }

    @Override
    public void deleteChild(String id) {
        Wire.run(() -> supervisor().deleteChild(id));
    }

    private AgentSupervisor supervisor() {
        return RuntimeBean.supervisorAt(runtime, id.path());
    }

    private SupervisorStatus status() {
        return Wire.answer(() -> supervisor().status());
    }

    private List<SupervisedAgentInfo> children() {
        return Wire.answer(() -> supervisor().children());
    }

    private static String line(SupervisedAgentInfo child) {
        String line =
                "%s  %s  %s  run %d"
                        .formatted(
                                child.pid().id(), child.type(), child.status().word(), child.run());
        return line + child.lastExit().map(reason -> "  last exit " + reason).orElse("");
    }
}
