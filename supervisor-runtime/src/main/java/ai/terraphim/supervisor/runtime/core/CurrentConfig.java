package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.SupervisorConfig;

/** The configuration that a supervisor goes by, which somebody may replace while it runs. */
final class CurrentConfig {
    private SupervisorConfig config;

    CurrentConfig(SupervisorConfig config) {
        this.config = config;
    }

    SupervisorConfig get() {
        return config;
    }

    void set(SupervisorConfig changed) {
        config = changed;
    }
}
