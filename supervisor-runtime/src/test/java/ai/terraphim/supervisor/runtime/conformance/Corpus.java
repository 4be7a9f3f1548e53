package ai.terraphim.supervisor.runtime.conformance;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The recorded cases. */
final class Corpus {
    private Corpus() {}

    /**
     * Reads the cases.
     *
     * @param folder where the {@code *.jsonl} files lie; null for our own
     */
    static List<RecordedCase> read(@Nullable String folder) throws IOException, URISyntaxException {
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
}
