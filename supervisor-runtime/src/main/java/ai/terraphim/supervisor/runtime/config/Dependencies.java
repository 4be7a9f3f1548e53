package ai.terraphim.supervisor.runtime.config;

import java.util.Collection;

/** What is said of a dependency that is not there. */
public final class Dependencies {
    private Dependencies() {}

    /**
     * Says that a key is unknown, and what would be right.
     *
     * @param key as somebody wrote it
     * @param known the keys of the configuration
     */
    public static String unknown(String key, Collection<String> known) {
        return "there is no dependency '%s'".formatted(key)
                + (known.isEmpty()
                        ? ", nor any other; add it to dependencies: of the tree file, or to SupervisorRuntime.Builder"
                        : Suggestion.among(known, key, "the dependencies are"));
    }
}
