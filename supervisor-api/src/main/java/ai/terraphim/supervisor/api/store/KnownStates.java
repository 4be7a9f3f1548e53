package ai.terraphim.supervisor.api.store;

import java.util.Optional;

/**
 * What a store tells of agents' states at the start, so that agents can begin without a question to
 * it each. It says the same at all times and may be asked by any thread; a store may make a state
 * from what it has read only when that is asked for.
 */
public interface KnownStates {

    /** Says nothing of any agent. */
    KnownStates NONE =
            new KnownStates() {
                @Override
                public boolean isKnown(String path) {
                    return false;
                }

                @Override
                public Optional<StoredCheckpoint> newest(String path) {
                    return Optional.empty();
                }
            };

    /**
     * Whether the newest state of an agent is known, or that it has none.
     *
     * @param path the agent
     * @return false if the agent has to ask with {@link StateStore#checkpoints}: because a state of
     *     it is damaged, or it is large, for example
     */
    boolean isKnown(String path);

    /**
     * The newest state of an agent.
     *
     * @param path the agent
     * @return of who {@link #isKnown(String)}, what {@code checkpoints} would give as the newest,
     *     when it would reject nothing; else empty
     */
    Optional<StoredCheckpoint> newest(String path);
}
