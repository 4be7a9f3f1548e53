package ai.terraphim.supervisor.runtime.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The answers to the asynchronous calls of a step, in the order of the calls. */
public final class Answers {
    private final List<String> lines = new ArrayList<>();

    /** Keeps a place for an answer, and says where it is to go. */
    public Consumer<String> expect(String op) {
        int place = lines.size();
        lines.add(op + " no answer");
        return answer -> lines.set(place, op + " " + answer);
    }

    /** All answers since they were last taken. */
    public List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }
}
