package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.util.List;

/** The MBean of a runtime's dependencies. Any thread may call. */
final class DependenciesBean implements DependenciesMXBean {
    private final SupervisorRuntime runtime;

    DependenciesBean(SupervisorRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public List<DependencyView> getDependencies() {
        return runtime.dependencies().stream().map(DependencyView::of).toList();
    }

    @Override
    public void forceOpen(String key) {
        Wire.run(() -> runtime.forceOpen(key));
    }

    @Override
    public void reset(String key) {
        Wire.run(() -> runtime.reset(key));
    }
}
