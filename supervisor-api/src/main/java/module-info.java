/** Contracts of the agent supervisor: the only module a plugin compiles against. */
module ai.terraphim.supervisor.api {
    requires static transitive org.jspecify;

    exports ai.terraphim.supervisor.api;
    exports ai.terraphim.supervisor.api.store;
}
