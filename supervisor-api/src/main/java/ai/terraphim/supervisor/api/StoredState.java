package ai.terraphim.supervisor.api;

/** A state that an agent has saved, for {@link SupervisedAgent#migrate}. */
public interface StoredState {

    /**
     * The version of its layout.
     *
     * @return what {@link SupervisedAgent#stateVersion()} was when it was saved
     */
    default int version() {
        return snapshot().stateVersion();
    }

    /**
     * The state as it was saved.
     *
     * @return its bytes and what they are
     */
    Snapshot snapshot();

    /**
     * Reads a state that was saved as JSON.
     *
     * @param <S> a record type that has the components of that version
     * @param type its class; keys that it does not have are ignored
     * @return the state
     * @throws SupervisionException of category {@link ErrorCategory#SERIALIZATION} if it does not
     *     fit the type
     */
    <S extends Record> S as(Class<S> type);
}
