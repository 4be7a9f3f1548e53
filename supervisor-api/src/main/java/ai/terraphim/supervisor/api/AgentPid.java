package ai.terraphim.supervisor.api;

/**
 * Who an agent is: its place in the tree. Stable over restarts of the agent, of its supervisor and
 * of the JVM; one life of it is a pid together with a {@linkplain AgentContext#run() run number}.
 *
 * @param path the ids from the root down, joined by slashes, as in {@code root/pipeline/inbox}
 */
public record AgentPid(String path) implements Comparable<AgentPid> {

    /** Checks that the path names a child of some supervisor. */
    public AgentPid {
        if (path.indexOf('/') < 1 || path.endsWith("/")) {
            throw new IllegalArgumentException(
                    "a pid is the path of a child, such as root/web; '" + path + "' is none");
        }
    }

    /**
     * The last part of the path.
     *
     * @return the id of this child among its siblings
     */
    public String id() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /**
     * The path without its last part.
     *
     * @return the supervisor that this is a child of
     */
    public SupervisorId supervisor() {
        return new SupervisorId(path.substring(0, path.lastIndexOf('/')));
    }

    @Override
    public int compareTo(AgentPid other) {
        return path.compareTo(other.path);
    }

    @Override
    public String toString() {
        return path;
    }
}
