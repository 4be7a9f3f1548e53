package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.runtime.InMemoryStore;

class InMemoryStoreTest extends StateStoreContract {
    @Override
    protected StateStore open() {
        return new InMemoryStore();
    }
}
