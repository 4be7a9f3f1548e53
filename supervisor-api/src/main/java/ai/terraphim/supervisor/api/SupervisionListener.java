package ai.terraphim.supervisor.api;

/** Is told every {@link SupervisionEvent} of a runtime, in order. */
@FunctionalInterface
public interface SupervisionListener {

    /**
     * Something happened. Called on a thread of the runtime that serves all listeners and the
     * history, so be quick. What is thrown is logged.
     *
     * @param event what happened
     */
    void onEvent(SupervisionEvent event);
}
