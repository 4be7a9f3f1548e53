package ai.terraphim.supervisor.runtime.plugin;

/** What came of a plugin jar. */
public enum PluginState {
    /** Its agent types can be used. */
    LOADED,
    /** Nothing of it can be used; {@link LoadedPlugin#failure()} says why. */
    FAILED
}
