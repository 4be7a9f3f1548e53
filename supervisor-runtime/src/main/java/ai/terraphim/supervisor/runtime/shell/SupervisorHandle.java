package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentRef;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.RestartEntry;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SupervisorStatus;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.runtime.core.Request;
import ai.terraphim.supervisor.runtime.core.Template;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What users hold of a supervisor. Finds its current life anew at every call, so it stays valid
 * over restarts.
 */
final class SupervisorHandle implements AgentSupervisor {
    final Engine engine;
    private final SupervisorId id;

    SupervisorHandle(Engine engine, SupervisorId id) {
        this.engine = engine;
        this.id = id;
    }

    @Override
    public SupervisorId id() {
        return id;
    }

    @Override
    public AgentPid spawnAgent(AgentSpec spec) {
        return startChild(spec);
    }

    @Override
    public AgentPid startChild(ChildSpec spec) {
        engine.check(spec);
        alive().ask(new Request.StartChild(spec));
        AgentPid pid = id.child(spec.id());
        awaitAdded(pid);
        return pid;
    }

    @Override
    public AgentPid startInstance(Map<String, ?> config) {
        SupervisorCell pool = alive();
        pool.config()
                .template()
                .ifPresent(template ->
                        engine.check(Template.instance(template, template.id(), config)));
        ChildHandle instance = (ChildHandle) pool.ask(new Request.StartInstance(config));
        AgentPid pid = instance.pid();
        awaitAdded(pid);
        return pid;
    }

    @Override
    public void changeSpecs(SupervisorConfig config) {
        engine.check(config);
        alive().ask(new Request.ChangeSpecs(config));
    }

    @Override
    @SuppressWarnings("unchecked") // what a cell answers to this request
    public List<SupervisedAgentInfo> whichChildren() {
        return (List<SupervisedAgentInfo>) alive().ask(new Request.WhichChildren());
    }

    @Override
    public ChildCounts countChildren() {
        return (ChildCounts) alive().ask(new Request.CountChildren());
    }

    private void awaitAdded(AgentPid pid) {
        engine.awaitSaved(
                pid,
                "was started, but the store could not remember it: it will not survive a restart");
    }

    private void awaitRemoved(AgentPid pid) {
        engine.awaitSaved(
                pid,
                "was removed, but the store could not forget it: it will be back after a restart");
    }

    @Override
    public void stopAgent(AgentPid pid) {
        alive().ask(new Request.StopAgent(own(pid)));
        awaitRemoved(pid);
    }

    @Override
    public void restartAgent(AgentPid pid) {
        alive().ask(new Request.RestartAgent(own(pid)));
    }

    @Override
    public void terminateChild(String childId) {
        alive().ask(new Request.TerminateChild(childId));
        engine.awaitSaved(
                id.child(childId),
                "was stopped, but the store could not remember it: it will be back after a restart");
    }

    @Override
    public void restartChild(String childId) {
        alive().ask(new Request.RestartChild(childId));
    }

    @Override
    public void deleteChild(String childId) {
        alive().ask(new Request.DeleteChild(childId));
        awaitRemoved(id.child(childId));
    }

    @Override
    public void handleAgentExit(AgentPid pid, ExitReason reason) {
        handleAgentExit(pid, Request.HandleAgentExit.CURRENT, reason);
    }

    @Override
    public void handleAgentExit(AgentPid pid, long run, ExitReason reason) {
        alive().ask(new Request.HandleAgentExit(own(pid), run, reason));
    }

    @Override
    public void tell(AgentPid pid, Object message) {
        engine.tell(pid, message);
    }

    @Override
    public CompletionStage<Void> tellOnce(AgentPid pid, String messageId, Object message) {
        return engine.tellOnce(pid, messageId, message);
    }

    @Override
    public AgentRef ref(AgentPid pid) {
        return new Ref(engine, pid, null);
    }

    @Override
    public Object ask(AgentPid pid, Object message) {
        return engine.ask(pid, message, engine.askTimeout);
    }

    @Override
    public Object ask(AgentPid pid, Object message, Duration timeout) {
        return engine.ask(pid, message, timeout);
    }

    @Override
    public void send(AgentPid pid, SystemMessage message) {
        engine.send(pid, message);
    }

    @Override
    public void register(String name, AgentPid pid) {
        engine.names.register(name, pid);
    }

    @Override
    public void unregister(String name) {
        engine.names.unregister(name, _ -> true);
    }

    @Override
    public Optional<AgentPid> whereIs(String name) {
        return engine.names.whereIs(name);
    }

    @Override
    public Monitor monitor(AgentPid pid) {
        return Watch.begin(engine, pid, null);
    }

    @Override
    public SupervisorStatus status() {
        SupervisorCell cell = current();
        if (cell != null) {
            return cell.status();
        }
        ChildHandle handle = id.path().contains("/") ? engine.child(new AgentPid(id.path())) : null;
        if (handle != null && handle.child.spec() instanceof SupervisorConfig config) {
            return new SupervisorStatus(id, handle.info().status(), config.policy(), 0, 0);
        }
        return engine.rootCell(id)
                .map(SupervisorCell::status)
                .orElseThrow(() -> new ChildNotFoundException("there is no supervisor " + id));
    }

    @Override
    public List<SupervisedAgentInfo> children() {
        SupervisorCell cell = current();
        return cell == null ? List.of() : cell.children();
    }

    @Override
    public Optional<SupervisedAgentInfo> child(AgentPid pid) {
        return pid.supervisor().equals(id)
                ? Optional.ofNullable(engine.child(pid)).map(engine::info)
                : Optional.empty();
    }

    @Override
    public List<RestartEntry> restartHistory() {
        SupervisorCell cell = current();
        return cell == null ? List.of() : cell.restartEntries();
    }

    @Override
    public void stop() {
        int slash = id.path().lastIndexOf('/');
        if (slash < 0) {
            engine.stop();
        } else {
            new SupervisorHandle(engine, new SupervisorId(id.path().substring(0, slash)))
                    .terminateChild(id.path().substring(slash + 1));
        }
    }

    private @Nullable SupervisorCell current() {
        return engine.supervisors.get(id.path());
    }

    private SupervisorCell alive() {
        SupervisorCell cell = current();
        if (cell == null) {
            throw new SupervisorStoppedException(
                    "the supervisor " + id + " is not running; start it, or its parent, first");
        }
        return cell;
    }

    private String own(AgentPid pid) {
        if (!pid.supervisor().equals(id)) {
            throw new ChildNotFoundException(
                    pid + " is no child of " + id + "; ask " + pid.supervisor());
        }
        return pid.id();
    }
}
