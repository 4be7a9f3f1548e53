package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.ParkedMessage;

/**
 * A parked message as management clients see it.
 *
 * @param id its number
 * @param path the agent it was for
 * @param parkedAt when it was put aside, in ISO 8601 and UTC
 * @param crashes how many runs it has crashed
 * @param message its text, cut to 1,000 characters
 * @param reason how the last of those runs ended
 * @param stack where it was then, possibly empty
 */
public record MessageView(
        long id,
        String path,
        String parkedAt,
        int crashes,
        String message,
        String reason,
        String stack) {

    static MessageView of(ParkedMessage message) {
        return new MessageView(
                message.id(),
                message.pid().path(),
                message.parkedAt().toString(),
                message.crashes(),
                message.message(),
                message.reason(),
                message.stack());
    }
}
