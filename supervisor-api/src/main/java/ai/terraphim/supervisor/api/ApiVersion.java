package ai.terraphim.supervisor.api;

/**
 * The version of this API. A plugin says in its manifest ({@code Supervisor-Api-Version}) which one
 * it was built against; it runs where the major number is the same and its minor number is not
 * higher.
 */
public final class ApiVersion {
    /** The major number: changes when something is taken away. */
    public static final int MAJOR = 0;

    /** The minor number: changes when something is added. */
    public static final int MINOR = 1;

    private ApiVersion() {}
}
