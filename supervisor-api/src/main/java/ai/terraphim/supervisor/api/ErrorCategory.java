package ai.terraphim.supervisor.api;

/**
 * What a failed operation has to do with. With whether it is recoverable it tells a reader what to
 * do next.
 */
public enum ErrorCategory {
    /** Who or what was named does not exist. */
    NOT_FOUND,
    /** Something could not be started. */
    STARTUP,
    /** Something failed while it ran. */
    RUNTIME,
    /** A rule or a limit forbids it. */
    POLICY,
    /** A state could not be restored. */
    RECOVERY,
    /** Something is stopping, has stopped, or did not stop as it should. */
    SHUTDOWN,
    /** A configuration is wrong. */
    CONFIGURATION,
    /** The store failed. */
    STORAGE,
    /** Bytes could not be written or read as what they should be. */
    SERIALIZATION,
    /** A message or a request did not get through. */
    COMMUNICATION,
    /** The machine, the operating system or the JVM failed. */
    SYSTEM
}
