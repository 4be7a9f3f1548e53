package ai.terraphim.supervisor.api;

import java.time.Instant;

/**
 * A message that has crashed its agent once too often and was put aside, for somebody to look at
 * it. It is kept until it is replayed or dropped, or later ones take its place. With a durable
 * store it outlives the JVM.
 *
 * @param id its number, from 1; with a durable store the next JVM goes on counting
 * @param pid the agent it was for
 * @param parkedAt when it was put aside
 * @param crashes how many runs it has crashed
 * @param message its text, cut to {@value #MAX_TEXT} characters
 * @param reason how the last of those runs ended
 * @param stack where it was then; empty if that is not known
 */
public record ParkedMessage(
        long id,
        AgentPid pid,
        Instant parkedAt,
        int crashes,
        String message,
        String reason,
        String stack) {

    /** How many characters of a message's text are kept. */
    public static final int MAX_TEXT = 1_000;
}
