package ai.terraphim.supervisor.runtime.jmx;

import java.util.List;

/**
 * What agents call through guards, seen by management clients. There while the runtime has
 * dependencies.
 */
@Description("The dependencies of a runtime: their circuits, and who waits for them")
public interface DependenciesMXBean {

    /** All dependencies, in the order of the configuration. */
    @Description("All dependencies with the state of their circuits")
    List<DependencyView> getDependencies();

    /** Opens a circuit until it is reset. */
    @Action
    @Description("Opens the circuit of a dependency until it is reset: nobody calls it")
    void forceOpen(@Description("Such as llm:host/model") String key);

    /** Closes a circuit and lets go who waits. */
    @Action
    @Description("Closes the circuit of a dependency, and lets go who waits for it")
    void reset(@Description("Such as llm:host/model") String key);
}
