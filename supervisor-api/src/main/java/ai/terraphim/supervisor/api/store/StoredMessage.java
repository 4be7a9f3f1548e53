package ai.terraphim.supervisor.api.store;

import ai.terraphim.supervisor.api.ParkedMessage;
import java.util.Optional;

/**
 * A message that was parked, as a store keeps it.
 *
 * @param parked what is shown of it
 * @param messageId the id that it was sent with; empty if it was sent with none
 * @param content what makes it again; empty if nothing does, and all that is left of it is its text
 */
public record StoredMessage(
        ParkedMessage parked, Optional<String> messageId, Optional<Content> content) {

    /**
     * The number of the message.
     *
     * @return from 1; no two messages of a runtime have had the same
     */
    public long number() {
        return parked.id();
    }

    /**
     * A message as JSON.
     *
     * @param type the name of the class it is to be read as
     * @param json the message
     */
    public record Content(String type, String json) {
        /** How many characters of JSON are kept; of a longer message only the text is. */
        public static final int MAX = 1 << 18;
    }
}
