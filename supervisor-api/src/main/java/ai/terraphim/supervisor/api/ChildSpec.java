package ai.terraphim.supervisor.api;

/**
 * How a supervisor is to run one child: an {@link AgentSpec agent} or a {@link SupervisorConfig
 * nested supervisor}.
 */
public sealed interface ChildSpec permits AgentSpec, SupervisorConfig {

    /**
     * The child's name among its siblings.
     *
     * @return unique in its supervisor; without slashes and control characters
     */
    String id();

    /**
     * When the child is restarted after it has ended by itself.
     *
     * @return {@link RestartType#PERMANENT} by default
     */
    RestartType restart();

    /**
     * Whether the supervisor waits for the child's start before it goes on.
     *
     * @return {@link StartMode#SYNC} by default
     */
    StartMode start();

    /**
     * How the child is stopped.
     *
     * @return five seconds by default for an agent, infinity for a supervisor
     */
    Shutdown shutdown();

    /**
     * Whether the child's end can end its supervisor, if that has {@link
     * SupervisorConfig#autoShutdown}.
     *
     * @return false by default; never true for a permanent child, which has no end of its own
     */
    boolean significant();

    /**
     * How the child's restarts are spaced and bounded.
     *
     * @return {@link RestartRules#DEFAULT} by default
     */
    RestartRules restarts();

    /**
     * Checks an id.
     *
     * @param id the id
     * @return the same id
     * @throws IllegalArgumentException if it is empty, too long, or has a character that a path
     *     cannot carry
     */
    static String checkId(String id) {
        if (id.isBlank()) {
            throw new IllegalArgumentException("an id must not be empty");
        }
        if (id.length() > 200) {
            throw new IllegalArgumentException(
                    "an id has at most 200 characters, this one has " + id.length());
        }
        for (int i = 0; i < id.length(); i++) {
            if (id.charAt(i) == '/' || Character.isISOControl(id.charAt(i))) {
                throw new IllegalArgumentException(
                        "the id '"
                                + id.replaceAll("\\p{Cntrl}", "?")
                                + "' has a slash or a control character; use another");
            }
        }
        return id;
    }
}
