/**
 * The contracts of the supervisor: what an agent author, an embedding program and a store see. JDK
 * types only.
 */
module ai.terraphim.supervisor.api {
    requires static transitive org.jspecify;

    exports ai.terraphim.supervisor.api;
    exports ai.terraphim.supervisor.api.store;
}
