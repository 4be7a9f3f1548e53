package ai.terraphim.supervisor.runtime.plugin;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * A plugin jar and what came of it. Text only: it holds on to no class of the plugin.
 *
 * @param id the {@code Plugin-Id} of its manifest, empty if that could not be read
 * @param version its {@code Plugin-Version}, empty if that could not be read
 * @param file the jar in the plugins folder
 * @param sha256 the digest of what was loaded, in lower-case hex, empty if the jar could not be
 *     copied
 * @param state whether it can be used
 * @param failure what is wrong and what to do about it, in one line; empty if nothing is
 * @param agentTypes the types that its factories make, in alphabetical order; empty if it failed
 */
public record LoadedPlugin(
        String id,
        String version,
        Path file,
        String sha256,
        PluginState state,
        String failure,
        Set<String> agentTypes) {

    /** Copies the set. */
    public LoadedPlugin {
        agentTypes = Collections.unmodifiableSet(new TreeSet<>(agentTypes));
    }
}
