package ai.terraphim.supervisor.api;

/**
 * How an agent's {@link SupervisedAgent#init init} ended, short of failing (failing is throwing).
 */
public sealed interface InitResult {

    /** The agent runs. */
    record Ok() implements InitResult {}

    /**
     * The agent need not run now. That is no failure: its spec is kept, down, unless it is
     * temporary.
     */
    record Ignore() implements InitResult {}

    /**
     * The agent runs.
     *
     * @return the result to return from {@code init} nearly always
     */
    static InitResult ok() {
        return new Ok();
    }

    /**
     * The agent need not run now, for instance because what it would work on does not exist.
     *
     * @return the result to return from {@code init}
     */
    static InitResult ignore() {
        return new Ignore();
    }
}
