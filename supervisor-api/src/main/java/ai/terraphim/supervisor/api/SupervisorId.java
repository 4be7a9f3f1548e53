package ai.terraphim.supervisor.api;

/**
 * Which supervisor: its place in the tree, stable over its restarts.
 *
 * @param path the ids from the root down, joined by slashes; that of the root is its id alone
 */
public record SupervisorId(String path) {

    /** Checks that the path is not empty. */
    public SupervisorId {
        if (path.isEmpty() || path.startsWith("/") || path.endsWith("/")) {
            throw new IllegalArgumentException(
                    "a supervisor's path is its ids joined by slashes, such as root/pipeline; '"
                            + path
                            + "' is none");
        }
    }

    /**
     * The pid of a child of this supervisor.
     *
     * @param id the child's id
     * @return its place in the tree
     */
    public AgentPid child(String id) {
        return new AgentPid(this, id);
    }

    @Override
    public String toString() {
        return path;
    }
}
