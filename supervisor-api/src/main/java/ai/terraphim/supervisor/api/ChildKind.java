package ai.terraphim.supervisor.api;

/** What a child is: OTP's worker or supervisor. */
public enum ChildKind {
    /** An agent. */
    AGENT,
    /** A nested supervisor. */
    SUPERVISOR
}
