package ai.terraphim.supervisor.api;

import java.util.Objects;

/**
 * Who an agent is: its place in the tree. Stable over restarts of the agent, of its supervisor and
 * of the JVM; one life of it is a pid together with a {@linkplain AgentContext#run() run number}.
 *
 * @param supervisor the supervisor that this is a child of
 * @param id the id of this child among its siblings
 */
public record AgentPid(SupervisorId supervisor, String id) implements Comparable<AgentPid> {

    /** Checks that the id can be the last part of a path. */
    public AgentPid {
        Objects.requireNonNull(supervisor, "supervisor");
        if (id.isEmpty() || id.indexOf('/') >= 0) {
            throw new IllegalArgumentException(
                    "'" + id + "' is no id of a child: it must not be empty nor have a slash");
        }
    }

    /**
     * The pid of a path.
     *
     * @param path the ids from the root down, joined by slashes, as in {@code root/pipeline/inbox}
     */
    public AgentPid(String path) {
        this(
                new SupervisorId(path.substring(0, lastSlash(path))),
                path.substring(lastSlash(path) + 1));
    }

    private static int lastSlash(String path) {
        int slash = path.lastIndexOf('/');
        if (slash < 1 || slash == path.length() - 1) {
            throw new IllegalArgumentException(
                    "a pid is the path of a child, such as root/web; '" + path + "' is none");
        }
        return slash;
    }

    /**
     * The ids from the root down, joined by slashes.
     *
     * @return made anew at each call
     */
    public String path() {
        return supervisor.path() + "/" + id;
    }

    @Override
    public int compareTo(AgentPid other) {
        return path().compareTo(other.path());
    }

    @Override
    public String toString() {
        return path();
    }
}
