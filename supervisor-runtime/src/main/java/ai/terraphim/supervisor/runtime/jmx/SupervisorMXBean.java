package ai.terraphim.supervisor.runtime.jmx;

import java.util.Map;

/**
 * A supervisor, seen by management clients. It is there while the supervisor is up. Errors as in
 * {@link SupervisorRuntimeMXBean}.
 */
@Description("A supervisor and its children")
public interface SupervisorMXBean {

    /** Its place in the tree. */
    @Description("Place in the tree")
    String getPath();

    /** Which children a failure concerns. */
    @Description("Which children a failure concerns: one_for_one, one_for_all or rest_for_one")
    String getStrategy();

    /** What it is doing. */
    @Description("What the supervisor is doing")
    String getState();

    /** How many restarts in the time window it tolerates. */
    @Description("How many restarts in the time window are tolerated")
    @Unit("restarts")
    int getMaxRestarts();

    /** The length of the sliding window, in milliseconds. */
    @Description("Length of the sliding window in which restarts are counted")
    @Unit("ms")
    long getTimeWindow();

    /** How many restarts are counted in the window now. */
    @Description("Restarts counted in the time window now")
    @Unit("restarts")
    int getRestartsInPeriod();

    /** How many children it has, those that are down included. */
    @Description("Children, those that are down included")
    @Unit("children")
    int getChildCount();

    /** How many children are in each state. */
    @Description("How many children are in each state; states that no child is in are left out")
    Map<String, Integer> getChildrenByState();

    /** The first 200 children, one line each. */
    @Description("The first 200 children, one line each")
    String getChildrenText();

    /** Adds a child at the end and starts it; gives its path. */
    @Action
    @Description("Adds a child at the end of the children and starts it; gives its path")
    String startChild(
            @Description(
                            "The child as in a tree file, in JSON: {\"id\": ..., \"type\": ...}; for an instance of a pool {\"config\": ...} or {}")
                    String specJson);

    /** Stops a child and keeps its spec. */
    @Action
    @Description(
            "Stops a child; it stays down until somebody starts it, an instance of a pool is gone")
    void stopChild(@Description("Id of the child") String id);

    /** Stops a child if it is up, and starts it again, alone. Not counted by the intensity. */
    @Action
    @Description("Stops a child if it is up, and starts it again, alone and uncounted")
    void restartChild(@Description("Id of the child") String id);

    /** Removes a child that is down. */
    @Action
    @Description("Removes a child that is down")
    void deleteChild(@Description("Id of the child") String id);
}
