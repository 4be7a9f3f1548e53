package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.AbandonedThread;

/**
 * An abandoned thread as management clients see it.
 *
 * @param path whose it was
 * @param run which run of it
 * @param since when it was given up, in ISO 8601 and UTC
 * @param stack where it is now, a line for each frame
 */
public record AbandonedView(String path, long run, String since, String stack) {

    /**
     * Shows an abandoned thread.
     *
     * @param thread the thread
     * @return the same in types that every client has
     */
    public static AbandonedView of(AbandonedThread thread) {
        return new AbandonedView(
                thread.pid().path(), thread.run(), thread.since().toString(), thread.stack());
    }
}
