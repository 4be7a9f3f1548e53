package ai.terraphim.supervisor.api;

import java.util.Optional;

/**
 * How an agent's {@link SupervisedAgent#init init} ended, short of failing (failing is throwing).
 */
public sealed interface InitResult {

    /**
     * The agent runs.
     *
     * @param info something to tell whoever started the agent, such as the port it listens on
     */
    record Ok(Optional<Object> info) implements InitResult {}

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
        return Results.OK;
    }

    /**
     * The agent runs, and has something to tell whoever started it.
     *
     * @param info such as the port it listens on
     * @return the result to return from {@code init}
     */
    static InitResult ok(Object info) {
        return new Ok(Optional.of(info));
    }

    /**
     * The agent need not run now, for instance because what it would work on does not exist.
     *
     * @return the result to return from {@code init}
     */
    static InitResult ignore() {
        return Results.IGNORE;
    }
}

/** The two results without a payload, made once. */
final class Results {
    static final InitResult OK = new InitResult.Ok(Optional.empty());
    static final InitResult IGNORE = new InitResult.Ignore();

    private Results() {}
}
