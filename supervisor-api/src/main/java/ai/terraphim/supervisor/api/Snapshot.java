package ai.terraphim.supervisor.api;

import java.util.Arrays;
import java.util.Objects;

/**
 * An agent's state as bytes, with what a reader must know to read them.
 *
 * @param state the bytes; copied in and out
 * @param contentType what they are, such as {@code application/json}
 * @param stateVersion the version of the state's layout, chosen by the agent's author, 1 or more
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record Snapshot(byte[] state, String contentType, int stateVersion) {

    /** Copies the bytes and checks the rest. */
    public Snapshot {
        state = state.clone();
        Objects.requireNonNull(contentType, "contentType");
        if (stateVersion < 1) {
            throw new IllegalArgumentException(
                    "stateVersion must be 1 or more, was " + stateVersion);
        }
    }

    /** A copy of the bytes. */
    @Override
    public byte[] state() {
        return state.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Snapshot that
                && stateVersion == that.stateVersion
                && contentType.equals(that.contentType)
                && Arrays.equals(state, that.state);
    }

    @Override
    public int hashCode() {
        return Objects.hash(contentType, stateVersion, Arrays.hashCode(state));
    }

    @Override
    public String toString() {
        return "Snapshot["
                + state.length
                + " bytes, "
                + contentType
                + ", version "
                + stateVersion
                + "]";
    }
}
