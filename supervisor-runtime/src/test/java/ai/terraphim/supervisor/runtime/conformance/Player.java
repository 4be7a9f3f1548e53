package ai.terraphim.supervisor.runtime.conformance;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Plays the scenario of one case, in whatever world it has, and takes down what happens. */
public interface Player extends AutoCloseable {

    /** What one action came to; the fields are those of a recorded step. */
    record Step(
            String result,
            List<String> events,
            List<String> reports,
            List<String> tree,
            List<String> async) {

        /** Of a tree that is refused before anything of it starts. */
        public static final Step REFUSED =
                new Step(
                        "error invalid",
                        List.of("init root#1", "start root#1 error invalid"),
                        List.of(),
                        List.of(),
                        List.of());
    }

    /** Starts the tree and waits until it is quiet. Called once, and first. */
    Step boot(JsonNode supervisor);

    /** Does one thing to the tree and waits until it is quiet again. */
    Step perform(JsonNode action);

    /** How the root stands at the end. */
    String end();

    /** Why the case could not be played as recorded, if so. */
    Optional<String> limit();

    @Override
    default void close() {}
}
