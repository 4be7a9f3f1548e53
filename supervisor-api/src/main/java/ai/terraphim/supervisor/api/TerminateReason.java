package ai.terraphim.supervisor.api;

/** Why {@link SupervisedAgent#terminate} is called. */
@SuppressWarnings("AvoidCommonTypeNames") // Error is the word of the vocabulary, and always read as
// TerminateReason.Error
public sealed interface TerminateReason {

    /** The agent ended by itself, in an orderly way. */
    record Normal() implements TerminateReason {}

    /** It was stopped because its supervisor, or the runtime, stops or restarts a group. */
    record Shutdown() implements TerminateReason {}

    /**
     * It crashed.
     *
     * @param failure what it threw, as text
     */
    record Error(Failure failure) implements TerminateReason {}

    /**
     * Something took too long.
     *
     * @param what what was waited for
     */
    record Timeout(String what) implements TerminateReason {}

    /** Somebody asked its supervisor to stop or restart this very agent. */
    record SupervisorRequest() implements TerminateReason {}
}
