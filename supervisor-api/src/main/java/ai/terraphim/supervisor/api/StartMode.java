package ai.terraphim.supervisor.api;

/** Whether a supervisor waits for the start of a child before it goes on. */
public enum StartMode {
    /** It waits, as OTP's does: the next child starts when this one is up. */
    SYNC,
    /**
     * It goes on at once, so that a child that is slow to start holds up nobody. Until its {@code
     * init} has returned, or the supervisor it is has booted, the child is starting. A request to
     * start it is answered before that. If the start fails, the child is treated as one that ran
     * and ended with that reason: it is restarted if its {@link RestartType} says so, which counts
     * as a restart. So it fails neither the boot of its supervisor nor the request.
     */
    ASYNC
}
