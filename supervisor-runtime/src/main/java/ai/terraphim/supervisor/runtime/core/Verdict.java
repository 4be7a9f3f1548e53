package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.Exhaustion;

/** What follows when a child has failed that is to be restarted. */
sealed interface Verdict {
    /** The restart comes at once. */
    record AtOnce() implements Verdict {}

    /** The restart has to wait. */
    sealed interface Later extends Verdict {}

    /** The restart comes after a time. */
    record After(long nanos) implements Later {}

    /** The restart comes when a dependency takes calls again. */
    record WhenClosed(String dependency) implements Later {}

    /** It was one failure too many, and the supervisor gives up. */
    record GiveUp(String why) implements Verdict {}

    /**
     * It was one failure too many, and the child is put aside: for a time, or {@link
     * FailureRecord#NEVER for ever}.
     */
    record PutAside(Exhaustion how, long nanos, String why) implements Verdict {}
}
