package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The recorded cases, and which of them no Java program can be given. */
public final class Corpus {
    private static final Set<String> SHUTDOWN_WORDS = Set.of("brutal_kill", "infinity");

    private Corpus() {}

    /**
     * Reads the cases.
     *
     * @param folder where the {@code *.jsonl} files lie; null for our own
     */
    public static List<RecordedCase> read(@Nullable String folder)
            throws IOException, URISyntaxException {
        List<RecordedCase> cases = new ArrayList<>();
        for (Path file : files(folder == null ? own() : Path.of(folder))) {
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank()) {
                    cases.add(RecordedCase.of(JsonMapper.shared().readTree(line)));
                }
            }
        }
        return cases;
    }

    private static Path own() throws URISyntaxException {
        URI folder = Objects.requireNonNull(Corpus.class.getResource("/conformance")).toURI();
        return Path.of(folder);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
        }
    }

    /** Why a case cannot be played: it has a wrong value that the Java types cannot express. */
    public static Optional<String> whyNotPlayed(RecordedCase recorded) {
        Optional<String> reason = inexpressible(recorded.supervisor(), true);
        for (JsonNode action : recorded.actions()) {
            if (action.has("spec")) {
                reason = reason.or(() -> inexpressible(action.get("spec"), false));
            }
        }
        return reason;
    }

    private static Optional<String> inexpressible(JsonNode spec, boolean root) {
        Optional<String> word =
                noWord(RestartStrategy.class, spec, "strategy")
                        .or(() -> noWord(RestartType.class, spec, "restart"))
                        .or(() -> noWord(AutoShutdown.class, spec, "auto_shutdown"))
                        .or(() -> noNumber(spec, "intensity"))
                        .or(() -> noNumber(spec, "period_s"))
                        .or(() -> noShutdown(spec.path("shutdown")));
        if (word.isPresent()) {
            return word;
        }
        if (!root && isRefused(spec)) {
            return Optional.of(
                    "the nested supervisor '%s' is refused when it is made, so there is no tree to start"
                            .formatted(spec.get("id").asString()));
        }
        return spec.path("children")
                .valueStream()
                .flatMap(child -> inexpressible(child, false).stream())
                .findFirst();
    }

    /** Whether the reference refuses this nested supervisor, which it does when that starts. */
    private static boolean isRefused(JsonNode spec) {
        if (!spec.has("strategy")) {
            return false;
        }
        Set<String> ids = new HashSet<>();
        boolean pool = spec.get("strategy").asString().equals("simple_one_for_one");
        boolean never = spec.path("auto_shutdown").asString("never").equals("never");
        return spec.path("intensity").asInt(0) < 0
                || spec.path("period_s").asInt(1) <= 0
                || (pool && spec.path("children").size() != 1)
                || spec.path("children")
                        .valueStream()
                        .anyMatch(child ->
                                !child.has("id")
                                        || !ids.add(child.get("id").asString())
                                        || child.path("shutdown").asInt(0) < 0
                                        || (child.path("significant").asBoolean(false)
                                                && (never || isPermanent(child))));
    }

    private static boolean isPermanent(JsonNode spec) {
        return spec.path("restart").asString("permanent").equals("permanent");
    }

    private static <E extends Enum<E>> Optional<String> noWord(
            Class<E> type, JsonNode spec, String field) {
        if (!spec.has(field)) {
            return Optional.empty();
        }
        String word = spec.get(field).asString("");
        return Stream.of(type.getEnumConstants())
                        .anyMatch(constant -> constant.name().toLowerCase(Locale.ROOT).equals(word))
                ? Optional.empty()
                : Optional.of("there is no %s %s".formatted(type.getSimpleName(), spec.get(field)));
    }

    private static Optional<String> noNumber(JsonNode spec, String field) {
        JsonNode node = spec.path(field);
        return node.isMissingNode() || node.isIntegralNumber()
                ? Optional.empty()
                : Optional.of("%s %s is no number".formatted(field, node));
    }

    private static Optional<String> noShutdown(JsonNode node) {
        boolean known =
                node.isMissingNode()
                        || node.isIntegralNumber()
                        || (node.isString() && SHUTDOWN_WORDS.contains(node.asString()));
        return known ? Optional.empty() : Optional.of("there is no Shutdown " + node);
    }
}
