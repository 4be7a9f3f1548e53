package ai.terraphim.supervisor.runtime.core;

import java.time.Duration;
import java.util.Optional;

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
     * It was one failure too many, and the child is put aside: for a time, and then perhaps tried,
     * or until somebody restarts it.
     */
    record PutAside(boolean cools, Optional<Duration> time, String why) implements Verdict {}
}
